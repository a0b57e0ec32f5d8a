"""Files of an event: leads, scans and passes to take away; and lists of tickets that are brought along."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from referral.events import leads, queries
from referral.web import event_exports
from tests import factories as make
from tests.factories import send
from tests.web.gating import paired, scan

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event

NIGHT = "/b/night-fair/campaigns/fair/events/night"


@pytest.fixture
def organiser(app: Flask, brand: Brand) -> FlaskClient:
    """Sign an organiser in."""
    return make.staff(app, brand, "organiser")


@pytest.fixture
def night(app: Flask, fair: Campaign) -> Event:
    """Make an event that is open."""
    with make.saved(app):
        return make.event(fair, gives_passes=False)


def rows(client: FlaskClient, path: str) -> list[dict[str, str]]:
    """Read a CSV."""
    answer = client.get(f"{NIGHT}/{path}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="night-')
    return list(csv.DictReader(io.StringIO(answer.text)))


# --- Leads -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def met(app: Flask, fair: Campaign, night: Event) -> None:
    """Let a booth meet Ayu, who agrees to be written to, and Budi, who does not."""
    with make.saved(app):
        booth = make.place(night, "booth", "Lantern Press")
        for name, consent, warmth in (("Ayu Lestari", True, "hot"), ("Budi Hartono", False, "cold")):
            gate_pass = make.gate_pass(night, make.fan(fair, name))
            leads.meet(night, booth, gate_pass, consent=consent, warmth=warmth, note="=1+1")


@pytest.mark.usefixtures("met")
def test_leads_are_counted_by_booth_and_named_where_they_agreed(organiser: FlaskClient, viewer: FlaskClient) -> None:
    page, seen = organiser.get(f"{NIGHT}/leads").text, viewer.get(f"{NIGHT}/leads").text

    for text in (page, seen):
        assert "Lantern Press" in text
        assert '<td class="number" data-label="Visitors">2</td>' in text
        assert '<td class="number" data-label="May be written to">1</td>' in text
        assert '<td class="number" data-label="Hot">1</td>' in text
    assert "Ayu Lestari" in page
    assert "Budi Hartono" not in page
    assert "Ayu Lestari" not in seen


@pytest.mark.usefixtures("met")
def test_leads_are_exported_without_formulas_and_without_who_did_not_agree(
    organiser: FlaskClient, viewer: FlaskClient
) -> None:
    found = rows(organiser, "leads.csv")

    assert {(row["name"], row["warmth"], row["note"]) for row in found} == {
        ("Ayu Lestari", "hot", "'=1+1"),
        ("", "cold", "'=1+1"),
    }
    assert viewer.get(f"{NIGHT}/leads.csv").status_code == 403


def test_an_event_without_booths_says_how_leads_come(night: Event, organiser: FlaskClient) -> None:
    assert "No booth yet" in organiser.get(f"{NIGHT}/leads").text


# --- Scans and passes ------------------------------------------------------------------------------------------------


def test_every_scan_is_exported_refused_ones_too_and_no_cell_is_a_formula(
    app: Flask, night: Event, marketer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_exports, "CHUNK", 3)
    with make.saved(app):
        gate = make.place(night, name="=Gate")
        tokens = [make.token_of(make.gate_pass(night)) for _ in range(6)]
    phone = paired(app, night, name="Rina")
    entries = [scan(gate, token, counter=number) for number, token in enumerate(tokens)]
    phone.scans(entries)
    phone.scan(gate, "=cmd|' /C calc'!A0", said="no")

    found = rows(marketer, "scans.csv")

    assert [row["scan"] for row in found[:6]] == [entry["id"] for entry in entries]
    assert [row["pass"] for row in found] == ["1", "2", "3", "4", "5", "6", ""]
    assert {row["place"] for row in found} == {"'=Gate"}
    assert {row["device"] for row in found} == {"Rina"}
    assert [row["verdict"] for row in found] == ["applied"] * 6 + ["refused"]
    assert found[-1]["code"].startswith("'=cmd")
    assert len(found) == 7


def test_every_pass_is_exported_with_when_it_came(
    app: Flask, fair: Campaign, night: Event, marketer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_exports, "CHUNK", 2)
    with make.saved(app):
        gate = make.place(night)
        ayu = make.gate_pass(night, make.fan(fair, "@Ayu", email="ayu@example.org"))
        token = make.token_of(ayu)
        for _ in range(4):
            make.gate_pass(night, label="Guest")
    paired(app, night).scan(gate, token)

    found = rows(marketer, "passes.csv")

    assert [row["number"] for row in found] == ["1", "2", "3", "4", "5"]
    assert (found[0]["name"], found[0]["code"], found[0]["days"]) == ("'@Ayu", token, "1")
    assert found[0]["first_in_at"].endswith("Z")
    assert {(row["name"], row["label"], row["first_in_at"], row["days"]) for row in found[1:]} == {
        ("", "Guest", "", "0")
    }


def test_who_has_nothing_to_do_with_the_doors_gets_no_file(
    app: Flask, brand: Brand, night: Event, organiser: FlaskClient, viewer: FlaskClient
) -> None:
    seller = make.staff(app, brand, "seller")

    for path in ("scans.csv", "passes.csv", "leads.csv", "results/arrivals.csv", "results/credits.csv"):
        asked = [client.get(f"{NIGHT}/{path}").status_code for client in (organiser, seller, viewer)]
        assert asked == [200, 403, 403], path


# --- Import ----------------------------------------------------------------------------------------------------------


def bring(client: FlaskClient, data: bytes, name: str = "tickets.csv") -> Any:
    """Send a list of tickets."""
    return send(client, f"{NIGHT}/import", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def test_a_list_of_tickets_is_imported_and_each_wrong_line_is_named(
    app: Flask, night: Event, organiser: FlaskClient
) -> None:
    page = bring(
        organiser, b"code;name;email;people\nK1;Ayu;ayu@example.org;2\n;Lost;;\nK1;Twice;;\nK3;Budi;no mail;\n"
    )

    assert page.status_code == 200
    assert "2 tickets were not taken" in page.text
    for line, words in ((3, "It has no code."), (4, "Its code stands in the file twice"), (5, "cannot be right")):
        assert f"Line {line}</span><span>" in page.text
        assert words in page.text
    with make.saved(app):
        made = queries.page(night, None, 10)
    assert [(one.foreign_code, one.admits, one.fan_id is not None) for one in made] == [
        ("K1", 2, True),
        ("K3", 1, False),
    ]


def test_a_list_that_comes_again_changes_nothing_and_what_was_cancelled_is_revoked(
    app: Flask, night: Event, organiser: FlaskClient
) -> None:
    position = {"positionid": 1, "secret": "abc", "attendee_name": "Ayu", "attendee_email": "ayu@example.org"}
    order = {"code": "A1B2C", "status": "p", "positions": [position]}
    bring(organiser, json.dumps({"event": {"orders": [order]}}).encode(), "export.json")

    again = bring(organiser, json.dumps({"event": {"orders": [order]}}).encode(), "export.json")
    cancelled = bring(organiser, json.dumps({"event": {"orders": [order | {"status": "c"}]}}).encode(), "export.json")

    assert "Everything in this file was here already." in again.text
    assert "ticket was cancelled since, and is revoked" in cancelled.text
    with make.saved(app):
        [one] = queries.page(night, None, 10)
    assert one.revoked_at is not None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose the file with the tickets."),
        (b"\xff\xfe\x00", "The file is not in UTF-8."),
        (b"{nonsense", "The file can be read neither as JSON"),
        (b'{"orders": 5}', "The file can be read neither as JSON"),
        (b"name,mail\nAyu,ayu@example.org\n", "The file has no column"),
    ],
)
def test_a_file_that_is_no_list_comes_back(
    app: Flask, night: Event, organiser: FlaskClient, data: bytes, words: str
) -> None:
    answer = bring(organiser, data)

    assert answer.status_code == 400
    assert words in answer.text
    with make.saved(app):
        assert queries.page(night, None, 10) == []


def test_a_form_without_a_file_and_a_closed_event_say_so(night: Event, organiser: FlaskClient) -> None:
    empty = send(organiser, f"{NIGHT}/import")
    send(organiser, f"{NIGHT}/close")
    late = bring(organiser, b"code\nK1\n")

    assert (empty.status_code, late.status_code) == (400, 400)
    assert "Choose the file with the tickets." in empty.text
    assert "This event is closed." in late.text
    assert f"{NIGHT}/import" not in organiser.get(f"{NIGHT}/passes").text


def test_a_viewer_imports_nothing(night: Event, viewer: FlaskClient) -> None:
    assert viewer.get(f"{NIGHT}/import").status_code == 403
    assert bring(viewer, b"code\nK1\n").status_code == 403
