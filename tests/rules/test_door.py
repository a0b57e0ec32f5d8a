"""The truth of the door: what scans come to does not depend on how they came in, and nobody is counted twice."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from referral.events.rules.answering import Door, Sender
from referral.events.rules.door import DoorScan, Outcome, Settled, Ticket, settle
from referral.events.rules.known import PassRow, PlaceRow
from referral.events.rules.records import Record
from referral.events.rules.rights import ANNUL_MS
from tests.rules.doors import DAYS, HOUR, Sent, Server, gate_pass

OPENS, CLOSES = DAYS[0].opens_ms, DAYS[0].closes_ms
NIGHT = 200 * HOUR  # when all phones are back
MINUTE = 60_000


def scan(nonce: str, at: int = 0, kind: str = "entry", **said: Any) -> DoorScan:
    """Write a scan so many minutes after the opening; its id is made from its nonce."""
    at_ms = OPENS + at * MINUTE
    slot, is_open = Door(DAYS, HOUR, said.pop("reentry", "daily")).slot(at_ms)
    usual: dict[str, Any] = {"said": "in", "device_id": 1, "slot": slot, "is_open": is_open}
    return DoorScan(id=sum(nonce.encode()), nonce=nonce, kind=kind, told_ms=at_ms, at_ms=at_ms, **(usual | said))


def verdicts(settled: Settled) -> dict[str, str]:
    """Give the reason of each scan, or its verdict where it has none."""
    return {nonce: one.reason or one.verdict for nonce, one in settled.outcomes.items()}


# --- Entries ---------------------------------------------------------------------------------------------------------


def test_the_first_by_time_is_the_admission_though_it_came_in_last() -> None:
    late, early = scan("late", 5, device_id=1), scan("early", 3, device_id=2)

    found = settle(Ticket(), [late, early])

    assert found.stays[1].first == early
    assert found.outcomes["late"] == Outcome("already_in", "already_in", conflict="twice", against=early)


def test_two_gates_in_the_same_moment_are_parted_by_device_then_counter_then_nonce() -> None:
    one, two = scan("z", 5, device_id=1, counter=9), scan("a", 5, device_id=2, counter=1)
    three, four = scan("y", 5, device_id=1, counter=8), scan("x", 5, device_id=1, counter=8)

    assert settle(Ticket(), [two, one]).stays[1].first == one
    assert settle(Ticket(), [one, three, two]).stays[1].first == three
    assert settle(Ticket(), [three, four]).stays[1].first == four


@pytest.mark.parametrize(
    ("reentry", "expected"),
    [
        ("once", ["applied", "already_in", "already_in"]),
        ("daily", ["applied", "already_in", "applied"]),
        ("free", ["applied", "applied", "applied"]),
    ],
)
def test_a_pass_enters_once_or_once_a_day_or_as_often_as_it_likes(reentry: str, expected: list[str]) -> None:
    scans = [scan("a", 0, reentry=reentry), scan("b", 9, reentry=reentry), scan("c", 24 * 60, reentry=reentry)]

    found = settle(Ticket(reentry=reentry), scans)

    assert list(verdicts(found).values()) == expected
    assert set(found.stays) == ({0} if reentry == "once" else {1, 2})
    assert found.arrived == scans[0]


@pytest.mark.parametrize("reentry", ["once", "daily", "free"])
def test_who_went_out_may_come_in_again(reentry: str) -> None:
    scans = [scan("a", 0), scan("out", 5, "exit"), scan("b", 9), scan("c", 10)]

    found = settle(Ticket(reentry=reentry), scans)

    assert list(verdicts(found).values())[:3] == ["applied", "applied", "applied"]
    assert (found.stays[1].people, found.stays[1].inside, found.arrived) == (1, 1, scans[0])


def test_a_group_comes_in_by_and_by_until_it_is_complete() -> None:
    scans = [scan("a", 0, people=2), scan("b", 1, people=3), scan("c", 2, people=2), scan("d", 3)]

    found = settle(Ticket(admits=4), scans)

    assert verdicts(found) == {"a": "applied", "b": "no_room", "c": "applied", "d": "already_in"}
    assert [found.outcomes[one].conflict for one in "abcd"] == [None, "no_room", None, "twice"]
    assert (found.stays[1].people, found.stays[1].inside, found.stays[1].greens) == (4, 4, 4)


def test_those_of_a_group_who_went_out_make_room_and_are_not_counted_again() -> None:
    scans = [scan("a", 0, people=4), scan("out", 1, "exit", people=3), scan("b", 2, people=2)]

    found = settle(Ticket(admits=4), scans)

    assert (found.stays[1].people, found.stays[1].inside) == (4, 3)


def test_an_exit_that_came_in_before_its_entry_counts_all_the_same() -> None:
    out, entry = scan("out", 9, "exit"), scan("in", 5)

    found = settle(Ticket(), [out, entry])

    assert (found.outcomes["out"].verdict, found.stays[1].inside, found.stays[1].people) == ("applied", 0, 1)


def test_an_exit_is_never_refused_and_belongs_to_the_day_that_was_entered_last() -> None:
    after_closing = scan("out", 10 * 60 + 30, "exit")

    found = settle(Ticket(revoked_at=OPENS + MINUTE, valid_until=OPENS + MINUTE), [scan("a", 0), after_closing])

    assert (found.outcomes["out"].verdict, found.stays[1].inside) == ("applied", 0)


@pytest.mark.parametrize(
    ("ticket", "at", "reason", "conflict"),
    [
        (Ticket(revoked_at=OPENS + 5 * MINUTE), 5, "revoked", "revoked"),
        (Ticket(key_retired_at=OPENS + 5 * MINUTE), 5, "old_key", "revoked"),
        (Ticket(valid_from=OPENS + 6 * MINUTE), 5, "not_yet", "closed"),
        (Ticket(valid_until=OPENS + 5 * MINUTE), 5, "expired", "closed"),
        (Ticket(), -61, "closed", "closed"),
        (Ticket(), 10 * 60, "closed", "closed"),
    ],
)
def test_an_entry_that_must_not_be_is_refused_with_the_reason_and_a_conflict_where_it_was_green(
    ticket: Ticket, at: int, reason: str, conflict: str
) -> None:
    green, asked = scan("green", at), scan("asked", at, said=None)

    found = settle(ticket, [green, asked])

    assert found.outcomes["green"] == Outcome("refused", reason, conflict=conflict)
    assert found.outcomes["asked"] == Outcome("refused", reason)
    assert (found.arrived, found.stays[1].people, found.stays[1].greens) == (None, 0, 1)


@pytest.mark.parametrize(
    "ticket",
    [
        Ticket(revoked_at=OPENS + 5 * MINUTE),
        Ticket(key_retired_at=OPENS + 5 * MINUTE),
        Ticket(valid_until=OPENS + 5 * MINUTE),
        Ticket(valid_from=OPENS + 4 * MINUTE),
    ],
)
def test_what_was_scanned_while_the_pass_was_right_counts_whenever_it_comes_in(ticket: Ticket) -> None:
    assert settle(ticket, [scan("a", 4)]).outcomes["a"].verdict == "applied"


@pytest.mark.parametrize("said", ["again", "no"])
def test_whom_the_device_turned_away_is_not_inside_but_it_is_told_where_that_was_wrong(said: str) -> None:
    right, wrong = scan("right", 5, said=said), scan("wrong", 1, said=said)

    found = settle(Ticket(), [wrong, scan("in", 3), right])

    assert found.outcomes["wrong"] == Outcome("refused", "as_said", would=True)
    assert found.outcomes["right"] == Outcome("refused", "as_said", would=False)
    assert found.stays[1].greens == 1


def test_a_forced_entry_counts_whatever_the_pass_says_and_is_no_conflict() -> None:
    ticket = Ticket(revoked_at=0)

    found = settle(ticket, [scan("a", 0, forced=True), scan("b", 1, forced=True), scan("c", -300, forced=True)])

    assert {one.verdict for one in found.outcomes.values()} == {"applied"}
    assert (found.conflicts, found.stays[1].inside) == ([], 3)


def test_what_we_answered_ourselves_is_a_conflict_where_an_earlier_scan_comes_in_since() -> None:
    answered, late = scan("answered", 5, said=None, was_green=True), scan("late", 3)

    found = settle(Ticket(), [answered, late])

    assert found.outcomes["answered"] == Outcome("already_in", "already_in", conflict="twice", against=late)


def test_a_visit_admits_nobody_and_is_refused_for_a_revoked_pass_only() -> None:
    found = settle(Ticket(), [scan("a", 1, "visit"), scan("closed", -300, "visit")])
    refused = settle(Ticket(revoked_at=OPENS), [scan("a", 1, "visit")])

    assert verdicts(found) == {"a": "applied", "closed": "applied"}
    assert (found.stays, found.arrived, verdicts(refused)) == ({}, None, {"a": "revoked"})


def test_what_is_barred_counts_for_nothing() -> None:
    found = settle(Ticket(), [scan("a", 1, barred="wrong_place"), scan("b", 2)])

    assert (verdicts(found), found.stays[1].first) == ({"a": "wrong_place", "b": "applied"}, scan("b", 2))


# --- Annuls ----------------------------------------------------------------------------------------------------------


def annul(nonce: str, of: str, at: int = 2, **said: Any) -> DoorScan:
    """Write an annul."""
    return scan(nonce, at, "annul", annuls=of, **said)


def test_what_is_annulled_leaves_an_empty_stay_and_no_arrival() -> None:
    found = settle(Ticket(), [scan("a", 1), annul("x", "a")])

    assert verdicts(found) == {"a": "annulled", "x": "applied"}
    assert (found.stays[1].first, found.stays[1].people, found.arrived) == (None, 0, None)


def test_the_next_entry_takes_the_place_of_the_annulled_one_and_is_no_conflict_any_more() -> None:
    found = settle(Ticket(), [scan("a", 1), scan("b", 5, device_id=2), annul("x", "a")])

    assert (verdicts(found)["b"], found.conflicts, found.arrived) == ("applied", [], scan("b", 5, device_id=2))


def test_a_steward_annuls_scans_of_their_own_device_for_a_quarter_of_an_hour() -> None:
    entry = scan("a", 0)
    just, over = annul("x", "a", 15), annul("y", "a", 15)
    over = replace(over, told_ms=over.told_ms + 1)

    assert settle(Ticket(), [entry, just]).outcomes["x"].verdict == "applied"
    assert verdicts(settle(Ticket(), [entry, over])) == {"a": "applied", "y": "too_late"}
    assert just.told_ms - entry.told_ms == ANNUL_MS


def test_nobody_learns_of_another_devices_scan_by_annulling_it() -> None:
    entry = scan("a", 0)
    others = [annul("x", "a", device_id=2), annul("y", "unheard of"), annul("z", "x")]

    found = settle(Ticket(), [entry, *others])

    assert verdicts(found) == {"a": "applied", "x": "not_found", "y": "not_found", "z": "not_found"}


def test_whoever_may_annul_all_may_at_any_time_but_no_annul() -> None:
    entry, late = scan("a", 0), annul("x", "a", 500, device_id=9, annuls_any=True)
    of_annul = annul("y", "x", 501, device_id=9, annuls_any=True)

    found = settle(Ticket(), [entry, late, of_annul])

    assert verdicts(found) == {"a": "annulled", "x": "applied", "y": "not_found"}


# --- Who sends -------------------------------------------------------------------------------------------------------

GATE, BOOTH = PlaceRow(1, None, "gate", "North"), PlaceRow(2, None, "booth", "Stand 7")


@pytest.mark.parametrize(
    ("sender", "kind", "place", "reason"),
    [
        (Sender(), "entry", None, None),
        (Sender(), "entry", GATE, None),
        (Sender(), "visit", BOOTH, None),
        (Sender(), "visit", GATE, "wrong_place"),
        (Sender(), "entry", BOOTH, "wrong_place"),
        (Sender(5, "steward"), "exit", GATE, None),
        (Sender(5, "steward"), "entry", None, None),
        (Sender(5, "steward", "1 3"), "entry", GATE, None),
        (Sender(5, "steward", "3"), "entry", GATE, "wrong_place"),
        (Sender(5, "steward", "3"), "entry", None, "wrong_place"),
        (Sender(5, "booth", "2"), "visit", BOOTH, None),
        (Sender(5, "booth", "2"), "entry", GATE, "wrong_place"),
        (Sender(5, "booth", "2"), "annul", None, "wrong_place"),
        (Sender(5, "steward"), "entry", replace(GATE, closed_at=100), "wrong_place"),
        (Sender(5, "steward"), "entry", replace(GATE, closed_at=101), None),
        (Sender(5, "steward", revoked_at=100), "entry", GATE, "device_revoked"),
        (Sender(5, "steward", revoked_at=101), "entry", GATE, None),
    ],
)
def test_a_record_counts_only_where_its_sender_may_make_it(
    sender: Sender, kind: str, place: PlaceRow | None, reason: str | None
) -> None:
    record = Record(
        "n", kind=kind, code="c", place_id=None if place is None else place.id, annuls="m" if kind == "annul" else None
    )

    assert sender.bars(record, place, 100) == reason


def test_a_place_of_another_event_is_the_wrong_place() -> None:
    assert Sender().bars(Record("n", code="c", place_id=77), None, 0) == "wrong_place"


# --- Whatever the order ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shift:
    """Hold all that was scanned: the passes, how often one is an entry, and the queue of each phone, in its order."""

    passes: list[PassRow]
    reentry: str
    queues: list[list[Sent]]

    @property
    def all(self) -> list[Sent]:
        """Give all that was scanned."""
        return [sent for queue in self.queues for sent in queue]


TERMS = st.fixed_dictionaries(
    {},
    optional={
        "admits": st.integers(2, 4),
        "revoked_at": st.integers(OPENS, CLOSES),
        "valid_from": st.integers(OPENS, CLOSES),
        "valid_until": st.integers(CLOSES, NIGHT),
    },
)
MOMENTS = st.integers(OPENS - 2 * HOUR, CLOSES + HOUR) | st.integers(DAYS[1].opens_ms, DAYS[1].closes_ms)


@st.composite
def shifts(draw: st.DrawFn, sayings: Sequence[str | None] = ("in", "in", "in", "again", "no")) -> Shift:
    """Draw three or four phones with clocks that are up to two hours off, and what they scanned of a few passes.

    Half of the phones measured their offset. Of the passes, the first two are one fan's: lost, and given anew.
    """
    passes = [gate_pass(1, fan=11, told_by=21), gate_pass(2, fan=11, told_by=21), gate_pass(3, fan=12, told_by=11)]
    passes = [replace(row, **draw(TERMS)) for row in [*passes, gate_pass(4)]]
    reentry = draw(st.sampled_from(["once", "daily", "free"]))
    queues: list[list[Sent]] = []
    names = random.Random(draw(st.integers(0, 1 << 30)))
    for device_id in range(1, draw(st.integers(3, 4)) + 1):
        role = "supervisor" if device_id == 1 else "steward"
        revoked_at = draw(st.none() | st.none() | MOMENTS)
        skew = draw(st.integers(-2 * HOUR, 2 * HOUR))
        sender = Sender(device_id, role, revoked_at=revoked_at)
        offset = draw(st.sampled_from([None, -skew]))
        queue: list[Sent] = []
        for counter, at in enumerate(sorted(draw(st.lists(MOMENTS, max_size=5)))):
            record = Record(
                str(uuid.UUID(int=names.getrandbits(128))),
                kind=draw(st.sampled_from(["entry", "entry", "entry", "exit", "annul"])),
                code="-",
                people=draw(st.sampled_from([1, 1, 1, 2, 3])),
                at_ms=at + skew,
                offset_ms=offset,
                counter=counter,
                said=draw(st.sampled_from(sayings)),
                forced=draw(st.sampled_from([False] * 7 + [True])),
            )
            known = [sent.record.id for sent in (*[s for q in queues for s in q], *queue)]
            if record.kind == "annul" and known:
                # A phone's own last scan, most often: its annul may come in before it all the same.
                target = queue[-1].record.id if queue and draw(st.booleans()) else draw(st.sampled_from(known))
                queue.append(Sent(replace(record, annuls=target, said=None), sender))
            else:
                record = replace(record, kind="entry") if record.kind == "annul" else record
                queue.append(Sent(record, sender, draw(st.integers(1, 4))))
        queues.append(queue)
    return Shift(passes, reentry, queues)


def deliver(server: Server, shift: Shift, chance: random.Random) -> None:
    """Let the phones come back in any order: records alone or in batches, answers lost and batches sent again.

    The net may even part what a phone sent, so that a later batch comes in before an earlier one.
    """
    waiting = [[sent] for sent in shift.all]
    chance.shuffle(waiting)
    now = NIGHT
    while waiting:
        batch = [sent for _ in range(chance.randint(1, 4)) if waiting for sent in waiting.pop()]
        now += chance.randint(0, HOUR)
        fate = chance.random()
        if fate < 0.2:  # lost on the way there: sent again later
            waiting.insert(chance.randint(0, len(waiting)), batch)
            continue
        server.take(batch + ([batch[0]] if fate > 0.9 else []), now)
        if fate < 0.5:  # taken, and the answer lost on the way back
            waiting.insert(chance.randint(0, len(waiting)), batch)


@settings(max_examples=300)
@given(shifts(), st.integers(0, 1 << 30), st.integers(0, 1 << 30))
def test_where_passes_stand_does_not_depend_on_how_their_scans_came_in(shift: Shift, one: int, other: int) -> None:
    at_once = Server(shift.passes, shift.reentry)
    at_once.take(shift.all, NIGHT)

    states = []
    for seed in (one, other):
        server = Server(shift.passes, shift.reentry)
        deliver(server, shift, random.Random(seed))
        states.append(server.state())

    assert states == [at_once.state()] * 2
    assert len(server.scans) == len(shift.all)


@settings(max_examples=150)
@given(shifts(sayings=("in", None, None, None, "no")), st.integers(0, 1 << 30))
def test_what_phones_asked_us_about_may_make_other_conflicts_but_no_other_admissions(shift: Shift, seed: int) -> None:
    """Whom we let in ourselves depends on what we knew: so it may be a conflict, and the truth is the same."""
    at_once, server = Server(shift.passes, shift.reentry), Server(shift.passes, shift.reentry)
    at_once.take(shift.all, NIGHT)
    deliver(server, shift, random.Random(seed))

    def truth(of: Server) -> object:
        nonces = {row.id: row.nonce for row in of.scans.values()}
        return [
            {(*key, nonces[row.first_scan_id], row.inside) for key, row in of.admissions.items() if row.first_scan_id},
            of.arrived(),
        ]

    assert truth(server) == truth(at_once)
    annulled = {row.annuls for row in server.scans.values()}
    let_in = {
        row.pass_id
        for row in server.scans.values()
        if row.kind == "entry" and row.verdict == "applied" and row.nonce not in annulled
    }
    told = {row.pass_id for row in server.admissions.values() if row.first_scan_id is not None}
    assert let_in <= told | {row.pass_id for row in server.conflicts.values()}


@st.composite
def rushes(draw: st.DrawFn) -> list[Sent]:
    """Draw entries of one pass on one day: some told as they were made, some shown green, some asked of us live."""
    sent = []
    for number in range(draw(st.integers(1, 6))):
        at = draw(st.none() | st.integers(OPENS, OPENS + HOUR))
        said = draw(st.sampled_from([None, "in"]))
        sent.append(Sent(Record(f"n{number}", code="-", at_ms=at, said=said), Sender(number + 1, "steward"), 1))
    return sent


@settings(max_examples=200)
@given(rushes(), st.integers(0, 1 << 30))
def test_of_any_entries_of_a_pass_one_is_answered_applied_and_all_that_were_green_are_told_of(
    sent: list[Sent], seed: int
) -> None:
    chance = random.Random(seed)
    server = Server([gate_pass(1, fan=11, told_by=21)])
    answers = {}
    waiting = chance.sample(sent, len(sent))
    while waiting:
        size = chance.randint(1, 3)
        # What is asked live is received when it is asked: whose turn it is goes by who comes first.
        answers |= server.take(waiting[:size], OPENS + chance.randint(0, HOUR))
        waiting = waiting[size:]

    assert [one.verdict for one in answers.values()].count("applied") == 1
    assert (server.arrived(), server.credit(21)) == ({11: 1}, 1)
    [admitted] = server.admissions.values()
    assert (admitted.people, admitted.inside) == (1, 1)
    green = [one for one in sent if one.record.said == "in" or answers[one.record.id].verdict == "applied"]
    assert len(server.conflicts) == len(green) - 1 or not any(
        server.scans[one.record.id].id == admitted.first_scan_id for one in green
    )


def test_whom_we_turned_away_at_the_door_may_come_in_once_the_mistake_is_annulled() -> None:
    server, program = Server([gate_pass(1)]), Sender()

    def live(nonce: str, at: int) -> str:
        return server.take([Sent(Record(nonce, code="-"), program, 1)], OPENS + at)[nonce].verdict

    first, second = live("mistake", 1), live("visitor", 2)
    server.take([Sent(Record("annul", kind="annul", annuls="mistake"), program)], OPENS + 3)

    assert (first, second, live("again", 4)) == ("applied", "already_in", "applied")


def test_of_two_who_ask_at_once_the_one_whose_turn_it_was_is_let_in_though_the_other_is_earlier() -> None:
    server = Server([gate_pass(1)])

    first = server.take([Sent(Record("first", code="-"), Sender(1, "steward"), 1)], OPENS + 10)
    second = server.take([Sent(Record("second", code="-"), Sender(2, "steward"), 1)], OPENS + 5)

    assert (first["first"].verdict, second["second"].verdict) == ("applied", "already_in")
    [admitted] = server.admissions.values()
    assert admitted.first_scan_id == server.scans["first"].id
    assert server.conflicts == {}


def test_a_green_that_comes_in_late_is_the_admission_and_told_that_the_pass_is_in() -> None:
    server = Server([gate_pass(1)])
    late = Record("late", code="-", at_ms=OPENS + 20, said="in")
    early = Record("early", code="-", at_ms=OPENS + 10, said="in")

    first = server.take([Sent(late, Sender(1, "steward"), 1)], NIGHT)
    second = server.take([Sent(early, Sender(2, "steward"), 1)], NIGHT)

    assert (first["late"].verdict, second["early"].verdict) == ("applied", "already_in")
    [admitted], [conflict] = server.admissions.values(), server.conflicts.values()
    assert admitted.first_scan_id == conflict.first_scan_id == server.scans["early"].id
    assert conflict.second_scan_id == server.scans["late"].id


@settings(max_examples=200)
@given(shifts(), st.integers(0, 1 << 30))
def test_arrivals_take_turns_and_credit_is_the_number_of_admitted_fans_who_were_told(shift: Shift, seed: int) -> None:
    server = Server(shift.passes, shift.reentry)
    deliver(server, shift, random.Random(seed))

    for signs in server.signs.values():
        assert signs == [(-1) ** number for number in range(len(signs))]
    assert set(server.arrived().values()) <= {0, 1}
    entered = {row.pass_id for row in server.admissions.values() if row.first_scan_id is not None}
    arrived = {row.fan_id for row in shift.passes if row.id in entered and row.fan_id is not None}
    assert {fan for fan, total in server.arrived().items() if total} == arrived
    assert server.credit(21) + server.credit(11) == len(arrived)


@given(shifts())
@example(Shift([gate_pass(1, fan=11, told_by=21)], "daily", []))
def test_once_everything_is_annulled_nobody_was_there(shift: Shift) -> None:
    server = Server(shift.passes, shift.reentry)
    server.take(shift.all, NIGHT)
    program = Sender()

    annuls = [
        Sent(Record(f"annul-{number}", kind="annul", annuls=sent.record.id, at_ms=NIGHT), program)
        for number, sent in enumerate(shift.all)
        if sent.record.kind != "annul"
    ]
    server.take(annuls, NIGHT)

    assert all((row.people, row.inside, row.greens) == (0, 0, 0) for row in server.admissions.values())
    assert (server.conflicts, set(server.arrived().values()) - {0}) == ({}, set())
    assert server.credit(21) == server.credit(11) == 0


@given(shifts(), st.integers(0, 1 << 30))
def test_the_log_played_again_gives_the_same_state(shift: Shift, seed: int) -> None:
    server, again = Server(shift.passes, shift.reentry), Server(shift.passes, shift.reentry)
    deliver(server, shift, random.Random(seed))

    sent = {one.record.id: one for one in shift.all}
    for row in sorted(server.scans.values(), key=lambda row: row.id):
        again.take([sent[row.nonce]], NIGHT)

    assert again.state() == server.state()
