"""Who may do what at a gate: names are a supervisor's to find, conflicts theirs to settle, leads a booth's to keep."""

from __future__ import annotations

import csv
import io
import uuid
from typing import TYPE_CHECKING

import pytest

from referral.events import conflicts
from referral.plumbing import ids
from tests import factories as make
from tests.web.gating import Phone, contradict, paired, scan

if TYPE_CHECKING:
    from flask import Flask

    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass, Place

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def event(app: Flask, fair: Campaign) -> Event:
    """Make an event that is open."""
    with make.saved(app):
        return make.event(fair)


@pytest.fixture
def gate(app: Flask, event: Event) -> Place:
    """Make a gate of it."""
    with make.saved(app):
        return make.place(event, name="North gate")


@pytest.fixture
def booth(app: Flask, event: Event) -> Place:
    """Make a booth of it."""
    with make.saved(app):
        return make.place(event, "booth", "Booth 4")


@pytest.fixture
def siti(app: Flask, event: Event, fair: Campaign) -> Pass:
    """Give somebody a pass."""
    with make.saved(app):
        return make.gate_pass(event, make.fan(fair, "Siti Rahma", email="siti@people.example"), label="Speaker")


@pytest.fixture
def token(app: Flask, siti: Pass) -> str:
    """Write their pass."""
    with make.saved(app):
        return make.token_of(siti)


@pytest.fixture
def steward(app: Flask, event: Event) -> Phone:
    """Pair a steward's phone."""
    return paired(app, event)


@pytest.fixture
def supervisor(app: Flask, event: Event) -> Phone:
    """Pair the gate lead's phone."""
    return paired(app, event, "supervisor", name="Citra")


@pytest.fixture
def seller(app: Flask, event: Event, booth: Place) -> Phone:
    """Pair a booth's phone."""
    return paired(app, event, "booth", [booth], name="Budi")


# --- Names -----------------------------------------------------------------------------------------------------------


def test_a_supervisor_finds_somebody_by_name_and_scans_them_in(
    supervisor: Phone, gate: Place, siti: Pass, token: str
) -> None:
    [found] = supervisor.get("search?q=siti").get_json()["data"]

    assert found == {"number": siti.number, "name": "Siti Rahma", "label": "Speaker", "code": token, "in": False}
    assert supervisor.scan(gate, found["code"])["verdict"] == "applied"
    assert supervisor.get("search?q=RAHMA").get_json()["data"][0]["in"] is True


@pytest.mark.parametrize("words", ["", "sit", "%%%%", "____", "\0\0\0\0", "a"])
def test_a_search_needs_four_letters(supervisor: Phone, siti: Pass, words: str) -> None:
    answer = supervisor.get("search", query_string={"q": words})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "search_too_short")
    assert answer.get_json()["least"] == 4


def test_a_search_tells_no_address_and_no_telephone_number(supervisor: Phone, siti: Pass) -> None:
    assert "people.example" not in supervisor.get("search?q=siti").text


def test_nobody_else_finds_anybody_by_name(steward: Phone, seller: Phone, siti: Pass) -> None:
    for phone in (steward, seller):
        answer = phone.get("search?q=siti")
        assert (answer.status_code, answer.get_json()["code"]) == (403, "role_may_not")
        assert "Siti" not in answer.text


# --- Conflicts -------------------------------------------------------------------------------------------------------


def test_two_dark_gates_that_both_said_green_are_shown_with_both_gates_times_and_volunteers(
    app: Flask, event: Event, gate: Place, siti: Pass, token: str, supervisor: Phone
) -> None:
    with make.saved(app):
        south = make.place(event, name="South gate")
    ayu, dewi = paired(app, event), paired(app, event, name="Dewi")
    first, second = scan(gate, token, operator="Ayu"), scan(south, token, operator="Dewi")
    second["at"] = first["at"] + 1_000 - 2_000  # a second earlier, and comes in later
    ayu.scans([first])

    [answer] = dewi.scans([second])

    [told] = supervisor.get("conflicts").get_json()["data"]
    assert (answer["verdict"], answer["conflict"]) == ("already_in", True)
    assert (told["kind"], told["number"], told["name"], told["label"]) == (
        "twice",
        siti.number,
        "Siti Rahma",
        "Speaker",
    )
    assert told["first"] == {"at": second["at"], "place": "South gate", "device": "Dewi", "people": 1}
    assert told["second"] == {"at": first["at"], "place": "North gate", "device": "Ayu", "people": 1}
    assert supervisor.get("hello").get_json()["conflicts"] == 1


def test_a_conflict_that_is_settled_is_shown_no_more_and_stays_in_the_history(
    app: Flask, event: Event, gate: Place, siti: Pass, supervisor: Phone
) -> None:
    with make.saved(app):
        conflict = ids.show(contradict(event, gate, siti).id)

    answer = supervisor.post(f"conflicts/{conflict}/settle", {})

    assert answer.status_code == 200
    assert supervisor.get("conflicts").get_json()["data"] == []
    assert supervisor.get("hello").get_json()["conflicts"] == 0
    with make.saved(app):
        [kept] = conflicts.of_pass(event, siti)
        assert kept.conflict.settled_by == "Citra"


def test_settling_twice_is_settling_once(app: Flask, event: Event, gate: Place, siti: Pass, supervisor: Phone) -> None:
    with make.saved(app):
        conflict = ids.show(contradict(event, gate, siti).id)

    first, again = (supervisor.post(f"conflicts/{conflict}/settle", {}) for _ in range(2))

    assert first.get_json() == again.get_json()


@pytest.mark.parametrize("conflict", ["0000000000000", "x", "0" * 40])
def test_a_conflict_that_there_is_not_cannot_be_settled(supervisor: Phone, conflict: str) -> None:
    answer = supervisor.post(f"conflicts/{conflict}/settle", {})

    assert (answer.status_code, answer.get_json()["code"]) == (404, "conflict_unknown")


def test_a_steward_sees_no_conflicts_and_settles_none(
    app: Flask, event: Event, gate: Place, siti: Pass, steward: Phone
) -> None:
    with make.saved(app):
        conflict = ids.show(contradict(event, gate, siti).id)

    assert steward.get("conflicts").status_code == 403
    assert steward.post(f"conflicts/{conflict}/settle", {}).status_code == 403
    assert "conflicts" not in steward.get("hello").get_json()


# --- Leads -----------------------------------------------------------------------------------------------------------


def test_a_booth_scans_a_visitor_and_notes_whom_it_met(seller: Phone, booth: Place, siti: Pass, token: str) -> None:
    reading = scan(booth, token, kind="visit")
    seller.scans([reading])
    note = {"scan": reading["id"], "place": ids.show(booth.id), "warmth": "hot", "note": "20 chairs"}

    first = seller.post("leads", note | {"consent": True})
    again = seller.post("leads", note | {"note": "20 chairs, by May"})

    assert (first.status_code, again.status_code) == (201, 200)
    [lead] = seller.get("leads").get_json()["data"]
    assert (lead["name"], lead["email"], lead["consent"]) == ("Siti Rahma", "siti@people.example", True)
    assert (lead["note"], lead["warmth"], lead["number"], lead["by"]) == (
        "20 chairs, by May",
        "hot",
        siti.number,
        "Budi",
    )
    assert lead["at"] == reading["at"]


def test_without_consent_a_booth_learns_a_number(seller: Phone, booth: Place, siti: Pass, token: str) -> None:
    answer = seller.post("leads", {"code": token, "place": ids.show(booth.id), "consent": False, "note": "tall"})

    assert answer.status_code == 201
    for text in (answer.text, seller.get("leads").text, seller.get("leads.csv").text):
        assert "Siti" not in text
        assert "people.example" not in text
        assert "tall" in text


def test_a_booths_file_runs_no_formula(seller: Phone, booth: Place, token: str) -> None:
    seller.post("leads", {"code": token, "place": ids.show(booth.id), "note": "=HYPERLINK(1)", "consent": True})

    answer = seller.get("leads.csv")

    head, row = csv.reader(io.StringIO(answer.text))
    told = dict(zip(head, row, strict=True))
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert (told["name"], told["note"]) == ("Siti Rahma", "'=HYPERLINK(1)")


def test_a_booth_sees_nothing_of_another_booth(app: Flask, event: Event, seller: Phone, token: str) -> None:
    with make.saved(app):
        next_door = make.place(event, "booth", "Booth 5")
    rival = paired(app, event, "booth", [next_door], name="Rival")
    theirs = ids.show(next_door.id)
    reading = scan(next_door, token, kind="visit")
    rival.scans([reading])
    rival.post("leads", {"code": token, "place": theirs, "consent": True, "note": "secret"})

    assert seller.get("leads").get_json()["data"] == []
    assert seller.get("leads.csv").text.count("\n") == 1
    for answer in (
        seller.get(f"leads?place={theirs}"),
        seller.get(f"leads.csv?place={theirs}"),
        seller.post("leads", {"code": token, "place": theirs}),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (404, "place_unknown")


def test_a_booth_makes_no_lead_of_a_reading_that_was_not_its_own(
    steward: Phone, seller: Phone, gate: Place, booth: Place, token: str
) -> None:
    entry = scan(gate, token)
    steward.scans([entry])

    for nonce in (entry["id"], str(uuid.uuid4()), "nonsense", ""):
        answer = seller.post("leads", {"scan": nonce, "place": ids.show(booth.id), "consent": True})
        assert (answer.status_code, answer.get_json()["code"]) == (404, "scan_unknown")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"code": "K7M2"}, 404, "pass_unknown"),
        ({"code": "https://evil.example/P/1"}, 404, "pass_unknown"),
        ({}, 422, "document_invalid"),
        ({"code": 17}, 422, "document_invalid"),
        ({"consent": "yes"}, 422, "document_invalid"),
        ({"warmth": "boiling"}, 422, "warmth_unknown"),
        ({"note": "x" * 2_001}, 422, "note_too_long"),
        ({"note": ["x"]}, 422, "document_invalid"),
        ({"place": "0000000000000"}, 404, "place_unknown"),
        ({"place": None}, 422, "document_invalid"),
    ],
)
def test_a_lead_that_makes_no_sense_is_not_written(
    seller: Phone, booth: Place, token: str, said: dict[str, object], status: int, code: str
) -> None:
    whole: dict[str, object] = {"place": ids.show(booth.id)}
    answer = seller.post("leads", whole | ({"code": token} if said and "code" not in said else {}) | said)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert seller.get("leads").get_json()["data"] == []


def test_a_forged_pass_is_no_lead(seller: Phone, booth: Place, token: str) -> None:
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")

    answer = seller.post("leads", {"code": forged, "place": ids.show(booth.id), "consent": True})

    assert (answer.status_code, answer.get_json()["code"]) == (404, "pass_unknown")


def test_who_stands_at_a_gate_reads_no_leads(steward: Phone, supervisor: Phone) -> None:
    for phone in (steward, supervisor):
        assert phone.get("leads").status_code == 403
        assert phone.get("leads.csv").status_code == 403
        assert phone.post("leads", {}).status_code == 403


def test_a_booths_phone_lets_nobody_in(seller: Phone, gate: Place, booth: Place, token: str) -> None:
    for place in (gate, booth):
        answer = seller.scan(place, token)
        assert answer["verdict"] == "refused"
