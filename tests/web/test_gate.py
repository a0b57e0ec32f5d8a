"""The gate's calls and pages: scans in, lists out, bad input; the app's shell and what it keeps; the promise."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select, update

from referral.events import devices, pairing, passes, queries
from referral.events.models import Pass, Scan
from referral.events.rules import sealing
from referral.events.rules.codes import code_hash
from referral.events.rules.wire import read_list, read_names
from referral.plumbing import clock
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db
from tests import factories as make
from tests.application import application, settings_for_tests
from tests.web.gating import Phone, paired, revoke, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Place

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
def siti(app: Flask, event: Event, fair: Campaign) -> Pass:
    """Give somebody a pass."""
    with make.saved(app):
        return make.gate_pass(event, make.fan(fair, "Siti Rahma"), label="Speaker")


@pytest.fixture
def token(app: Flask, siti: Pass) -> str:
    """Write their pass."""
    with make.saved(app):
        return make.token_of(siti)


@pytest.fixture
def phone(app: Flask, event: Event) -> Phone:
    """Pair a steward's phone."""
    return paired(app, event)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Note what is asked of the database, but for how its transactions begin."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SET TRANSACTION")):
            asked.append(statement)

    with app.app_context():
        engine = db.engine
    listening.listen(engine, "before_cursor_execute", note)
    yield asked
    listening.remove(engine, "before_cursor_execute", note)


def settled(app: Flask, event: Event) -> None:
    """Give out passes, all of them long ago: what is younger than a minute is told again."""
    with make.saved(app):
        passes.issue_many(event, [passes.PassTerms() for _ in range(200)])
        db.session.execute(update(Pass).values(changed=1))


def kept(app: Flask) -> int:
    """Count the scans in the log."""
    with make.saved(app):
        return db.session.scalar(select(func.count()).select_from(Scan)) or 0


# --- Scans -----------------------------------------------------------------------------------------------------------


def test_a_scan_is_taken_and_a_second_one_is_told_where_the_first_was(phone: Phone, gate: Place, token: str) -> None:
    first = phone.scan(gate, token)
    again = phone.scan(gate, token, counter=2)

    assert first["verdict"] == "applied"
    assert (again["verdict"], again["reason"], again["conflict"]) == ("already_in", "already_in", True)
    assert again["first"]["place"] == "North gate"


def test_a_scan_at_which_the_phone_said_no_lets_nobody_in_and_says_that_it_would_have(
    phone: Phone, gate: Place, token: str
) -> None:
    answer = phone.scan(gate, token, said="no")

    assert (answer["verdict"], answer["reason"], answer["would"]) == ("refused", "as_said", "applied")


def test_what_a_qr_code_holds_is_scanned_as_it_is(phone: Phone, gate: Place, token: str) -> None:
    assert phone.scan(gate, f"HTTP://TULAR.TEST/P/{token}")["verdict"] == "applied"


def test_scans_are_answered_in_the_order_they_were_sent(phone: Phone, gate: Place, token: str) -> None:
    sent = [scan(gate, text, counter=n) for n, text in enumerate((token, "K7M2Q9XD11", token, "https://evil.example"))]

    answers = phone.scans(sent)

    assert [one["id"] for one in answers] == [one["id"] for one in sent]
    assert [one["verdict"] for one in answers] == ["applied", "refused", "already_in", "refused"]
    assert answers[3]["reason"] == "not_ours"


def test_a_batch_that_is_sent_again_is_answered_as_it_was_and_counts_once(
    app: Flask, phone: Phone, gate: Place, token: str
) -> None:
    sent = [scan(gate, token)]
    first = phone.scans(sent)

    again = phone.scans(sent)

    assert again == [first[0] | {"repeat": True}]
    assert kept(app) == 1


def test_one_scan_costs_six_statements_at_most(
    app: Flask, phone: Phone, gate: Place, event: Event, fair: Campaign, statements: list[str]
) -> None:
    with make.saved(app):
        told = make.chain(fair, "Ayu", "Budi", "Citra", told_by=make.link(fair))[-1]
        token = make.token_of(make.gate_pass(event, told))

    for seconds, verdict in ((0, "applied"), (60, "already_in")):
        with clock.at(now() + timedelta(seconds=seconds)):
            statements.clear()
            answer = phone.scan(gate, token)

        assert answer["verdict"] == verdict
        assert 3 < len(statements) <= 6, statements


def test_one_broken_record_is_refused_and_the_others_are_taken(
    app: Flask, phone: Phone, gate: Place, event: Event
) -> None:
    with make.saved(app):
        tokens = [make.token_of(make.gate_pass(event)) for _ in range(3)]
    whole = [scan(gate, token, counter=n) for n, token in enumerate(tokens)]
    broken: list[Any] = [
        None,
        17,
        [],
        {},
        {"id": "x"},
        whole[0] | {"id": str(uuid.uuid4()), "people": -1},
        whole[0] | {"id": str(uuid.uuid4()), "kind": "party"},
        whole[0] | {"id": str(uuid.uuid4()), "at": 1e300},
        whole[0] | {"id": str(uuid.uuid4()), "at": "yesterday"},
        whole[0] | {"id": str(uuid.uuid4()), "place": "nowhere"},
        whole[0] | {"id": 7},
    ]

    answers = phone.scans([whole[0], *broken, *whole[1:]])

    assert [one["verdict"] for one in answers] == ["applied", *["refused"] * len(broken), "applied", "applied"]
    assert {one.get("reason") for one in answers[1:-2]} == {"malformed"}
    assert kept(app) == 3


@pytest.mark.parametrize(
    "code", ["", " ", "\0", "\ud800", "a\0b", "\u202eevil", "🚪" * 500, "%", "' or 1=1 --", "A" * 3_999]
)
def test_whatever_a_camera_reads_is_answered_and_logged(app: Flask, phone: Phone, gate: Place, code: str) -> None:
    answer = phone.scan(gate, code, said="no")

    assert answer["verdict"] == "refused"


def test_five_hundred_scans_are_taken_and_one_more_is_refused_whole(app: Flask, phone: Phone, gate: Place) -> None:
    sent = [scan(gate, f"not a pass {n}", counter=n, said="no") for n in range(501)]

    refused = phone.post("scans", {"unsent": 501, "clock": milliseconds(now()), "scans": sent})
    taken = phone.scans(sent[:500])

    assert refused.status_code == 413
    assert refused.mimetype == "application/problem+json"
    assert (refused.get_json()["code"], refused.get_json()["limit"]) == ("too_many_scans", 500)
    assert len(taken) == 500
    assert kept(app) == 500


@pytest.mark.parametrize("size", [10, 600])
def test_ten_thousand_scans_in_one_request_are_refused_whole_with_the_limit_named(
    app: Flask, phone: Phone, gate: Place, size: int
) -> None:
    sent = [scan(gate, "x" * size, counter=n) for n in range(10_000)]

    answer = phone.post("scans", {"unsent": 10_000, "clock": 0, "scans": sent})

    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_many_scans")
    assert answer.get_json()["limit"] == 500
    assert kept(app) == 0


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "json_malformed"),
        (b"\xff\xfe", "application/json", 400, "json_malformed"),
        (b'{"scans": [' + b"[" * 100_000, "application/json", 400, "json_malformed"),
        (b"[]", "application/json", 422, "document_invalid"),
        (b"{}", "application/json", 422, "document_invalid"),
        (b'{"scans": []}', "application/json", 422, "document_invalid"),
        (b'{"scans": {"0": {}}}', "application/json", 422, "document_invalid"),
        (b'{"scans": "all"}', "application/json", 422, "document_invalid"),
        (b"scans=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"scans": [{}]}', "text/plain", 415, "unsupported_media_type"),
        (b"", "application/json", 400, "json_malformed"),
    ],
)
def test_what_is_no_batch_is_refused_whole(
    app: Flask, phone: Phone, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = phone.client.post("/g/api/scans", data=body, content_type=kind, headers=phone.headers)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert kept(app) == 0


@pytest.mark.parametrize("odd", ["many", None, -1, 1e99, True, [], 10**400])
def test_nonsense_about_the_phone_itself_keeps_no_scan_out(
    app: Flask, phone: Phone, gate: Place, token: str, odd: object
) -> None:
    with clock.at(now() + timedelta(minutes=1)):
        answer = phone.post("scans", {"unsent": odd, "clock": odd, "scans": [scan(gate, token), scan(gate, "x")]})

    assert answer.get_json()["data"][0]["verdict"] == "applied"


def test_what_a_phone_has_still_to_send_is_known_to_the_organiser(app: Flask, phone: Phone, gate: Place) -> None:
    with clock.at(now() + timedelta(minutes=1)):
        document = {"unsent": 40, "clock": milliseconds(now()) + 7_200_000, "scans": [scan(gate, "x"), scan(gate, "y")]}
        phone.post("scans", document)

    with make.saved(app):
        found = devices.again(phone.device.brand_id, phone.device.id)
        assert (found.unsent, found.clock_offset_ms) == (38, -7_200_000)


# --- Phones that stop ------------------------------------------------------------------------------------------------


def test_a_device_revoked_in_the_middle_of_a_shift_hands_over_what_it_holds(
    app: Flask, phone: Phone, gate: Place, event: Event
) -> None:
    with make.saved(app):
        before, after = (make.token_of(make.gate_pass(event)) for _ in range(2))
    earlier = scan(gate, before, at=milliseconds(now() - timedelta(minutes=10)))
    revoke(app, phone)
    with clock.at(now() + timedelta(minutes=5)):
        later = scan(gate, after, counter=2)

        answer = phone.post("scans", {"unsent": 2, "clock": milliseconds(now()), "scans": [earlier, later]})

    told = answer.get_json()
    assert (answer.status_code, told["revoked"]) == (200, True)
    assert [(one["verdict"], one.get("reason")) for one in told["data"]] == [
        ("applied", None),
        ("refused", "device_revoked"),
    ]
    assert phone.get("hello").get_json()["code"] == "device_revoked"
    assert phone.get("list").status_code == 401


def test_a_device_that_is_not_revoked_is_not_told_so(phone: Phone, gate: Place, token: str) -> None:
    answer = phone.post("scans", {"unsent": 1, "clock": milliseconds(now()), "scans": [scan(gate, token)]})

    assert "revoked" not in answer.get_json()


def test_a_phone_that_was_rolled_away_hands_over_what_it_holds_too(
    app: Flask, phone: Phone, gate: Place, token: str
) -> None:
    early = scan(gate, token, at=milliseconds(now() - timedelta(minutes=1)))
    with make.saved(app):
        pairing.roll(devices.again(phone.device.brand_id, phone.device.id))

    answer = phone.post("scans", {"unsent": 1, "clock": milliseconds(now()), "scans": [early]})

    assert answer.get_json()["data"][0]["verdict"] == "applied"
    assert answer.get_json()["revoked"] is True


def test_a_pass_and_a_place_of_another_event_are_refused(app: Flask, phone: Phone, gate: Place, fair: Campaign) -> None:
    with make.saved(app):
        other = make.event(fair, "other")
        elsewhere = make.place(other)
        stranger = make.token_of(make.gate_pass(other))
        mine = make.token_of(make.gate_pass(queries.by_id(gate.brand_id, gate.event_id)))

    assert phone.scan(gate, stranger)["reason"] == "other_event"
    assert phone.scan(elsewhere, mine)["reason"] == "wrong_place"


def test_a_pass_of_another_brand_is_refused_without_saying_whose(app: Flask, phone: Phone, gate: Place) -> None:
    with make.saved(app):
        other = make.event(make.campaign(make.brand("other", name="The Others"), "other"), "other")
        stranger = make.token_of(make.gate_pass(other))

    answer = phone.post("scans", {"unsent": 1, "clock": milliseconds(now()), "scans": [scan(gate, stranger)]})

    assert answer.get_json()["data"][0]["reason"] == "other_brand"
    assert "other" not in answer.text.replace("other_brand", "").lower()


# --- What a phone is told --------------------------------------------------------------------------------------------


def test_a_phone_gets_the_list_and_then_only_what_is_new(app: Flask, phone: Phone, event: Event, token: str) -> None:
    settled(app, event)
    whole = read_list(phone.get("list").data)
    quiet = phone.get(f"list?since={whole.cursor}")
    with make.saved(app):
        fresh = make.token_of(make.gate_pass(event))

    news = read_list(phone.get(f"list?since={whole.cursor}").data)

    assert int.from_bytes(code_hash(event.salt, token), "big") in whole.hashes.tolist()
    assert quiet.status_code == 204
    assert news.numbers is not None
    assert int.from_bytes(code_hash(event.salt, fresh), "big") in news.hashes.tolist()


def test_a_revocation_is_in_the_next_list(app: Flask, phone: Phone, event: Event, siti: Pass) -> None:
    settled(app, event)
    before = read_list(phone.get("list").data)
    with make.saved(app):
        passes.revoke(queries.gate_pass(event, siti.id))

    news = read_list(phone.get(f"list?since={before.cursor}").data)

    assert news.numbers is not None
    assert dict(zip(news.numbers.tolist(), news.kind_of.tolist(), strict=True))[siti.number] == 255


def test_the_list_is_packed_for_who_can_unpack_it_and_where_that_helps(app: Flask, phone: Phone, event: Event) -> None:
    with make.saved(app):
        passes.issue_many(event, [passes.PassTerms() for _ in range(2_000)])

    plain, packed = phone.get("list"), phone.get("list", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in packed.headers["Vary"]
    body = gzip.decompress(packed.data) if packed.headers.get("Content-Encoding") == "gzip" else packed.data
    assert body == plain.data
    assert len(packed.data) <= len(plain.data)


@pytest.mark.parametrize("since", ["", "x", "-1", "1e9", "9" * 30, str(1 << 64), "١٢"])
def test_a_cursor_that_is_none_gets_the_whole_list(phone: Phone, siti: Pass, since: str) -> None:
    answer = phone.get("list", query_string={"since": since})

    assert answer.status_code == 200
    assert read_list(answer.data).numbers is None


def test_names_come_sealed_and_open_with_the_code_on_the_pass(
    phone: Phone, event: Event, siti: Pass, token: str
) -> None:
    answer = phone.get("names")

    _cursor, names = read_names(answer.data)
    assert b"Siti" not in answer.data
    assert sealing.unseal(event.salt, token, dict(names)[siti.number]) == ("Siti R.", "Speaker")


# --- The app ---------------------------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
def test_the_shell_may_use_the_camera_and_webassembly_and_nothing_of_another_site(client: FlaskClient) -> None:
    headers = client.get("/g/").headers

    policy = headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "worker-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy
    assert headers["Permissions-Policy"].startswith("camera=(self), microphone=()")


@pytest.mark.engines("sqlite")
def test_other_pages_may_use_neither(client: FlaskClient) -> None:
    for path in ("/", "/g/promise", "/sign-in", "/g/sw.js"):
        headers = client.get(path).headers
        assert "wasm-unsafe-eval" not in headers["Content-Security-Policy"]
        assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.engines("sqlite")
def test_the_shell_keeps_nothing_about_whoever_opens_it(client: FlaskClient) -> None:
    answer = client.get("/g/")

    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in answer.text


def told(client: FlaskClient) -> dict[str, Any]:
    """Read what the service worker is told before its script."""
    answer = client.get("/g/sw.js")
    assert answer.status_code == 200
    first = re.match(r"self\.TULAR = (\{.*\});\n", answer.text)
    assert first is not None
    read: dict[str, Any] = json.loads(first[1])
    return read


@pytest.mark.engines("sqlite")
def test_the_service_worker_may_serve_the_gate_and_is_asked_for_anew_each_time(client: FlaskClient) -> None:
    answer = client.get("/g/sw.js")

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/g/"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.engines("sqlite")
def test_all_that_the_app_needs_is_kept_and_is_there(client: FlaskClient) -> None:
    files = told(client)["files"]
    named = re.findall(r'"(/static/build/[^"]+)"', client.get("/g/").text)

    assert set(named) <= set(files)
    assert len(files) == len(set(files)), "a cache takes no file twice"
    for kind in (".wasm", ".css", ".woff2", "/g/promise", "/g/app.webmanifest"):
        assert [file for file in files if file.endswith(kind)], kind
    assert [file for file in files if "gate-reader" in file]
    for file in files:
        assert client.get(file).status_code == 200, file


@pytest.mark.engines("sqlite")
def test_no_phone_loads_the_faces_of_a_script_that_it_has_itself(client: FlaskClient) -> None:
    assert [file for file in told(client)["files"] if "-sc-" in file] == []


@pytest.mark.engines("sqlite")
def test_the_version_is_the_same_for_everybody_in_every_language_and_process(
    app: Flask, client: FlaskClient, database_url: str
) -> None:
    version = told(client)["version"]

    with application(settings_for_tests(database_url, DATA_DIR=app.config["DATA_DIR"])) as other:
        pages = [
            one.test_client().get(f"/g/?lang={locale}").text
            for one in (app, other)
            for locale in ("en", "pl", "zh-Hans")
        ]
        assert told(other.test_client()) == told(client)

    assert all(f'data-version="{version}"' in page for page in pages)
    assert len(set(pages)) == 3


@pytest.mark.engines("sqlite")
def test_whoever_asks_a_process_first_gets_their_language_too(client: FlaskClient) -> None:
    first = client.get("/g/", headers={"Accept-Language": "id-ID,id;q=0.9"})

    assert '<html lang="id"' in first.text


@pytest.mark.engines("sqlite")
def test_another_built_file_is_another_version(app: Flask, client: FlaskClient) -> None:
    before = told(client)["version"]

    app.extensions.pop("tular.gate")
    app.extensions["tular.manifest"] = app.extensions["tular.manifest"] | {"js/gate.js": "js/gate-OTHER.js"}

    assert told(client)["version"] != before


@pytest.mark.engines("sqlite")
def test_a_phone_can_put_the_app_on_its_home_screen(client: FlaskClient) -> None:
    answer = client.get("/g/app.webmanifest")

    said = answer.get_json(force=True)
    assert answer.mimetype == "application/manifest+json"
    assert (said["start_url"], said["scope"], said["display"]) == ("/g/", "/g/", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in said["icons"]}
    for icon in said["icons"]:
        assert client.get(icon["src"]).status_code == 200


# --- The promise -----------------------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("locale", ["en", "id", "pl", "zh-Hans"])
def test_the_promise_says_its_numbers_in_every_language(client: FlaskClient, locale: str) -> None:
    page = client.get(f"/g/promise?lang={locale}").text

    for number in ("800", "300", "700"):
        assert number in page
    assert re.search(r"3[,.\s\u00a0]?000", page)
    assert re.search(r"10[,.\s\u00a0]?000", page)


@pytest.mark.engines("sqlite")
def test_the_promise_hides_no_limit(client: FlaskClient) -> None:
    page = client.get("/g/promise").text

    for limit in ("Two dark gates are two greens.", "A photo of a pass is a pass.", "A dark gate hears of nothing."):
        assert limit in page


@pytest.mark.engines("sqlite")
def test_the_promise_is_linked_from_where_phones_are_paired(
    app: Flask, client: FlaskClient, owner: FlaskClient, event: Event, phone: Phone
) -> None:
    with make.saved(app):
        waiting = pairing.make(event, name="Phone", role="steward").token

    assert 'href="/g/promise"' in client.get("/g/").text
    assert 'href="/g/promise"' in client.get(f"/g/pair/{waiting}").text
    assert 'href="/g/promise"' in owner.get(f"/b/night-fair/campaigns/fair/events/{event.slug}/devices").text
