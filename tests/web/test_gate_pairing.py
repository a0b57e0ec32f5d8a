"""Pairing over HTTP: the page that a phone's camera leads to, and the call by which the app becomes a device."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event as listening

from referral.events import devices, pairing
from referral.events.rules.codes import Signer
from referral.plumbing import clock, ids
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db
from tests import factories as make
from tests.web.gating import Phone, paired, revoke

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Place
    from referral.events.pairing import Pairing

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def event(app: Flask, fair: Campaign) -> Event:
    """Make an event of the fair."""
    with make.saved(app):
        return make.event(fair, capacity=5_000)


@pytest.fixture
def gate(app: Flask, event: Event) -> Place:
    """Make a gate of it."""
    with make.saved(app):
        return make.place(event, name="North gate")


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Note what is asked of the database."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    listening.listen(engine, "before_cursor_execute", note)
    yield asked
    listening.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def waiting(app: Flask, event: Event, gate: Place) -> Pairing:
    """Make a code that waits for a phone."""
    with make.saved(app):
        return pairing.make(event, name="Phone 3", role="steward", places=[gate])


# --- The call --------------------------------------------------------------------------------------------------------


def test_a_phone_is_paired_and_told_all_that_it_needs_for_a_day(
    client: FlaskClient, event: Event, gate: Place, waiting: Pairing
) -> None:
    answer = client.post("/g/api/pair", json={"token": waiting.token, "name": "Ayu"})

    told = answer.get_json()
    assert answer.status_code == 201
    assert told["secret"].startswith("tg_")
    assert told["device"] == {
        "id": ids.show(waiting.device.id),
        "name": "Ayu",
        "role": "steward",
        "places": [ids.show(gate.id)],
    }
    assert told["event"]["slug"] == event.slug
    assert told["places"] == [{"id": ids.show(gate.id), "kind": "gate", "name": "North gate"}]
    assert len(told["days"]) == 2
    assert "conflicts" not in told  # a steward does not settle any


def test_a_code_used_twice_is_refused_and_the_first_phone_stays(client: FlaskClient, waiting: Pairing) -> None:
    first = client.post("/g/api/pair", json={"token": waiting.token, "name": "Ayu"}).get_json()

    answer = client.post("/g/api/pair", json={"token": waiting.token.lower(), "name": "Mallory"})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "pairing_used")
    assert answer.mimetype == "application/problem+json"
    assert Phone(client, waiting.device, first["secret"]).get("hello").get_json()["device"]["name"] == "Ayu"


def test_a_code_is_refused_after_ten_minutes(client: FlaskClient, waiting: Pairing) -> None:
    with clock.at(now() + timedelta(minutes=11)):
        answer = client.post("/g/api/pair", json={"token": waiting.token, "name": "Ayu"})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "pairing_expired")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"token": "0" * 26, "name": "Ayu"}, 404, "pairing_unknown"),
        ({"token": "0" * 26, "name": ""}, 422, "name_missing"),
        ({"token": 26, "name": "Ayu"}, 422, "document_invalid"),
        ({"token": "\x00", "name": "Ayu"}, 422, "document_invalid"),
        ({"token": "0" * 26, "name": "\ud800"}, 422, "document_invalid"),
        ({"name": "Ayu"}, 422, "document_invalid"),
        ([], 422, "document_invalid"),
        ("Ayu", 422, "document_invalid"),
    ],
)
def test_nonsense_pairs_nothing(client: FlaskClient, body: object, status: int, code: str) -> None:
    answer = client.post("/g/api/pair", json=body)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_what_is_no_json_pairs_nothing(client: FlaskClient) -> None:
    for body, kind, status in (
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}" + b" " * 70_000, "application/json", 413),
    ):
        answer = client.post("/g/api/pair", data=body, content_type=kind)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), body[:10]


@pytest.mark.settings(RATE_LIMITS=True)
@pytest.mark.engines("sqlite")
def test_codes_cannot_be_tried_out_by_the_thousand(client: FlaskClient) -> None:
    answers = [client.post("/g/api/pair", json={"token": "0" * 26, "name": "Ayu"}) for _ in range(61)]

    assert {answer.status_code for answer in answers[:60]} == {404}
    assert answers[60].status_code == 429
    assert int(answers[60].headers["Retry-After"]) >= 1


# --- What a device is told -------------------------------------------------------------------------------------------


def test_a_device_can_check_signatures_with_what_it_is_told(app: Flask, event: Event) -> None:
    with make.saved(app):
        token = make.token_of(make.gate_pass(event))
    phone = paired(app, event)

    told = phone.get("hello").get_json()

    prefix = b64decode(told["event"]["prefix"])
    signer = Signer(
        int.from_bytes(prefix[:8], "big"),
        int.from_bytes(prefix[8:], "big"),
        {key["place"]: b64decode(key["secret"]) for key in told["keys"]},
    )
    assert signer.prefix == prefix
    assert signer.token(ids.read(token[:13]) or 0, told["keys"][-1]["place"]) == token
    assert b64decode(told["event"]["salt"]) == event.salt
    assert told["event"]["base"] == "http://tular.test"
    assert told["event"]["early_ms"] == 3_600_000


def test_a_device_of_all_places_is_told_all_that_are_open(app: Flask, event: Event, gate: Place) -> None:
    with make.saved(app):
        booth = make.place(event, "booth")
    phone = paired(app, event)

    told = phone.get("hello").get_json()

    assert told["device"]["places"] == "all"
    assert [place["id"] for place in told["places"]] == [ids.show(gate.id), ids.show(booth.id)]


def test_hello_costs_few_statements_and_tells_the_time(app: Flask, event: Event, statements: list[str]) -> None:
    phone = paired(app, event)
    phone.get("hello")  # after which it was heard of just now
    statements.clear()

    told = phone.get("hello").get_json()

    assert abs(told["now"] - milliseconds(now())) < 5_000
    assert len([one for one in statements if one.startswith("SELECT")]) <= 6, statements


def test_a_ping_asks_no_database(app: Flask, client: FlaskClient, statements: list[str]) -> None:
    answer = client.get("/g/api/ping")

    assert answer.status_code == 204
    assert abs(int(answer.headers["X-Now"]) - milliseconds(now())) < 5_000
    assert statements == []


def test_that_a_device_asks_what_is_new_is_written_down_every_thirty_seconds(app: Flask, event: Event) -> None:
    phone, start = paired(app, event), now()

    for seconds in (31, 40, 62):
        with clock.at(start + timedelta(seconds=seconds)):
            behind = milliseconds(now()) - 7_200_000
            phone.get(f"hello?unsent={seconds}&clock={behind}")

    with make.saved(app):
        found = devices.by_id(event, phone.device.id)
        assert (found.unsent, found.clock_offset_ms) == (62, 7_200_000)
        assert found.last_seen_at == start + timedelta(seconds=62)


def test_a_reading_call_of_a_device_that_was_just_heard_of_writes_nothing(
    app: Flask, event: Event, statements: list[str]
) -> None:
    phone = paired(app, event)
    statements.clear()

    phone.get("hello")

    assert [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))] == []


def test_a_revoked_device_is_told_so(app: Flask, event: Event) -> None:
    phone = paired(app, event)
    revoke(app, phone)

    answer = phone.get("hello")

    assert (answer.status_code, answer.get_json()["code"]) == (401, "device_revoked")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer tg_", "Bearer tg_" + "a" * 43, "Basic tg_" + "a" * 43])
def test_whoever_is_no_device_is_told_nothing(client: FlaskClient, header: str | None) -> None:
    answer = client.get("/g/api/hello", headers={"Authorization": header} if header is not None else {})

    assert (answer.status_code, answer.get_json()["code"]) == (401, "device_unknown")


def test_a_brands_key_is_no_devices_secret(app: Flask, client: FlaskClient, event: Event) -> None:
    with make.saved(app):
        key = make.key(make.brand("other"))

    assert client.get("/g/api/hello", headers={"Authorization": f"Bearer {key}"}).status_code == 401


# --- The page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/g/pair/{}", "/G/PAIR/{}"])
def test_a_camera_that_reads_the_code_leads_to_a_page_that_explains(
    client: FlaskClient, waiting: Pairing, path: str
) -> None:
    answer = client.get(path.format(waiting.token))

    assert answer.status_code == 200
    assert "Add it to your home screen" in answer.text
    assert f'href="/g/#pair={waiting.token}"' in answer.text
    assert "Phone 3" in answer.text


def test_the_page_uses_nothing_up(client: FlaskClient, waiting: Pairing) -> None:
    for _ in range(3):
        client.get(f"/g/pair/{waiting.token.lower()}")

    assert client.post("/g/api/pair", json={"token": waiting.token, "name": "Ayu"}).status_code == 201


def test_the_code_is_told_to_no_other_site_and_to_no_search_engine(client: FlaskClient, waiting: Pairing) -> None:
    headers = client.get(f"/g/pair/{waiting.token}").headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cache-Control"] == "no-store"


def test_a_code_that_was_used_says_so_on_its_page(client: FlaskClient, waiting: Pairing) -> None:
    client.post("/g/api/pair", json={"token": waiting.token, "name": "Ayu"})

    answer = client.get(f"/g/pair/{waiting.token}")

    assert answer.status_code == 410
    assert "This code was used already" in answer.text
    assert "#pair=" not in answer.text


def test_a_code_that_is_too_old_says_so_on_its_page(client: FlaskClient, waiting: Pairing) -> None:
    with clock.at(now() + timedelta(minutes=11)):
        answer = client.get(f"/g/pair/{waiting.token}")

    assert answer.status_code == 410
    assert "This code is too old" in answer.text
    assert "#pair=" not in answer.text


@pytest.mark.parametrize("token", ["0" * 26, "x", "0" * 400, "%00", "<script>"])
def test_a_code_that_nobody_made_leads_nowhere(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/g/pair/{token}")

    assert answer.status_code == 404
    assert "<script>" not in answer.text
