"""Scans in the database: which code is whose, what is written and what never is, whatever the order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from referral.errors import TooMany
from referral.events import actions, pairing, passes, queries, scanning
from referral.events.models import (
    Admission,
    Arrival,
    ArrivalCredit,
    DoorConflict,
    Event,
    GateDevice,
    Pass,
    Place,
    Scan,
)
from referral.events.rules.answering import Answer
from referral.events.rules.records import Record
from referral.plumbing import clock
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db, of_brand
from referral.plumbing.ids import new_id
from referral.plumbing.transaction import in_transaction
from tests import factories as make
from tests.parts.scanned import count, counted, device, entry, nonce, rows, state, taken

if TYPE_CHECKING:
    from flask import Flask

    from referral.campaigns.models import Campaign

MOST_STATEMENTS = 5
"""Of a scan that lets somebody in; the sixth finds the device."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Make a campaign."""
    with make.saved(app):
        return make.campaign(make.brand())


@pytest.fixture
def event(app: Flask, campaign: Campaign) -> Event:
    """Make an event that opened an hour ago."""
    with make.saved(app):
        return make.event(campaign, gives_passes=False)


@pytest.fixture
def gate(app: Flask, event: Event) -> Place:
    """Make its gate."""
    with make.saved(app):
        return make.place(event, "gate", "North")


@pytest.fixture
def phone(app: Flask, event: Event) -> GateDevice:
    """Make a steward's phone."""
    with make.saved(app):
        return device(event)


@pytest.fixture
def give(app: Flask, event: Event) -> Callable[..., str]:
    """Make passes of the event; each as its code."""

    def made(**terms: Any) -> str:
        with make.saved(app):
            return make.token_of(make.gate_pass(event, **terms))

    return made


def said(answers: list[Answer]) -> list[str]:
    """Give the reason of each answer, or its verdict where it has none."""
    return [one.reason or one.verdict for one in answers]


# --- Which code is whose ---------------------------------------------------------------------------------------------


def test_a_code_that_is_no_pass_is_refused_with_the_reason_and_kept(
    app: Flask, event: Event, give: Callable[..., str]
) -> None:
    good = give()
    forged = good[:-1] + ("0" if good[-1] != "0" else "1")
    codes = {
        "hello": "unknown",
        "": "unknown",
        "K7M2\0Q9XD": "unknown",
        "x" * 3000: "unknown",
        forged: "forged",
        "0000000000ZZZ0000000000001": "forged",
        f"https://evil.example/P/{good}": "not_ours",
        "http://tular.test/r/K7M2Q9XD": "a_place",
    }

    answers = taken(app, event, *(entry(code) for code in codes))

    assert said(answers) == list(codes.values())
    assert {one.verdict for one in answers} == {"refused"}
    kept = [code for [code] in rows(app, Scan, "code")]
    assert kept == ["hello", "", "K7M2Q9XD", "", forged, *list(codes)[5:]] or kept[3] == "x" * 80
    assert count(app, Admission) == 0


def test_a_pass_of_another_event_of_the_brand_is_said_to_be_so_and_a_forged_one_forged(
    app: Flask, campaign: Campaign, event: Event
) -> None:
    with make.saved(app):
        other = make.event(campaign, "other-night")
        there = make.gate_pass(other)
        code = make.token_of(there)
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")

    answers = taken(app, event, entry(code), entry(forged), Record(nonce(), pass_id=there.id))

    assert said(answers) == ["other_event", "forged", "other_event"]
    assert [one.pass_id for one in answers] == [None] * 3


def test_a_pass_of_another_brand_is_said_to_be_so_and_nothing_more(app: Flask, event: Event) -> None:
    with make.saved(app):
        other = make.event(make.campaign(make.brand("other", name="Other"), "other"), "other-night")
        there = make.gate_pass(other)
        code = make.token_of(there)

    answers = taken(app, event, entry(code), Record(nonce(), pass_id=there.id))

    assert said(answers) == ["other_brand", "unknown"]
    assert [(one.pass_id, one.number, one.first) for one in answers] == [(None, None, None)] * 2


def test_another_systems_ticket_is_known_by_its_own_code_whatever_that_looks_like(
    app: Flask, event: Event, give: Callable[..., str]
) -> None:
    own = ["k3j9x2mzp4qabc", "https://tickets.example/t/991", "0000000000ZZZ0000000000001", "K7M2Q9XD", "Karte Nr. 7"]
    for code in own:
        give(foreign_code=code)

    answers = taken(app, event, *(entry(f" {code}\n") for code in own), entry("K3J9X2MZP4QABC"))

    assert said(answers) == ["applied"] * 5 + ["unknown"]


def test_a_short_code_is_believed_only_when_it_is_signed(app: Flask, event: Event, give: Callable[..., str]) -> None:
    give()
    with app.app_context(), of_brand(event.brand_id):
        signer, key = queries.signer(event), queries.ring(event)[-1].number
        right, of_nobody = signer.short(1, key), signer.short(2, key)
    others = replace(signer, secrets={key: b"another secret"}).short(1, key)

    assert said(taken(app, event, entry(right), entry(of_nobody), entry(others))) == ["applied", "unknown", "unknown"]


def test_a_pass_of_a_retired_key_is_refused_from_then_on(app: Flask, event: Event, give: Callable[..., str]) -> None:
    before, after, ticket = give(), give(), give(foreign_code="ticket-1")
    with make.saved(app):
        own = queries.by_id(event.brand_id, event.id)
        short = queries.signer(own).short(2, 0)
        for _ in range(4):
            passes.rotate_key(own)
        fresh = make.token_of(make.gate_pass(own))

    dark = entry(before, at=now() - 30 * MINUTE, said="in")
    answers = taken(app, event, dark, entry(after, said="in"), entry(short), entry(fresh), entry(ticket))

    assert said(answers) == ["applied", "old_key", "old_key", "applied", "applied"]
    assert [row[0] for row in rows(app, DoorConflict, "kind")] == ["revoked"]


# --- What is written -------------------------------------------------------------------------------------------------


def test_the_log_keeps_what_was_sent_and_what_was_answered(
    app: Flask, event: Event, gate: Place, phone: GateDevice, give: Callable[..., str]
) -> None:
    at = now() - 5 * MINUTE
    record = Record(
        nonce(),
        code=give(admits=4),
        place_id=gate.id,
        people=3,
        at_ms=milliseconds(at + 2 * HOUR),
        offset_ms=-milliseconds(clock.EPOCH + 2 * HOUR),
        counter=7,
        said="in",
        reason="ok",
        operator="Sari",
    )

    [answer] = taken(app, event, record, device=phone)

    assert (answer.verdict, answer.skewed) == ("applied", True)
    names = "nonce kind place_id device_id operator people said said_reason offset_ms counter at verdict reason code"
    [row] = rows(app, Scan, *names.split())
    assert row == (
        *(record.id, "entry", gate.id, phone.id, "Sari", 3, "in", "ok", -7_200_000, 7, at, "applied", None, None),
    )
    [admitted] = rows(app, Admission, "people", "inside", "greens", "first_at", "place_id")
    assert admitted == (3, 3, 1, at, gate.id)


def test_no_clock_makes_a_scan_come_in_before_it_was_made(app: Flask, event: Event, give: Callable[..., str]) -> None:
    moment = now()

    [ahead, slow] = taken(app, event, entry(give(), at=moment + 2 * HOUR), entry(give(), at=moment - HOUR), at=moment)

    assert [at for [at] in rows(app, Scan, "at")] == [moment, moment - HOUR]
    assert (ahead.skewed, slow.skewed) == (True, False)


def test_a_late_scan_that_was_first_takes_the_admission_and_leaves_the_arrival(
    app: Flask, campaign: Campaign, event: Event, gate: Place, phone: GateDevice
) -> None:
    with make.saved(app):
        code = make.token_of(make.gate_pass(event, make.chain(campaign, "Ayu", "Budi")[1]))
        south, other = make.place(event, "gate", "South"), device(event, "Dimas")
    moment = now()
    late = entry(code, place_id=south.id, said="in", at=moment - 20 * MINUTE)
    early = entry(code, place_id=gate.id, said="in", at=moment - 25 * MINUTE)

    [first] = taken(app, event, late, device=other)
    [second] = taken(app, event, early, device=phone)
    [again] = taken(app, event, late, device=other)

    assert (first.verdict, first.conflict, second.verdict, second.conflict) == ("applied", False, "already_in", True)
    assert (again.verdict, again.repeat, again.conflict) == ("applied", True, True)
    assert second.first is not None
    assert again.first is not None
    assert (second.first.at_ms, second.first.place) == (milliseconds(moment - 20 * MINUTE), "South")
    assert (again.first.at_ms, again.first.place) == (milliseconds(moment - 25 * MINUTE), "North")
    found = state(app)
    assert [row[2] for row in found.admissions] == [early.id]
    assert [row[2:] for row in found.conflicts] == [("twice", early.id, late.id)]
    assert (count(app, Arrival), list(found.credits.values())) == (1, [1])


def test_whoever_told_the_visitor_is_credited_and_who_told_them_up_to_the_first(
    app: Flask, campaign: Campaign, event: Event
) -> None:
    with make.saved(app):
        told = make.chain(campaign, "Ayu", "Budi", "Citra", "Dewi")
        poster = make.fan(campaign, "Eka", told_by=make.link(campaign))
        alone = make.fan(campaign, "Fajar")
        codes = [make.token_of(make.gate_pass(event, fan)) for fan in (told[3], poster, alone)]
        nobody = make.token_of(make.gate_pass(event))

    taken(app, event, *(entry(code) for code in [*codes, nobody]))

    assert sorted(rows(app, ArrivalCredit, "depth", "fan_id", "sign", "rule")) == [
        (depth, fan.id, 1, 1) for depth, fan in enumerate(reversed(told[:3]), 1)
    ]
    names = "fan_id introducer_id channel generation sign number"
    arrived = {row[0]: row[1:] for row in rows(app, Arrival, *names.split())}
    assert arrived == {
        told[3].id: (told[2].id, "copy", 3, 1, 1),
        poster.id: (None, "poster", 0, 1, 1),
        alone.id: (None, None, 0, 1, 1),
    }
    assert count(app, Admission) == 4


def test_an_annul_takes_the_arrival_and_its_credit_back_and_the_next_entry_gives_it_again(
    app: Flask, campaign: Campaign, event: Event, phone: GateDevice
) -> None:
    with make.saved(app):
        told = make.chain(campaign, "Ayu", "Budi", "Citra")
        code = make.token_of(make.gate_pass(event, told[2]))
    one, two = entry(code, said="in"), entry(code, said="in")

    def sums() -> tuple[list[int], dict[int, int]]:
        return [sign for [sign] in rows(app, Arrival, "sign")], state(app).credits

    taken(app, event, one, device=phone)
    [annulled] = taken(app, event, Record(nonce(), kind="annul", annuls=one.id), device=phone)
    after_annul = sums()
    taken(app, event, two, device=phone)

    assert annulled.verdict == "applied"
    assert after_annul == ([1, -1], {})
    assert sums() == ([1, -1, 1], {told[0].id: 1, told[1].id: 1})
    assert rows(app, Arrival, "number", "at")[0][1] == rows(app, Arrival, "number", "at")[1][1]


def test_coming_again_gives_no_credit_and_neither_does_a_pass_that_was_given_anew(
    app: Flask, campaign: Campaign, event: Event
) -> None:
    with make.saved(app):
        budi = make.chain(campaign, "Ayu", "Budi")[1]
        lost = make.gate_pass(event, budi)
        code = make.token_of(lost)
    out = entry(code, kind="exit")
    taken(app, event, first := entry(code))
    taken(app, event, out)
    taken(app, event, entry(code))
    with make.saved(app):
        fresh = make.token_of(passes.reissue(queries.by_id(event.brand_id, event.id), db.session.merge(lost)))

    assert said(taken(app, event, entry(fresh), entry(code))) == ["applied", "revoked"]
    assert (count(app, Arrival), count(app, ArrivalCredit)) == (1, 1)

    others = [nonce for [nonce, kind] in rows(app, Scan, "nonce", "kind") if kind == "entry"]
    taken(app, event, Record(nonce(), kind="annul", annuls=first.id))
    assert list(state(app).credits.values()) == [1]
    taken(app, event, *(Record(nonce(), kind="annul", annuls=one) for one in others))
    assert state(app).credits == {}


def test_an_annul_that_came_before_what_it_annuls_counts_when_that_comes(
    app: Flask, event: Event, phone: GateDevice, give: Callable[..., str]
) -> None:
    one = entry(give(), said="in", at=now() - MINUTE)
    annul = Record(nonce(), kind="annul", annuls=one.id, at_ms=milliseconds(now()))

    early = taken(app, event, annul, device=phone)
    late = taken(app, event, one, device=phone)
    taken(app, event, entry("something else"), device=phone)

    assert (said(early), said(late)) == (["not_found"], ["annulled"])
    assert state(app).admissions == frozenset()
    assert said(taken(app, event, entry(one.code or "", said="in"), device=phone)) == ["applied"]


def test_nobody_annuls_a_scan_of_another_event(app: Flask, campaign: Campaign, event: Event) -> None:
    with make.saved(app):
        other = make.event(campaign, "other-night")
        code = make.token_of(make.gate_pass(other))
    taken(app, other, one := entry(code))

    [answer] = taken(app, event, Record(nonce(), kind="annul", annuls=one.id))

    assert answer.reason == "not_found"
    assert len(state(app).admissions) == 1


def test_an_id_that_another_event_or_device_used_is_refused(
    app: Flask, campaign: Campaign, event: Event, phone: GateDevice, give: Callable[..., str]
) -> None:
    with make.saved(app):
        other = make.event(campaign, "other-night")
    one = entry(give())
    taken(app, event, one, device=phone)

    assert said(taken(app, other, one)) == ["nonce_reused"]
    assert said(taken(app, event, one)) == ["nonce_reused"]
    assert count(app, Scan) == 1


def test_a_visit_is_the_same_record_whether_staff_or_the_visitor_made_it(
    app: Flask, event: Event, give: Callable[..., str]
) -> None:
    code = give()
    with make.saved(app):
        booth = make.place(event, "booth", "Stand 7")
        staff = device(event, "Citra", "booth", [booth])

    answers = [
        *taken(app, event, entry(code, kind="visit", place_id=booth.id), device=staff),
        *taken(app, event, entry(code, kind="visit", place_id=booth.id)),
        *taken(app, event, entry(code, place_id=booth.id), device=staff),
    ]

    assert said(answers) == ["applied", "applied", "wrong_place"]
    both = rows(app, Scan, "kind", "place_id", "pass_id", "verdict", "device_id")[:2]
    assert both[0][:4] == both[1][:4]
    assert [row[4] for row in both] == [staff.id, None]
    assert (count(app, Admission), count(app, Arrival)) == (0, 0)


def test_what_a_revoked_device_scanned_before_counts_and_what_it_scanned_since_does_not(
    app: Flask, event: Event, phone: GateDevice, give: Callable[..., str]
) -> None:
    before, since = entry(give(), said="in", at=now() - 10 * MINUTE), entry(give(), said="in", at=now())
    with make.saved(app), clock.at(now() - 5 * MINUTE):
        pairing.revoke(revoked := db.session.merge(phone))

    answers = taken(app, event, before, since, entry("hello"), device=revoked)

    assert said(answers) == ["applied", "device_revoked", "device_revoked"]
    assert (count(app, Scan), len(state(app).admissions)) == (3, 1)


def test_a_revocation_between_two_dark_gates_stands_whichever_of_them_comes_back_first(
    app: Flask, event: Event, phone: GateDevice
) -> None:
    with make.saved(app):
        lost, other = [make.gate_pass(event) for _ in range(2)]
        codes = [make.token_of(one) for one in (lost, other)]
        for one in (lost, other):
            one.revoked_at = now() - 10 * MINUTE
    before = [entry(code, said="in", at=now() - 15 * MINUTE) for code in codes]
    since = [entry(code, said="in", at=now() - 5 * MINUTE) for code in codes]

    taken(app, event, before[0], device=phone)
    taken(app, event, since[0], device=phone)
    taken(app, event, since[1], device=phone)
    taken(app, event, before[1], device=phone)

    found = state(app)
    assert sorted(row[2] for row in found.admissions) == sorted(one.id for one in before)
    assert sorted(row[2:] for row in found.conflicts) == sorted(("revoked", None, one.id) for one in since)


def test_only_what_changed_is_written_so_that_devices_fetch_little(
    app: Flask, event: Event, phone: GateDevice, give: Callable[..., str]
) -> None:
    code = give()
    taken(app, event, one := entry(code, said="in"), device=phone)
    [[before]] = rows(app, Admission, "changed")

    taken(app, event, one, device=phone)
    taken(app, event, entry(code), device=phone)
    [[asked]] = rows(app, Admission, "changed")
    taken(app, event, entry(code, kind="exit", said="in"), device=phone)
    [[after]] = rows(app, Admission, "changed")

    assert before == asked < after


def test_a_conflict_that_is_none_any_more_goes_and_one_that_was_settled_stays(
    app: Flask, event: Event, phone: GateDevice, give: Callable[..., str]
) -> None:
    codes = [give(), give()]
    twice = [[entry(code, said="in"), entry(code, said="in")] for code in codes]
    taken(app, event, *twice[0], *twice[1], device=phone)
    with app.app_context():
        db.session.execute(
            text("UPDATE door_conflict SET settled_at = 1 WHERE id = (SELECT min(id) FROM door_conflict)")
        )
        db.session.commit()

    for one in (twice[0][0], twice[1][0]):
        taken(app, event, Record(nonce(), kind="annul", annuls=one.id), device=phone)

    assert len(rows(app, DoorConflict, "settled_at")) == 1


def test_changed_hours_change_what_day_a_scan_counts_for_once_its_pass_is_settled_again(
    app: Flask, event: Event, give: Callable[..., str]
) -> None:
    code = give()
    [answer] = taken(app, event, entry(code, at=now() - 30 * MINUTE))
    with make.saved(app):
        own = queries.by_id(event.brand_id, event.id)
        first, second = queries.days(own)
        actions.set_days(own, [(now() - 20 * MINUTE, first.closes_at), (second.opens_at, second.closes_at)])

    def again() -> bool:
        with app.app_context(), of_brand(event.brand_id):
            own = queries.by_id(event.brand_id, event.id)
            return in_transaction(lambda: scanning.settle_again(own, [answer.pass_id or 0], at=now()))

    early = again()  # gates scan an hour before the opening
    with make.saved(app):
        queries.by_id(event.brand_id, event.id).early_minutes = 0

    assert (early, again(), again()) == (False, True, False)
    assert [row[0] for row in rows(app, Admission, "people")] == [0]


# --- How much is asked -----------------------------------------------------------------------------------------------


def test_a_scan_that_lets_in_a_fan_who_was_told_takes_five_statements(
    app: Flask, campaign: Campaign, event: Event, gate: Place, phone: GateDevice
) -> None:
    with make.saved(app):
        code = make.token_of(make.gate_pass(event, make.chain(campaign, "Ayu", "Budi", "Citra")[2]))
    cases = [entry(code, place_id=gate.id, said="in"), entry(code, place_id=gate.id, said="in")]

    annuls = [Record(nonce(), kind="annul", annuls=one.id) for one in cases]

    for record in (*cases, cases[0], entry("hello"), *annuls, entry(code)):
        with counted(app) as statements:
            taken(app, event, record, device=phone)
        assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)
    assert len(state(app).credits) == 2


def test_a_batch_takes_as_many_statements_as_one_scan(app: Flask, campaign: Campaign, event: Event) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        fans = make.crowd(campaign, 120, told_by=ayu)
        pass_ids = passes.issue_many(event, [passes.PassTerms(fan) for fan in fans])

    with counted(app) as statements:
        answers = taken(app, event, *(Record(nonce(), pass_id=one) for one in pass_ids))

    assert set(said(answers)) == {"applied"}
    assert len([one for one in statements if "temp" not in one.lower()]) <= MOST_STATEMENTS, "\n".join(statements)
    assert state(app).credits == {ayu.id: 120}


def test_more_than_five_hundred_records_are_refused_whole(app: Flask, event: Event) -> None:
    with pytest.raises(TooMany) as refused:
        taken(app, event, *(entry("hello") for _ in range(501)))

    assert (refused.value.code, refused.value.fields, count(app, Scan)) == ("too_many_scans", {"limit": 500}, 0)


# --- Whatever the order ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=12)
@given(st.integers(0, 1 << 30))
def test_three_phones_that_come_back_in_any_order_leave_the_same_state(
    app: Flask, campaign: Campaign, event: Event, seed: int
) -> None:
    """Two events of the same people and hours take the same scans: one at once, the other as the net lets them."""
    chance = random.Random(seed)
    with make.saved(app):
        fans = make.chain(campaign, *(f"Fan {number}" for number in range(4)))
        doors = [make.event(campaign, f"night-{new_id()}", gives_passes=False) for _ in range(2)]
        terms = [{"admits": chance.choice([1, 1, 3])} for _ in fans]
        held = [[make.gate_pass(door, fan, **term) for fan, term in zip(fans, terms, strict=True)] for door in doors]
        codes = [[make.token_of(one) for one in some] for some in held]
        phones = [[device(door, name, role) for name, role in ROLES] for door in doors]
        revoked_at = now() - 30 * MINUTE
        for some in held:
            some[3].revoked_at = revoked_at
    begun = now() - HOUR
    plan = [_planned(chance, begun, phone) for phone in range(3) for _ in range(chance.randint(1, 5))]
    found = []
    for place, door in enumerate(doors):
        sent = _written(plan, codes[place])
        if place == 0:
            for phone in range(3):
                taken(app, door, *(one for one, of in sent if of == phone), device=phones[place][phone])
        else:
            _deliver(app, door, sent, phones[place], chance)
        found.append(_standing(app, door, sent, held[place]))

    assert found[0] == found[1]


ROLES = (("Sari", "steward"), ("Dimas", "steward"), ("Wulan", "supervisor"))


def _planned(chance: random.Random, begun: datetime, phone: int) -> dict[str, Any]:
    skew = chance.randint(-2 * 3600, 2 * 3600) * 1000
    at = milliseconds(begun) + chance.randint(0, 55 * 60) * 1000
    return {
        "phone": phone,
        "kind": chance.choice(["entry", "entry", "entry", "exit", "annul"]),
        "whose": chance.randrange(4),
        "at_ms": at + skew,
        "offset_ms": -skew,
        "people": chance.choice([1, 1, 2]),
        "said": chance.choice(["in", "in", "in", "again", "no"]),
        "target": chance.random(),
    }


def _written(plan: list[dict[str, Any]], codes: list[str]) -> list[tuple[Record, int]]:
    """Write the plan as records of one event, each with the phone that sends it."""
    sent: list[tuple[Record, int]] = []
    for counter, one in enumerate(plan):
        kind = one["kind"] if sent or one["kind"] != "annul" else "entry"
        target = sent[int(one["target"] * len(sent))][0].id if kind == "annul" else None
        record = Record(
            nonce(),
            kind=kind,
            code=None if target else codes[one["whose"]],
            people=one["people"],
            at_ms=one["at_ms"],
            offset_ms=one["offset_ms"],
            counter=counter,
            said=None if target else one["said"],
            annuls=target,
        )
        sent.append((record, one["phone"]))
    return sent


def _deliver(
    app: Flask, door: Event, sent: list[tuple[Record, int]], phones: list[GateDevice], chance: random.Random
) -> None:
    """Bring records in alone or by twos and threes, in any order; of three answers one is lost, and they come again."""
    waiting = chance.sample(sent, len(sent))
    while waiting:
        _, phone = waiting[-1]
        batch = [one for one in waiting if one[1] == phone][-chance.randint(1, 3) :]
        taken(app, door, *(record for record, _ in batch), device=phones[phone])
        if chance.random() > 1 / 3:
            waiting = [one for one in waiting if one not in batch]
        chance.shuffle(waiting)


def _standing(app: Flask, door: Event, sent: list[tuple[Record, int]], held: list[Pass]) -> list[Any]:
    """Say where the passes of one event stand, by the places of passes and scans in the plan."""
    scans = {record.id: number for number, (record, _) in enumerate(sent)}
    whose = {one.id: number for number, one in enumerate(held)}
    found = state(app)
    admissions = [row for row in found.admissions if row[0] in whose]
    conflicts = [row for row in found.conflicts if row[0] in whose]
    return [
        sorted((whose[row[0]], scans.get(row[2], -1), *row[3:6]) for row in admissions),
        sorted((whose[row[0]], row[2], scans.get(row[3], -1), scans[row[4]]) for row in conflicts),
        {whose[one]: total for one, total in found.arrivals.items() if one in whose},
    ]


# --- What is never written again -------------------------------------------------------------------------------------

TABLES = ("scan", "arrival", "arrival_credit")
ATTACKS = (
    *(f"UPDATE {table} SET brand_id = brand_id" for table in TABLES),
    *(f"DELETE FROM {table}" for table in TABLES),
    "UPDATE scan SET verdict = 'refused'",
    "UPDATE arrival_credit SET sign = -1",
    "INSERT INTO arrival SELECT * FROM arrival",
)
SQLITE_ATTACKS = (
    "INSERT OR REPLACE INTO scan SELECT * FROM scan",
    "REPLACE INTO arrival SELECT * FROM arrival",
    "REPLACE INTO arrival_credit SELECT * FROM arrival_credit",
    "UPDATE OR REPLACE scan SET nonce = (SELECT min(nonce) FROM scan)",
)


@pytest.fixture
def scanned(app: Flask, campaign: Campaign, event: Event) -> None:
    """Let somebody in who was told, twice."""
    with make.saved(app):
        code = make.token_of(make.gate_pass(event, make.chain(campaign, "Ayu", "Budi")[1]))
    taken(app, event, entry(code), entry(code))


@pytest.mark.usefixtures("scanned")
def test_the_database_refuses_to_change_what_was_scanned(app: Flask, engine_name: str) -> None:
    own = SQLITE_ATTACKS if engine_name == "sqlite" else tuple(f"TRUNCATE {table} CASCADE" for table in TABLES)
    before = [rows(app, model, "brand_id") for model in (Scan, Arrival, ArrivalCredit)]
    for attack in (*ATTACKS, *own):
        with (
            app.app_context(),
            db.engine.connect() as connection,
            pytest.raises(IntegrityError, match=r"append-only|duplicate key"),
        ):
            connection.exec_driver_sql(attack)

    assert [rows(app, model, "brand_id") for model in (Scan, Arrival, ArrivalCredit)] == before
    assert min(map(len, before)) > 0
