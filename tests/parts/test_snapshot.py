"""What a gate's device keeps: the whole list, and what has changed since, whoever of two processes is asked."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from sqlalchemy import update

from referral.events import actions, passes, queries, snapshot
from referral.events.models import Admission, Event, Pass
from referral.events.passes import PassTerms
from referral.events.rules.codes import code_hash
from referral.events.rules.kinds import REVOKED, Kind
from referral.events.rules.sealing import unseal
from referral.events.rules.wire import GateList, read_list, read_names
from referral.events.written import pen
from referral.plumbing import bulk, clock, ids
from referral.plumbing.clock import now
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_reading
from tests import factories as make
from tests.api.test_api_statements import counted
from tests.application import application, settings_for_tests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from referral.campaigns.models import Campaign

PLAIN = Kind(None, 1, None, None)


@pytest.fixture
def night(app: Flask) -> Event:
    """Make an event in the campaign `fair`, without passes."""
    with make.saved(app):
        return make.event(make.campaign(make.brand()), gives_passes=False)


@pytest.fixture
def other_process(database_url: str) -> Iterator[Flask]:
    """Make the application once more, as another process does: it knows nothing of what the first one has read."""
    with application(settings_for_tests(database_url)) as app:
        yield app


def loaded(event: Event) -> Event:
    return queries.by_id(event.brand_id, event.id)


def given_out(app: Flask, event: Event, *wanted: PassTerms) -> list[Pass]:
    with make.saved(app):
        pass_ids = passes.issue_many(loaded(event), wanted or [PassTerms()])
        return [queries.gate_pass(event, pass_id) for pass_id in pass_ids]


def sent(app: Flask, event: Event, since: int = 0, *, gzipped: bool = False) -> snapshot.Sent | None:
    """Ask as a device does: in a transaction that only reads."""
    with app.app_context(), of_brand(event.brand_id):
        found = in_reading(lambda: snapshot.gate_list(loaded(event), since, gzipped=gzipped))
        db.session.remove()
        return found


def listed(app: Flask, event: Event, since: int = 0) -> GateList:
    found = sent(app, event, since)
    assert found is not None
    return read_list(found.body)


def names(app: Flask, event: Event, since: int = 0) -> tuple[int, dict[int, bytes]] | None:
    with app.app_context(), of_brand(event.brand_id):
        found = in_reading(lambda: snapshot.gate_names(loaded(event), since))
        db.session.remove()
    if found is None:
        return None
    cursor, rows = read_names(found)
    return cursor, dict(rows)


def enter(app: Flask, event: Event, some: Sequence[Pass], *, people: int = 1, day: int = 0) -> None:
    """Write how many people of some passes are inside now."""
    with make.saved(app):
        day_id = 0 if event.reentry == "once" else queries.days(event)[day].id
        for one in some:
            known = db.session.get(Admission, (event.brand_id, one.id, day_id))
            if known is None:
                known = Admission(brand_id=event.brand_id, pass_id=one.id, day_id=day_id, event_id=event.id)
                db.session.add(known)
            known.people = known.inside = known.greens = people
            known.changed = ids.new_id()


class Device:
    """A device as it is: what it was sent, applied one after the other."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.cursor = 0
        self.hashes: dict[int, int] = {}
        self.kinds: dict[int, Kind | None] = {}
        self.full: dict[str, set[int]] = {}

    def ask(self, app: Flask) -> bool:
        """Ask for what is new; tell whether anything was."""
        found = sent(app, self.event, self.cursor)
        if found is None:
            return False
        self.take(read_list(found.body))
        return True

    def take(self, one: GateList) -> None:
        """Apply a list."""
        if one.numbers is None:
            self.hashes, self.kinds, self.full = {}, {}, {}
        numbers = range(1, len(one.hashes) + 1) if one.numbers is None else [int(number) for number in one.numbers]
        for number, code_hash_, kind in zip(numbers, one.hashes, one.kind_of, strict=True):
            self.hashes[number] = int(code_hash_)
            self.kinds[number] = None if kind == REVOKED else one.kinds[kind]
        for slot in one.slots:
            full = self.full.setdefault(slot.name, set())
            full |= set(map(int, slot.full))
            full -= set(map(int, slot.free))
        self.cursor = one.cursor

    def same(self, other: Device) -> bool:
        """Tell whether two devices know the same."""
        mine = {name: full for name, full in self.full.items() if full}
        theirs = {name: full for name, full in other.full.items() if full}
        return (self.hashes, self.kinds, mine) == (other.hashes, other.kinds, theirs)


def age(app: Flask, event: Event, milliseconds: int) -> None:
    """Let what a process noticed be so much longer ago."""
    following = snapshot.gates(app).of(event)._following
    following._begun -= milliseconds
    for columns in (following._passes, *following._slots.values()):
        columns.noticed -= milliseconds


# --- The whole list --------------------------------------------------------------------------------------------------


def test_an_event_without_passes_has_an_empty_list(app: Flask, night: Event) -> None:
    whole = listed(app, night)

    assert (len(whole.hashes), list(whole.kinds), whole.numbers) == (0, [], None)
    assert [len(slot.full) for slot in whole.slots] == [0]


def test_the_whole_list_has_the_hash_and_the_kind_of_each_pass(app: Flask, night: Event) -> None:
    until = now() + timedelta(hours=5)
    made = given_out(
        app,
        night,
        PassTerms(),
        PassTerms(label="Speaker", admits=3, valid_until=until),
        PassTerms(foreign_code="z3fsn8jyufm5kpk7"),
    )

    whole = listed(app, night)

    with make.saved(app):
        codes = [pen(night).code(one) for one in made]
    expected = [int.from_bytes(code_hash(night.salt, code or ""), "big") for code in codes]
    assert [int(one) for one in whole.hashes] == expected
    assert [whole.kinds[number] for number in whole.kind_of] == [
        PLAIN,
        Kind("Speaker", 3, None, clock.milliseconds(until)),
        PLAIN,
    ]


def test_a_revoked_pass_and_one_of_a_retired_key_let_nobody_in(app: Flask, night: Event) -> None:
    _, revoked, _ = given_out(app, night, PassTerms(), PassTerms(), PassTerms(foreign_code="z3fsn8jyufm5kpk7"))
    with make.saved(app):
        event = loaded(night)
        passes.revoke(queries.gate_pass(event, revoked.id))

    before = [int(kind) for kind in listed(app, night).kind_of]
    with make.saved(app):
        for _ in range(4):
            passes.rotate_key(loaded(night))

    assert before == [0, REVOKED, 0]
    assert [int(kind) for kind in listed(app, night).kind_of] == [REVOKED, REVOKED, 0]


def test_a_pass_that_has_no_room_left_is_listed_for_its_day_only(app: Flask, night: Event) -> None:
    one, group, _ = given_out(app, night, PassTerms(), PassTerms(admits=3), PassTerms())
    enter(app, night, [one])
    enter(app, night, [group], people=2)

    first = listed(app, night).slots
    enter(app, night, [group], people=3)
    second = listed(app, night).slots
    with clock.at(now() + timedelta(days=1)):
        tomorrow = listed(app, night).slots

    with make.saved(app):
        days = [ids.show(day.id) for day in queries.days(night)]
    assert [(slot.name, list(slot.full)) for slot in first] == [(days[0], [1])]
    assert [(slot.name, list(slot.full)) for slot in second] == [(days[0], [1, 2])]
    assert [(slot.name, list(slot.full)) for slot in tomorrow] == [(days[1], [])]


@pytest.mark.parametrize(("reentry", "slots"), [("once", [("0", [1])]), ("free", [])])
def test_a_pass_for_once_has_one_slot_and_a_free_one_none(
    app: Flask, night: Event, reentry: str, slots: list[Any]
) -> None:
    with make.saved(app):
        loaded(night).reentry = reentry
        event = loaded(night)
    [one] = given_out(app, event)
    enter(app, event, [one])

    assert [(slot.name, list(slot.full)) for slot in listed(app, event).slots] == slots


def test_the_list_is_compressed_where_that_is_allowed_and_helps(app: Flask, night: Event) -> None:
    given_out(app, night, *[PassTerms() for _ in range(200)])

    plain, packed = sent(app, night), sent(app, night, gzipped=True)

    assert plain is not None
    assert packed is not None
    assert (plain.encoding, packed.encoding) == (None, "gzip")
    assert gzip.decompress(packed.body) == plain.body


def test_what_is_not_committed_is_seen_by_nobody_else(app: Flask, night: Event) -> None:
    with make.saved(app):
        passes.issue_many(loaded(night), [PassTerms()])
        found = snapshot.gate_list(loaded(night))
        assert found is not None
        assert len(read_list(found.body).hashes) == 1
        db.session.rollback()

    assert len(listed(app, night).hashes) == 0


# --- What has changed ------------------------------------------------------------------------------------------------


def test_nothing_is_sent_where_nothing_is_new(app: Flask, night: Event) -> None:
    given_out(app, night, *[PassTerms() for _ in range(20)])
    listed(app, night)
    age(app, night, 10_000)
    cursor = listed(app, night).cursor
    age(app, night, 10_000)

    assert sent(app, night, cursor + (3000 << 22)) is not None  # a cursor that nobody was given: the whole list
    assert sent(app, night, cursor) is None


def test_a_delta_holds_what_came_since_and_nothing_else(app: Flask, night: Event) -> None:
    old = given_out(app, night, *[PassTerms() for _ in range(50)])
    listed(app, night)
    age(app, night, 10_000)
    enter(app, night, old[:5])
    cursor = listed(app, night).cursor
    age(app, night, 10_000)

    given_out(app, night, PassTerms(label="Speaker"))
    with make.saved(app):
        passes.revoke(queries.gate_pass(night, old[7].id))
    enter(app, night, old[20:22])
    enter(app, night, old[:1], people=0)
    delta = listed(app, night, cursor)

    assert delta.numbers is not None
    assert [int(number) for number in delta.numbers] == [8, 51]
    assert list(delta.kind_of) == [REVOKED, 1]
    [slot] = delta.slots
    assert (list(slot.full), list(slot.free)) == ([21, 22], [1])


def test_the_whole_is_sent_where_it_is_shorter(app: Flask, night: Event) -> None:
    given_out(app, night)
    cursor = listed(app, night).cursor

    given_out(app, night, *[PassTerms() for _ in range(20)])

    assert listed(app, night, cursor).numbers is None


def test_a_change_that_commits_late_is_not_missed(app: Flask, night: Event, other_process: Flask) -> None:
    """A transaction may take half a minute, and what it writes has ids from when it began."""
    old = given_out(app, night, *[PassTerms() for _ in range(50)])
    with make.saved(app):
        db.session.execute(update(Pass).values(changed=Pass.changed - (50_000 << 22)))
    device = Device(night)
    device.ask(app)
    listed(other_process, night)
    with make.saved(app):
        queries.gate_pass(night, old[3].id).revoked_at = now()
        queries.gate_pass(night, old[3].id).changed = ids.new_id() - (30_000 << 22)

    for process in (app, other_process):
        delta = listed(process, night, device.cursor)
        assert delta.numbers is None or 4 in delta.numbers
        assert dict(zip(range(1, 51) if delta.numbers is None else delta.numbers, delta.kind_of, strict=True))[4] == 255


def test_passes_of_a_transaction_of_minutes_are_not_missed(app: Flask, night: Event) -> None:
    given_out(app, night, *[PassTerms() for _ in range(50)])
    device = Device(night)
    device.ask(app)
    age(app, night, 300_000)
    device.cursor -= 1000 << 22

    with make.saved(app):
        long_ago = ids.new_id() - (200_000 << 22)
        for pass_id in passes.issue_many(loaded(night), [PassTerms()] * 3):
            queries.gate_pass(night, pass_id).changed = long_ago
    given_out(app, night)
    device.ask(app)

    assert sorted(device.hashes) == list(range(1, 55))


def test_many_passes_given_at_once_are_sent_to_a_device_once(app: Flask, night: Event) -> None:
    given_out(app, night, *[PassTerms() for _ in range(3000)])
    listed(app, night)
    age(app, night, 10_000)
    given_out(app, night, *[PassTerms() for _ in range(1000)])
    device = Device(night)
    device.ask(app)
    age(app, night, 3_000)

    assert sent(app, night, device.cursor) is None
    with counted(app) as statements:
        sent(app, night, device.cursor)
    assert len([one for one in statements if "NOT IN" in one and "FROM pass" in one]) == 1


@pytest.mark.parametrize("seed", range(4))
def test_devices_that_ask_any_process_at_any_time_know_the_same(
    app: Flask, night: Event, database_url: str, seed: int
) -> None:
    chance = random.Random(seed)
    made = given_out(app, night, *[PassTerms(admits=chance.randint(1, 3)) for _ in range(40)])
    devices = [Device(night) for _ in range(3)]
    with ExitStack() as stack:
        processes = [app, *(stack.enter_context(application(settings_for_tests(database_url))) for _ in range(2))]
        for _ in range(25):
            what = chance.randrange(6)
            if what == 0:
                made += given_out(app, night, PassTerms(label=chance.choice((None, "Speaker", "Guest"))))
            elif what == 1:
                with make.saved(app):
                    passes.revoke(queries.gate_pass(night, chance.choice(made).id))
            elif what == 2:
                enter(app, night, [chance.choice(made)], people=chance.randint(0, 3))
            else:
                chance.choice(devices).ask(chance.choice(processes))
        for device in devices:
            device.ask(chance.choice(processes))

        fresh = Device(night)
        with application(settings_for_tests(database_url)) as newest:
            fresh.ask(newest)

    assert [device.same(fresh) for device in devices] == [True] * 3


def test_three_statements_tell_that_nothing_is_new(app: Flask, night: Event) -> None:
    given_out(app, night)
    cursor = listed(app, night).cursor

    with counted(app) as statements:
        sent(app, night, cursor)

    asked = [one for one in statements if "FROM event " not in one or "event_day" in one]
    assert len(asked) <= 3, asked  # passes, days, admissions


def test_ten_thousand_passes_take_nine_bytes_each_and_an_hour_at_the_doors_a_few(app: Flask, night: Event) -> None:
    given_out_bare(app, night, 10_000)
    enter_bare(app, night, 6_000)

    whole = sent(app, night, gzipped=True)

    assert whole is not None
    assert len(whole.body) <= 100_000
    cursor = read_list(gzip.decompress(whole.body)).cursor
    age(app, night, 3_600_000)
    given_out_bare(app, night, 100)
    enter_bare(app, night, 750, after=6_000)
    delta = sent(app, night, cursor, gzipped=True)
    assert delta is not None
    assert len(delta.body) <= 2_500


def given_out_bare(app: Flask, event: Event, count: int) -> None:
    with make.saved(app):
        passes.issue_many(loaded(event), [PassTerms()] * count)


def enter_bare(app: Flask, event: Event, count: int, after: int = 0) -> None:
    """Let so many passes be inside, here and there among all of them."""
    with make.saved(app):
        day_id = queries.days(event)[0].id
        some = [one.id for one in queries.page(event, None, 10_000)]
        random.Random(1).shuffle(some)
        rows = [
            {
                "brand_id": event.brand_id,
                "pass_id": pass_id,
                "day_id": day_id,
                "event_id": event.id,
                "people": 1,
                "inside": 1,
                "greens": 1,
                "changed": ids.new_id(),
            }
            for pass_id in some[after : after + count]
        ]
        bulk.write(Admission, rows)


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def campaign(app: Flask, night: Event) -> Campaign:
    """Give the event's campaign."""
    with make.saved(app):
        return queries.campaign_of(night)


def test_names_open_with_the_code_of_their_own_pass_only(app: Flask, night: Event, campaign: Campaign) -> None:
    with make.saved(app):
        siti = make.gate_pass(night, make.fan(campaign, "Siti Nur Rahma"), label="Speaker")
        budi = make.gate_pass(night, make.fan(campaign, "Budi"), foreign_code="z3fsn8jyufm5kpk7")
        make.gate_pass(night)
        codes = [make.token_of(siti), make.token_of(budi)]

    answer = names(app, night)

    assert answer is not None
    sealed = answer[1]
    assert list(sealed) == [siti.number, budi.number]
    assert unseal(night.salt, codes[0], sealed[siti.number]) == ("Siti R.", "Speaker")
    assert unseal(night.salt, codes[1], sealed[budi.number]) == ("Budi", None)
    assert unseal(night.salt, codes[1], sealed[siti.number]) is None
    assert b"Siti" not in b"".join(sealed.values())


def test_names_of_new_passes_follow_and_those_of_revoked_ones_go(app: Flask, night: Event, campaign: Campaign) -> None:
    with make.saved(app):
        siti = make.gate_pass(night, make.fan(campaign, "Siti"))
        make.gate_pass(night, make.fan(campaign, "Dewi"))
    first = names(app, night)
    assert first is not None
    age(app, night, 10_000)

    with make.saved(app):
        budi = make.gate_pass(night, make.fan(campaign, "Budi"))
        passes.revoke(queries.gate_pass(night, siti.id))
    second = names(app, night, first[0])

    assert second is not None
    assert second[1][siti.number] == b""
    assert unseal(night.salt, token(app, budi), second[1][budi.number]) == ("Budi", None)
    age(app, night, 10_000)
    assert names(app, night, second[0]) is None


def token(app: Flask, gate_pass: Pass) -> str:
    with make.saved(app):
        return make.token_of(gate_pass)


def test_very_many_names_come_in_a_round_of_several_answers(
    app: Flask, night: Event, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "AT_ONCE", 4)
    with make.saved(app):
        for number in range(10):
            make.gate_pass(night, make.fan(campaign, f"Somebody {number}"))

    cursor, seen, answers = 0, {}, 0
    while (answer := names(app, night, cursor)) is not None and answers < 10:
        cursor, answers = answer[0], answers + 1
        seen.update(answer[1])
        if answers == 1:
            with make.saved(app):
                make.gate_pass(night, make.fan(campaign, "Late"))
        if answers == 3:
            age(app, night, 10_000)

    assert sorted(seen) == list(range(1, 12))
    assert 3 <= answers <= 5


def test_a_closed_event_still_gives_its_list(app: Flask, night: Event) -> None:
    given_out(app, night)
    with make.saved(app):
        actions.close(loaded(night))

    assert len(listed(app, night).hashes) == 1
