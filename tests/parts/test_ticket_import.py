"""Tickets of another system: taken in once, with their people; they open our gates, and what was cancelled does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from referral.errors import Gone, Invalid
from referral.events import actions, importing, passes, queries
from referral.events.importing import Report, import_tickets
from referral.events.models import Event, Pass
from referral.events.rules.codes import code_hash
from referral.events.rules.tickets import Remark
from referral.fans import queries as fans
from tests import factories as make

if TYPE_CHECKING:
    from click.testing import Result
    from flask import Flask
    from flask.testing import FlaskCliRunner

FILE = "\n".join(
    [
        "secret,name,email,item,admits,external_id",
        "abc123,Siti Rahma,siti@people.example,Day ticket,1,T-1",
        "def456,,,Family ticket,5,T-2",
        "ghi789,Budi,BUDI@people.example,,,T-3",
    ]
).encode()


@pytest.fixture
def night(app: Flask) -> Event:
    """Make the event `night` in the campaign `fair` of the brand `night-fair`."""
    with make.saved(app):
        return make.event(make.campaign(make.brand()), gives_passes=False)


def taken_in(app: Flask, event: Event, data: bytes = FILE) -> Report:
    with make.saved(app):
        return import_tickets(queries.by_id(event.brand_id, event.id), data)


def all_passes(app: Flask, event: Event) -> list[Pass]:
    with make.saved(app):
        return queries.page(event, None, 10_000)


def pretix(*positions: dict[str, Any], **said: Any) -> bytes:
    order = {"code": "ABC12", "status": "p", "email": None, "positions": list(positions), **said}
    return json.dumps({"event": {"orders": [order]}}).encode()


def position(number: int, **said: Any) -> dict[str, Any]:
    return {"positionid": number, "secret": f"secret-{number}", "item": 1, **said}


# --- Taken in --------------------------------------------------------------------------------------------------------


def test_tickets_open_our_gates_and_their_people_are_fans(app: Flask, night: Event) -> None:
    report = taken_in(app, night)

    assert report == Report(people=2, anonymous=1)
    siti, family, budi = all_passes(app, night)
    assert [one.code_hash for one in (siti, family, budi)] == [
        code_hash(night.salt, secret) for secret in ("abc123", "def456", "ghi789")
    ]
    assert (siti.label, siti.admits, siti.external_id) == ("Day ticket", 1, "T-1")
    assert (family.fan_id, family.admits, family.label) == (None, 5, "Family ticket")
    with make.saved(app):
        campaign = queries.campaign_of(night)
        names = fans.names(campaign)
        assert [names[one.fan_id] for one in (siti, budi) if one.fan_id] == ["Siti Rahma", "Budi"]
        assert len(names) == 2


def test_the_same_file_again_changes_nothing_and_says_so(app: Flask, night: Event) -> None:
    taken_in(app, night)
    before = [(one.id, one.changed) for one in all_passes(app, night)]

    again = taken_in(app, night)

    assert (again, again.changed_nothing) == (Report(known=3), True)
    assert [(one.id, one.changed) for one in all_passes(app, night)] == before


def test_a_file_that_has_grown_adds_what_is_new(app: Flask, night: Event) -> None:
    taken_in(app, night)

    grown = taken_in(app, night, FILE + b"\njkl012,Citra,citra@people.example,,,\n")

    assert grown == Report(people=1, known=3)
    assert [one.number for one in all_passes(app, night)] == [1, 2, 3, 4]


def test_who_was_told_by_somebody_is_the_same_fan_with_a_ticket(app: Flask, night: Event) -> None:
    with make.saved(app):
        campaign = queries.campaign_of(night)
        ayu = make.fan(campaign, "Ayu")
        siti = make.fan(campaign, "Siti", told_by=ayu, email="siti@people.example")

    taken_in(app, night)

    with make.saved(app):
        ticket = queries.pass_of_fan(night, siti.id)
        assert ticket is not None
        assert ticket.foreign_code == "abc123"
        assert fans.by_id(queries.campaign_of(night), siti.id).generation == 1


def test_who_has_a_pass_keeps_it_and_the_ticket_opens_the_gate_as_well(app: Flask, night: Event) -> None:
    with make.saved(app):
        siti = make.fan(queries.campaign_of(night), "Siti", email="siti@people.example")
        own = make.gate_pass(night, siti)

    report = taken_in(app, night)

    assert (report.people, report.anonymous) == (1, 2)
    assert report.remarks == (Remark(2, "has_pass", True, "T-1"),)
    with make.saved(app):
        assert queries.pass_of_fan(night, siti.id) == queries.gate_pass(night, own.id)
        found = queries.pass_by_hash(night, code_hash(night.salt, "abc123"))
        assert found is not None
        assert (found.fan_id, found.label) == (None, "Day ticket")


def test_several_tickets_of_one_address_are_one_persons_and_nobodys(app: Flask, night: Event) -> None:
    rows = b"secret,email\na,siti@people.example\nb,Siti@People.example\nc,siti@people.example\n"

    report = taken_in(app, night, rows)

    assert (report.people, report.anonymous) == (1, 2)
    assert [(one.line, one.code) for one in report.remarks] == [(3, "has_pass"), (4, "has_pass")]


def test_a_reference_that_another_pass_has_is_left_out(app: Flask, night: Event) -> None:
    with make.saved(app):
        make.gate_pass(night, external_id="T-1")

    report = taken_in(app, night, FILE + b"\nxyz,,,,,T-2\n")

    assert report.remarks == (Remark(2, "reference_taken", True, "T-1"), Remark(5, "reference_taken", True, "T-2"))
    assert [one.external_id for one in all_passes(app, night)] == ["T-1", None, "T-2", "T-3", None]


def test_wrong_lines_are_named_and_the_others_are_taken(app: Flask, night: Event) -> None:
    report = taken_in(app, night, b"secret,email,admits\n,a@b.example,\nabc,nobody,\ndef,,0\n")

    assert report == Report(
        anonymous=1,
        remarks=(
            Remark(2, "secret_missing", False),
            Remark(3, "email_invalid", True),
            Remark(4, "admits_invalid", False),
        ),
    )
    assert report.refused() == {"secret_missing": 1, "admits_invalid": 1}


def test_whoever_has_a_ticket_has_a_pass_for_the_other_nights_of_the_campaign(app: Flask, night: Event) -> None:
    with make.saved(app):
        second = make.event(queries.campaign_of(night), "second-night")

    taken_in(app, night)

    assert len(all_passes(app, second)) == 2


def test_a_ticket_looks_the_same_at_every_event_and_is_one_of_its_own(app: Flask, night: Event) -> None:
    with make.saved(app):
        other = make.event(queries.campaign_of(night), "second-night", gives_passes=False)

    assert (taken_in(app, night).taken, taken_in(app, other).taken) == (3, 3)
    assert not {one.code_hash for one in all_passes(app, night)} & {one.code_hash for one in all_passes(app, other)}


# --- Cancelled there -------------------------------------------------------------------------------------------------


def test_what_was_cancelled_there_is_revoked_here_once(app: Flask, night: Event) -> None:
    taken_in(app, night, pretix(position(1), position(2)))
    later = pretix(position(1), position(2, canceled=True), position(3, canceled=True))

    report, again = taken_in(app, night, later), taken_in(app, night, later)

    assert (report, again) == (Report(known=1, cancelled=1), Report(known=1))
    first, second = all_passes(app, night)
    assert (first.revoked_at, second.revoked_reason) == (None, "cancelled")


def test_a_whole_order_is_cancelled(app: Flask, night: Event) -> None:
    taken_in(app, night, pretix(position(1), position(2)))

    assert taken_in(app, night, pretix(position(1), position(2), status="c")).cancelled == 2


def test_what_was_revoked_here_stays_revoked_and_is_named(app: Flask, night: Event) -> None:
    taken_in(app, night)
    with make.saved(app):
        ticket = queries.pass_by_hash(night, code_hash(night.salt, "abc123"))
        assert ticket is not None
        passes.revoke(ticket)

    report = taken_in(app, night)

    assert report.remarks == (Remark(2, "revoked_here", False, "T-1"),)
    assert report.changed_nothing


# --- Refused whole ---------------------------------------------------------------------------------------------------


def test_a_file_that_is_none_leaves_nothing_behind(app: Flask, night: Event) -> None:
    for data, code in ((b"name\nSiti\n", "tickets_no_secrets"), (b"{}", "tickets_unreadable")):
        with pytest.raises(Invalid, match=code):
            taken_in(app, night, data)
    assert all_passes(app, night) == []


def test_a_closed_event_takes_no_tickets(app: Flask, night: Event) -> None:
    with make.saved(app):
        actions.close(queries.by_id(night.brand_id, night.id))

    with pytest.raises(Gone, match="event_closed"):
        taken_in(app, night)


@pytest.mark.slow
def test_thousands_of_tickets_are_taken_in_part_by_part(
    app: Flask, night: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 700)
    rows = [f"secret-{number},Somebody,somebody{number % 1500}@people.example,,," for number in range(2000)]
    data = "\n".join(["secret,name,email,item,admits,external_id", *rows]).encode()

    report = taken_in(app, night, data)

    assert (report.people, report.anonymous, len(report.remarks)) == (1500, 500, 500)
    assert taken_in(app, night, data).known == 2000


# --- The command -----------------------------------------------------------------------------------------------------


def run(cli: FlaskCliRunner, *options: str) -> Result:
    return cli.invoke(args=["events", "import-tickets", "night-fair", *options])


def test_the_command_says_what_came_of_it(cli: FlaskCliRunner, night: Event, tmp_path: Path) -> None:
    file, remarks = tmp_path / "tickets.csv", tmp_path / "remarks.csv"
    file.write_bytes(FILE + b"\n,Nobody,,,,T-9\nmno,,nobody,,,\n")

    first = run(cli, "night", str(file), "--remarks", str(remarks))
    again = run(cli, "night", str(file))

    assert first.exit_code == 0, first.output
    assert first.output.splitlines() == [
        "4 tickets taken in, 2 of them of people with a mail address.",
        "1 lines not taken: secret_missing 1.",
        "  line 5: secret_missing T-9",
        "1 taken in part: email_invalid 1.",
        "  line 6: email_invalid",
    ]
    assert again.output.splitlines()[:2] == ["Nothing has changed.", "4 were here already."]
    assert remarks.read_text().splitlines() == [
        "line,code,taken,reference",
        "5,secret_missing,no,T-9",
        "6,email_invalid,yes,",
    ]


def test_the_command_fails_where_nothing_can_be_taken(cli: FlaskCliRunner, night: Event, tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    for data, said in (
        (b"secret\n\x01\n", "No ticket was taken in."),
        (b"name\nSiti\n", "Refused: tickets no secrets."),
        ("secret\nŁ".encode("cp1250"), "Refused: tickets not utf8."),
    ):
        file.write_bytes(data)
        result = run(cli, "night", str(file))
        assert (result.exit_code, said in result.output) == (1, True), result.output
    assert "Refused: event unknown." in run(cli, "no-night", str(file)).output
