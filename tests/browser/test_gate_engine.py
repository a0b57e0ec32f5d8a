"""The gate app's offline engine, against a running server: what it decides, keeps, sends and forgets."""

from __future__ import annotations

import base64
import json
import random
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route

from referral.events import passes
from referral.events.models import Pass
from referral.events.rules.codes import code_hash, payload
from referral.events.written import pen
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db
from tests import factories as make
from tests.browser.conftest import PHONE, LiveServer
from tests.browser.gates import PIN, Door, Gate, cut
from tests.browser.test_gate_rules import b64, changed_list, whole_list

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def campaign(live_server: LiveServer) -> Any:
    """Make a campaign to hold an event in."""
    with make.saved(live_server.app):
        return make.campaign(make.brand())


@pytest.fixture
def door(live_server: LiveServer, campaign: Any) -> Door:
    """Make an event with two gates and a booth, open now."""
    with make.saved(live_server.app):
        event = make.event(campaign)
        places = [make.place(event, "gate", "Gate A"), make.place(event, "gate", "Gate B"), make.place(event, "booth")]
    return Door(live_server, event, places)


@pytest.fixture
def new_gate(browse: Callable[..., Page], door: Door) -> Callable[..., Gate]:
    """Pair one more phone: `new_gate(role="supervisor")`; `place` says where it stands."""

    def new_gate(role: str = "steward", place: int = 0, **options: Any) -> Gate:
        return Gate(browse(PHONE, **options)).open().pair(door.code(role=role), place=place)

    return new_gate


@pytest.fixture
def gate(new_gate: Callable[..., Gate]) -> Gate:
    """Pair a phone, which stands at gate A."""
    return new_gate()


_SLOWLY = """async () => {
  const { Store } = await import("/static/js/gate/store.js");
  const { Engine } = await import("/static/js/gate/engine.js");
  const { get } = Store.prototype;
  window.engine = null;
  await new Promise((hasRead) => {
    Store.prototype.get = async function (key) {
      const kept = await get.call(this, key);
      hasRead();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return kept;
    };
    Engine.open().then((engine) => (window.engine = engine));
  });
}"""
"""Opens the engine on a phone whose disk takes its time; it has read and does not know yet what."""


def darken(gate: Gate) -> None:
    """Cut a phone off from the net."""
    gate.page.context.set_offline(True)
    gate.until("!engine.online")


def lighten(gate: Gate) -> None:
    """Give a phone the net again, and wait until everything is sent."""
    gate.page.context.set_offline(False)
    gate.sent()


# --- Pairing and the verdict -----------------------------------------------------------------------------------------


def test_a_paired_phone_lets_a_visitor_in_once_and_the_server_agrees(door: Door, new_gate: Callable[..., Gate]) -> None:
    [token] = door.tokens(1, label="Speaker")
    gate = new_gate()

    first = gate.scan(payload(door.server.url, token))
    second = gate.scan(token.lower())
    gate.sent()

    assert (first["said"], first["reason"], first["label"], first["left"], first["stored"]) == (
        "in",
        None,
        "Speaker",
        0,
        True,
    )
    assert (second["said"], second["reason"]) == ("again", "already_in")
    assert second["first"]["place"] == "Gate A"
    assert abs(second["first"]["at"] - milliseconds(now())) < 10_000
    assert door.log() == ["entry in applied", "entry again refused as_said"]
    assert [one.operator for one in door.scans()] == ["Ayu", "Ayu"]
    assert gate.heard("alarm") == []
    assert [one["verdict"] for one in gate.heard("answer")] == ["applied", "refused"]


def test_a_pairing_code_pairs_one_phone_only(door: Door, browse: Callable[..., Page]) -> None:
    code = door.code()
    Gate(browse(PHONE)).open().pair(code)
    other = Gate(browse(PHONE)).open()

    refused = other.run("return engine.pair(said, 'Budi', '1234').then(() => 'paired', ({ code }) => code)", code)

    assert refused == "pairing_used"
    assert other.tell("engine.paired") is False


def test_an_unpaired_phone_reads_a_pairing_code_and_nothing_else(door: Door, browse: Callable[..., Page]) -> None:
    gate = Gate(browse(PHONE)).open()

    found = gate.scan(f"{door.server.url.upper()}/G/PAIR/{'0' * 26}")
    refused = gate.run("return engine.scan('K7M2').catch(({ code }) => code)")

    assert found == {"kind": "pairing", "token": "0" * 26}
    assert refused == "not_paired"


def test_every_kind_of_bad_code_is_refused_offline_with_its_reason(
    door: Door, campaign: Any, new_gate: Callable[..., Gate]
) -> None:
    with make.saved(door.server.app):
        good, revoked, early, late = (
            make.gate_pass(door.event, **terms)
            for terms in ({}, {}, {"valid_from": in_hours(3)}, {"valid_until": in_hours(-1)})
        )
        passes.revoke(revoked)
        ticket = make.gate_pass(door.event, foreign_code="k3j9x2mzp4qabc/7")
        group = make.gate_pass(door.event, admits=3)
        shown = {"good": good, "early": early, "late": late, "group": group}
        tokens = {name: make.token_of(one) for name, one in shown.items()}
        writer = pen(door.event)
        tokens["revoked"] = writer.signer.token(revoked.id, revoked.key_number)
        short, number = writer.short(good), ticket.number
        never = writer.signer.token(now_id(-600), good.key_number)
        other = make.event(campaign, "other")
        stranger = pen(other).signer.token(ids.new_id(), 0)
    gate = new_gate()
    darken(gate)

    said = {
        "forged": gate.said(tokens["good"][:-1] + ("0" if tokens["good"][-1] != "0" else "2")),
        "revoked": gate.said(tokens["revoked"]),
        "early": gate.said(tokens["early"]),
        "late": gate.said(tokens["late"]),
        "never given out": gate.said(never),
        "another event's": gate.said(stranger),
        "another site": gate.said("https://evil.example/P/" + tokens["good"]),
        "a poster": gate.said(f"{door.server.url}/r/K7M2Q9XD"),
        "another ticket": gate.said("k3j9x2mzp4qabc/8"),
        "nonsense": gate.said("a\tb"),
        "mistyped": gate.said(short[:-1] + ("0" if short[-1] != "0" else "1")),
        "short": gate.said(f" {short[:4]}-{short[4:]}".lower()),
        "then its code": gate.said(tokens["good"]),
        "ticket": gate.said(" k3j9x2mzp4qabc/7\n"),
        "two of three": gate.said(tokens["group"], people=2),
        "two more": gate.said(tokens["group"], people=2),
        "the third": gate.said(tokens["group"]),
        "a fourth": gate.said(tokens["group"]),
        "one goes": gate.said(tokens["group"], kind="exit"),
        "and comes": gate.said(tokens["group"]),
    }

    assert said == {
        "forged": "no forged",
        "revoked": "no revoked",
        "early": "no not_yet",
        "late": "no expired",
        "never given out": "no unknown",
        "another event's": "no forged",
        "another site": "no not_ours",
        "a poster": "no a_place",
        "another ticket": "no unknown",
        "nonsense": "no malformed",
        "mistyped": "no mistyped",
        "short": "in",
        "then its code": "again already_in",
        "ticket": "in",
        "two of three": "in",
        "two more": "no no_room",
        "the third": "in",
        "a fourth": "again already_in",
        "one goes": "in",
        "and comes": "in",
    }
    assert number > 0
    lighten(gate)
    log = door.log()
    assert len(log) == len(said)
    assert [line for line in log if " in " in line and "applied" not in line] == []
    assert gate.heard("alarm") == []


def in_hours(hours: int) -> datetime:
    return now() + timedelta(hours=hours)


def now_id(seconds: int) -> int:
    """Give an id as it would have been made so many seconds from now."""
    return (milliseconds(now()) + seconds * 1000) << 22


def test_a_pass_made_since_the_list_was_asked_for_is_green_in_the_dark(door: Door, gate: Gate) -> None:
    darken(gate)
    [token] = door.tokens(1)

    first, second = gate.said(token), gate.said(token)
    lighten(gate)

    assert (first, second) == ("in new", "again already_in")
    assert door.log() == ["entry in applied", "entry again refused as_said"]


def test_a_revoked_pass_is_refused_at_an_online_gate_within_ten_seconds(
    door: Door, new_gate: Callable[..., Gate]
) -> None:
    with make.saved(door.server.app):
        gate_pass = make.gate_pass(door.event)
        token = make.token_of(gate_pass)
    gate = new_gate()
    gate.until("engine.passes === 1")
    with make.saved(door.server.app):
        passes.revoke(db.session.get_one(Pass, (gate_pass.brand_id, gate_pass.id)))

    gate.until("engine.list.kind(1) === null", seconds=10)

    assert gate.said(token) == "no revoked"


def test_whoever_came_in_at_another_gate_is_known_here_soon_after(door: Door, new_gate: Callable[..., Gate]) -> None:
    [token] = door.tokens(1)
    one, other = new_gate(), new_gate(place=1)
    one.scan(token)
    one.sent()

    other.until("engine.list.isFull(1, engine.days[0].id)", seconds=10)
    again = other.said(token)
    one.scan(token, kind="exit")
    other.until("!engine.list.isFull(1, engine.days[0].id)", seconds=10)

    assert again == "again already_in"
    assert other.said(token) == "in"
    one.until("engine.log.unsettled.size === 0 && engine.list.isFull(1, engine.days[0].id)", seconds=10)
    assert one.said(token) == "again already_in"


def test_a_verdict_takes_at_most_twenty_milliseconds_with_a_hundred_thousand_passes_on_a_slow_phone(
    door: Door, gate: Gate
) -> None:
    chance = random.Random(3)
    with door.server.app.app_context():
        salt = door.event.salt
    with make.saved(door.server.app):
        signer = pen(door.event).signer
        tokens = [signer.token(now_id(-7200) + number, 0) for number in range(40)]
        newcomers = [signer.token(ids.new_id(), 0) for _ in range(20)]
    hashes = [struct.pack(">Q", chance.randrange(1, 1 << 64)) for _ in range(100_000)]
    for number, token in enumerate(tokens):
        hashes[number * 2_500 + 7] = code_hash(salt, token)
    body = whole_list(hashes, [0] * 100_000, cursor=1)
    cut(gate.page, "list*", lambda route, _: route.fulfill(body=body))
    gate.until("engine.passes === 100_000")
    gate.page.unroute("**/g/api/list*")
    darken(gate)
    gate.page.context.new_cdp_session(gate.page).send("Emulation.setCPUThrottlingRate", {"rate": 4})

    shown = [gate.scan(payload(door.server.url, token)) for token in tokens + newcomers]

    times = sorted(one["ms"] for one in shown)
    print(f"verdict at a quarter of the speed: p50 {times[30]:.1f} ms, p95 {times[56]:.1f} ms, most {times[-1]:.1f} ms")
    assert [one["said"] for one in shown] == ["in"] * 60
    assert times[56] <= 20


# --- Offline, and again online ---------------------------------------------------------------------------------------


def test_three_thousand_scans_in_the_dark_survive_reloads_and_a_crash_and_all_reach_the_server_once(
    door: Door, new_gate: Callable[..., Gate]
) -> None:
    with make.saved(door.server.app):
        terms = [passes.PassTerms() for _ in range(3_000)]
        issued = passes.issue_many(door.event, terms)
        signer = pen(door.event).signer
        tokens = [signer.token(pass_id, 0) for pass_id in issued]
    gate = new_gate()
    darken(gate)
    scan_all = "for (const token of said) await engine.scan(token); return engine.unsent"

    assert gate.run(scan_all, tokens[:1_000]) == 1_000
    cut(gate.page, "**", lambda route, _: route.abort())
    gate.page.context.set_offline(False)  # The page itself comes from the server in this test, its calls do not.
    gate.reload()
    assert gate.tell("engine.unsent") == 1_000
    assert gate.run(scan_all, tokens[1_000:2_000]) == 2_000
    # The page is closed in the middle of its scans: those that were answered with a verdict are on the disk.
    gate.run(
        "window.done = 0; (async () => { for (const token of said) { await engine.scan(token); done++; } })()",
        tokens[2_000:],
    )
    gate.until("window.done > 300")
    done = gate.tell("window.done")
    page = gate.page.context.new_page()
    gate.page.close()
    cut(page, "**", lambda route, _: route.abort())
    gate = Gate(page).open()
    gate.run("await engine.unlock(said)", PIN)
    kept = gate.tell("engine.unsent")
    assert 2_000 + done <= kept < 3_000
    again = [gate.said(token) for token in (tokens[0], tokens[1_999], tokens[2_000 + done - 1])]
    assert again == ["again already_in"] * 3
    gate.run(scan_all, tokens[kept:])
    assert gate.tell("engine.unsent") == 3_003
    page.unroute("**/g/api/**")

    gate.until("engine.unsent === 0", seconds=90)

    scans = door.scans()
    assert len(scans) == 3_003
    assert len({one.nonce for one in scans}) == 3_003
    assert sum(one.verdict == "applied" for one in scans) == 3_000
    assert sorted(one.counter or 0 for one in scans) == list(range(1, 3_004))
    assert gate.heard("alarm") == []


def test_offline_is_what_a_ping_of_eight_hundred_milliseconds_says(door: Door, new_gate: Callable[..., Gate]) -> None:
    """The browser believes that it has a net all the time; the hall's network answers too late."""
    [token] = door.tokens(1)
    gate = new_gate()
    gate.page.evaluate("""() => {
      const real = fetch;
      window.fetch = async (path, options) => {
        await new Promise((resolve, reject) => {
          setTimeout(resolve, 2000);
          options.signal.addEventListener("abort", () => reject(options.signal.reason));
        });
        return real(path, options);
      };
    }""")

    gate.until("!engine.online", seconds=6)
    shown = gate.scan(token)

    assert gate.tell("navigator.onLine") is True
    assert shown["said"] == "in"
    assert shown["ms"] < 800
    # What waits creeps through all the same, for it may take its time.
    gate.until("engine.unsent === 0", seconds=60)
    assert door.log() == ["entry in applied"]


def test_a_net_that_signs_people_in_is_no_net(gate: Gate) -> None:
    """A captive portal answers everything with a page of its own."""
    cut(gate.page, "**", lambda route, _: route.fulfill(status=200, content_type="text/html", body="<h1>Welcome</h1>"))

    gate.until("!engine.online", seconds=6)


# --- Timeout, then offline with the same id: the four cases ----------------------------------------------------------


def test_case_a_the_server_never_saw_it(door: Door, new_gate: Callable[..., Gate]) -> None:
    [token] = door.tokens(1)
    gate = new_gate()
    cut(gate.page, "scans", lambda route, _: route.abort())

    shown = gate.scan(token)
    gate.until("!engine.online")
    unsent = gate.tell("engine.unsent")
    gate.page.unroute("**/g/api/scans")
    gate.sent()

    assert (shown["said"], unsent) == ("in", 1)
    assert [(one.nonce, one.verdict) for one in door.scans()] == [(shown["id"], "applied")]
    assert gate.heard("alarm") == []


def test_case_b_the_server_took_it_and_its_answer_was_lost(door: Door, new_gate: Callable[..., Gate]) -> None:
    [token] = door.tokens(1)
    gate = new_gate()
    sent: list[str] = []

    def lose(route: Route, request: Request) -> None:
        sent.extend(one["id"] for one in request.post_data_json["scans"])
        if len(sent) > 2:
            route.continue_()
            return
        route.fetch()
        route.abort()

    cut(gate.page, "scans", lose)
    shown = gate.scan(token)
    gate.wait(lambda: len(door.scans()) == 1)
    unsent = gate.tell("engine.unsent")
    gate.until("engine.unsent === 0", seconds=30)

    assert (shown["said"], unsent) == ("in", 1)
    assert sent == [shown["id"]] * 3, "the same id each time"
    assert [(one.nonce, one.verdict) for one in door.scans()] == [(shown["id"], "applied")]
    assert gate.heard("alarm") == []


def test_case_c_the_server_refuses_what_we_let_in_and_that_is_loud(door: Door, new_gate: Callable[..., Gate]) -> None:
    [token] = door.tokens(1)
    dark, other, lead = new_gate(), new_gate(place=1), new_gate(role="supervisor")
    darken(dark)
    other.scan(token)
    other.sent()

    shown = dark.scan(token)
    lighten(dark)

    assert shown["said"] == "in"
    [alarm] = dark.heard("alarm")
    assert (alarm["kind"], alarm["verdict"], alarm["reason"]) == ("refused", "already_in", "already_in")
    assert alarm["scan"]["id"] == shown["id"]
    assert alarm["first"]["place"] == "Gate B"
    assert [one["id"] for one in dark.tell("engine.alarms")] == [shown["id"]]
    lead.run("await engine.hello()")
    assert lead.tell("engine.conflicting") == 1
    [conflict] = lead.tell("engine.conflicts()")
    assert {conflict["first"]["place"], conflict["second"]["place"]} == {"Gate A", "Gate B"}
    lead.run("await engine.settle(said)", conflict["id"])
    assert lead.tell("engine.conflicts()") == []
    dark.reload()
    assert len(dark.tell("engine.alarms")) == 1, "it sounds until somebody heard it"
    dark.run("await engine.heard(said)", shown["id"])
    dark.reload()
    assert dark.tell("engine.alarms") == []


def test_case_d_the_server_would_let_in_whom_we_turned_away_and_the_pass_is_not_used_up(
    door: Door, new_gate: Callable[..., Gate]
) -> None:
    """Somebody comes in here, goes out elsewhere, and comes back while we are in the dark."""
    [token] = door.tokens(1)
    dark, other = new_gate(), new_gate(place=1)
    dark.scan(token)
    dark.sent()
    darken(dark)
    other.scan(token, kind="exit")
    other.sent()

    shown = dark.scan(token)
    lighten(dark)

    assert shown["said"] == "again"
    [alarm] = dark.heard("alarm")
    assert (alarm["kind"], alarm["reason"], alarm["scan"]["id"]) == ("look-again", "as_said", shown["id"])
    dark.until("engine.log.unsettled.size === 0")
    assert dark.said(token) == "in", "the pass is still good"
    dark.sent()
    assert [(one.said, one.verdict) for one in door.scans()] == [
        ("in", "applied"),
        ("in", "applied"),
        ("again", "refused"),
        ("in", "applied"),
    ]


# --- A queue that nothing wedges -------------------------------------------------------------------------------------


def test_a_scan_that_breaks_its_request_does_not_keep_the_others(door: Door, new_gate: Callable[..., Gate]) -> None:
    tokens = door.tokens(20)
    gate = new_gate()
    darken(gate)
    broken = [gate.scan(token)["id"] for token in tokens][7]

    def refuse(route: Route, request: Request) -> None:
        if any(one["id"] == broken for one in request.post_data_json["scans"]):
            route.fulfill(status=400, content_type="application/problem+json", body='{"code": "document_invalid"}')
        else:
            route.continue_()

    cut(gate.page, "scans", refuse)
    gate.page.context.set_offline(False)
    gate.until("engine.unsent === 1")

    assert len(door.scans()) == 19
    assert broken not in {one.nonce for one in door.scans()}
    gate.page.unroute("**/g/api/scans")
    gate.reload()
    gate.sent()
    assert len(door.scans()) == 20, "it is tried again when the app is started"


def test_a_server_that_refuses_everything_is_asked_less_and_nothing_is_lost(
    door: Door, new_gate: Callable[..., Gate]
) -> None:
    tokens = door.tokens(30)
    gate = new_gate()
    darken(gate)
    for token in tokens:
        gate.scan(token)
    asked: list[int] = []

    def refuse(route: Route, request: Request) -> None:
        asked.append(len(request.post_data_json["scans"]))
        route.fulfill(status=404, body="nothing here")

    cut(gate.page, "scans", refuse)
    gate.page.context.set_offline(False)
    gate.page.wait_for_timeout(6_000)
    asked_in_six_seconds = len(asked)
    gate.page.unroute("**/g/api/scans")
    gate.reload()
    gate.sent()

    assert 0 < asked_in_six_seconds < 60
    assert len(door.scans()) == 30


def test_too_many_at_once_are_sent_in_smaller_parts(door: Door, new_gate: Callable[..., Gate]) -> None:
    tokens = door.tokens(30)
    gate = new_gate()
    darken(gate)
    for token in tokens:
        gate.scan(token)
    sizes: list[int] = []

    def limit(route: Route, request: Request) -> None:
        sizes.append(len(request.post_data_json["scans"]))
        if sizes[-1] > 8:
            problem = json.dumps({"code": "too_many_scans", "limit": 8})
            route.fulfill(status=413, content_type="application/problem+json", body=problem)
        else:
            route.continue_()

    cut(gate.page, "scans", limit)
    lighten(gate)

    assert sizes == [30, 8, 8, 8, 6]
    assert len(door.scans()) == 30


def test_a_queue_is_sent_in_batches_of_two_hundred_oldest_first(door: Door, new_gate: Callable[..., Gate]) -> None:
    gate = new_gate()
    darken(gate)
    gate.run("for (let n = 0; n < 450; n++) await engine.scan(`ticket ${n}`)")
    batches: list[list[int]] = []

    def note(route: Route, request: Request) -> None:
        batches.append([one["counter"] for one in request.post_data_json["scans"]])
        route.continue_()

    cut(gate.page, "scans", note)
    lighten(gate)

    assert [len(batch) for batch in batches] == [200, 200, 50]
    assert [number for batch in batches for number in batch] == list(range(1, 451))


# --- What is kept, and what is forgotten -----------------------------------------------------------------------------


def test_no_name_and_no_secret_of_the_event_can_be_read_from_the_phone(
    door: Door, campaign: Any, new_gate: Callable[..., Gate]
) -> None:
    with make.saved(door.server.app):
        fans = [make.fan(campaign, name) for name in ("Siti Rahmawati", "Zbigniew Nowak", "Wang Xiaoming")]
        tokens = [make.token_of(make.gate_pass(door.event, fan)) for fan in fans]
        secrets = list(pen(door.event).signer.secrets.values())
    gate = new_gate()
    gate.run("await engine.fetchNames()")
    darken(gate)

    shown = gate.scan(tokens[0])
    dump = gate.dump()

    assert shown["name"] == "Siti R."
    assert gate.tell("engine.recent(1)[0].name") == "Siti R."
    assert "A night of books" in dump, "the dump shows what is there"
    for name in ("Siti", "Rahmawati", "Zbigniew", "Nowak", "Wang", "Xiaoming"):
        assert name not in dump
    for token in tokens:
        assert token not in dump, "with a code, its name could be opened"
    for secret in secrets:
        assert secret.decode("latin1") not in json.loads(json.dumps(dump))
        assert base64.b64encode(secret).decode() not in dump
    assert "key secret false" in dump
    assert "key secret true" not in dump
    assert PIN not in json.dumps([row for row in json.loads(dump)["tular-gate/meta"] if row[0] == "lock"])


def test_a_locked_phone_scans_nothing_until_its_pin_is_given(door: Door, new_gate: Callable[..., Gate]) -> None:
    [token] = door.tokens(1)
    gate = new_gate()
    gate.page.reload()
    gate.open()

    locked = gate.tell("engine.locked")
    refused = gate.run("return engine.scan(said).catch(({ code }) => code)", token)
    wrong, right = gate.tell("engine.unlock('0000')"), gate.tell(f"engine.unlock('{PIN}')")

    assert (locked, refused, wrong, right) == (True, "locked", False, True)
    assert gate.tell("engine.place.name") == "Gate A"
    assert gate.said(token) == "in"


def test_a_revoked_phone_hands_over_what_it_has_and_forgets_everything(
    door: Door, new_gate: Callable[..., Gate]
) -> None:
    tokens = door.tokens(3)
    gate = new_gate()
    darken(gate)
    for token in tokens:
        gate.scan(token)
    gate.page.wait_for_timeout(1_000)  # More than the clocks of phone and server may differ.
    door.revoke_device()

    gate.page.evaluate("caches.open('tular-gate-1').then((kept) => kept.put('/g/', new Response('the app')))")
    gate.page.context.set_offline(False)
    gate.until("window.heard.some(({ name }) => name === 'revoked')")

    assert gate.tell("engine.paired") is False
    assert gate.page.evaluate("caches.keys()") == []
    assert [one.verdict for one in door.scans()] == ["applied"] * 3, "they were scanned before it was revoked"
    assert [rows for rows in json.loads(gate.dump()).values() if rows] == []
    gate.page.reload()
    gate.open()
    assert gate.tell("engine.paired") is False
    assert gate.run("return engine.scan(said).catch(({ code }) => code)", tokens[0]) == "not_paired"


def test_a_phone_that_only_listens_hears_of_its_revocation_within_ten_seconds(door: Door, gate: Gate) -> None:
    door.revoke_device()

    gate.until("window.heard.some(({ name }) => name === 'revoked')", seconds=10)

    assert [rows for rows in json.loads(gate.dump()).values() if rows] == []


def test_a_phone_forgets_when_it_is_told_to_and_can_be_paired_anew(door: Door, gate: Gate) -> None:
    gate.run("await engine.forget()")

    assert gate.tell("engine.paired") is False
    assert [rows for rows in json.loads(gate.dump()).values() if rows] == []
    assert gate.heard("revoked") == []
    gate.pair(door.code(name="Phone 2"), "Budi", place=1)
    assert gate.tell("engine.place.name") == "Gate B"


FILL = """async () => {
  const junk = await new Promise((resolve) => {
    const request = indexedDB.open("junk");
    request.onupgradeneeded = () => request.result.createObjectStore("junk", { autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
  });
  const write = (size) => new Promise((resolve) => {
    const transaction = junk.transaction("junk", "readwrite");
    transaction.objectStore("junk").add(crypto.getRandomValues(new Uint8Array(size)));
    transaction.oncomplete = () => resolve(true);
    transaction.onabort = () => resolve(false);
  });
  for (const size of [65_536, 4_096, 256, 1]) while (await write(size));
}"""


def test_a_full_disk_stops_nobody_at_the_door(door: Door, phone: Page) -> None:
    tokens = door.tokens(3)
    phone.goto("/healthz")
    disk = phone.context.new_cdp_session(phone)
    disk.send("Storage.overrideQuotaForOrigin", {"origin": door.server.url, "quotaSize": 2_000_000})
    gate = Gate(phone).open().pair(door.code())
    darken(gate)
    gate.scan(tokens[0])
    phone.evaluate(FILL)

    shown = [gate.scan(token) for token in (tokens[1], tokens[2], tokens[1])]
    gate.run("engine.lock()")
    opened = gate.tell(f"engine.unlock('{PIN}')")

    assert [one["said"] for one in shown] == ["in", "in", "again"]
    assert [one["stored"] for one in shown] == [False] * 3
    assert len(gate.heard("full")) == 1, "said once"
    assert gate.tell("[engine.full, engine.unsent]") == [True, 4]
    assert opened is True
    lighten(gate)
    assert len(door.scans()) == 4
    assert gate.tell("engine.full") is False
    assert sorted(one.counter or 0 for one in door.scans()) == [1, 2, 3, 4]


def test_a_disk_that_the_browser_wipes_is_written_anew(door: Door, new_gate: Callable[..., Gate]) -> None:
    tokens = door.tokens(3)
    gate = new_gate()
    darken(gate)
    gate.scan(tokens[0])
    disk = gate.page.context.new_cdp_session(gate.page)
    disk.send("Storage.clearDataForOrigin", {"origin": door.server.url, "storageTypes": "indexeddb"})

    shown = [gate.said(tokens[1]), gate.said(tokens[0])]
    gate.page.wait_for_timeout(500)
    cut(gate.page, "**", lambda route, _: route.abort())
    gate.page.context.set_offline(False)
    gate.reload()

    assert shown == ["in", "again already_in"]
    assert gate.tell("[engine.paired, engine.unsent, engine.passes, engine.place.name]") == [True, 3, 3, "Gate A"]
    assert gate.said(tokens[1]) == "again already_in"
    gate.page.unroute("**/g/api/**")
    gate.sent()
    assert len(door.scans()) == 4


def test_many_small_changes_of_the_list_are_put_together_on_the_disk(door: Door, new_gate: Callable[..., Gate]) -> None:
    door.tokens(3)
    gate = new_gate()
    gate.until("engine.passes === 3")
    gate.page.context.set_offline(True)
    hashes = [code_hash(b"salt", str(number)) for number in range(4, 154)]
    changes = [b64(changed_list({number: (one, 0)}, cursor=number)) for number, one in enumerate(hashes, 4)]

    gate.run(
        """
        const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
        for (const text of said) await engine.takeList(bytes(text).buffer, { asOf: 1, asked: 1 });
        """,
        changes,
    )
    parts = len(json.loads(gate.dump())["tular-gate/list"])
    cut(gate.page, "**", lambda route, _: route.abort())
    gate.page.context.set_offline(False)
    gate.reload()

    assert 1 < parts <= 101
    assert gate.tell("[engine.passes, engine.list.cursor]") == [153, "153"]
    assert gate.run(
        "return said.map((text) => engine.list.find(Uint8Array.from(atob(text), (s) => s.charCodeAt(0))))",
        [b64(one) for one in hashes],
    ) == list(range(4, 154))


def test_a_paired_phone_is_not_paired_over(door: Door, gate: Gate) -> None:
    """What it still has to send would be lost, or sent as another's."""
    refused = gate.run("return engine.pair(said, 'Budi', '1234').catch(({ code }) => code)", door.code())

    assert refused == "paired_already"


# --- Clocks, tabs, and taking back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_two_hours_off_is_put_right(
    door: Door, browse: Callable[..., Page], hours: int, campaign: Any
) -> None:
    [token] = door.tokens(1)
    page = browse(PHONE)
    page.add_init_script(f"""
      const Real = Date;
      globalThis.Date = class extends Real {{
        constructor(...given) {{ given.length ? super(...given) : super(Real.now() + {hours * 3_600_000}); }}
        static now() {{ return Real.now() + {hours * 3_600_000}; }}
      }};
    """)
    gate = Gate(page).open().pair(door.code())

    gate.until("Math.abs(engine.offset) > 3_600_000")
    shown = gate.said(token)
    gate.sent()

    [scan] = door.scans()
    assert shown == "in", "the doors are open, whatever the phone's clock says"
    assert abs(gate.tell("engine.offset") + hours * 3_600_000) < 1_000
    assert abs(milliseconds(scan.at) - milliseconds(scan.received_at)) < 5_000
    assert scan.device_at is not None
    assert round((scan.device_at - scan.at).total_seconds() / 3_600) == hours


def test_of_several_tabs_one_sends_and_all_know(door: Door, new_gate: Callable[..., Gate]) -> None:
    tokens = door.tokens(4)
    gate = new_gate()
    asked: list[str] = []
    gate.page.context.on(
        "request", lambda request: asked.append(request.post_data or "") if "/g/api/scans" in request.url else None
    )
    other = Gate(gate.page.context.new_page()).open()
    other.run("await engine.unlock(said)", PIN)
    gate.wait(lambda: [gate.tell("engine.tabs.leads"), other.tell("engine.tabs.leads")] == [False, True])

    assert gate.said(tokens[0]) == "in"
    other.until("engine.log.all.size === 1")
    assert other.said(tokens[0]) == "again already_in"
    assert other.said(tokens[1]) == "in"
    gate.until("engine.log.all.size === 3")
    assert gate.said(tokens[1]) == "again already_in"
    gate.until("engine.unsent === 0")
    other.until("engine.unsent === 0")
    assert len(door.scans()) == 4
    nonces = [one["id"] for body in asked for one in json.loads(body)["scans"]]
    assert len(nonces) == len(set(nonces)) == 4, "each was sent once"
    other.page.close()
    gate.until("engine.tabs.leads")
    assert gate.said(tokens[2]) == "in"
    gate.sent()
    assert len(door.scans()) == 5


def test_all_tabs_forget_when_one_does(gate: Gate) -> None:
    other = Gate(gate.page.context.new_page()).open()

    other.run("await engine.forget()")

    gate.until("!engine.paired")
    assert [rows for rows in json.loads(gate.dump()).values() if rows] == []


def test_a_tab_forgets_also_where_disks_are_slow(gate: Gate) -> None:
    """It hears that all is to be forgotten, and reads anew, before what it reads is gone."""
    other = Gate(gate.page.context.new_page()).open()
    for page, slow in ((gate.page, "get"), (other.page, "wipe")):
        page.evaluate(
            """async (name) => {
              const { Store } = await import("/static/js/gate/store.js");
              const real = Store.prototype[name];
              Store.prototype[name] = async function (...given) {
                const before = name === "wipe" ? null : await real.apply(this, given);
                await new Promise((resolve) => setTimeout(resolve, name === "wipe" ? 150 : 400));
                return name === "wipe" ? real.apply(this, given) : before;
              };
            }""",
            slow,
        )

    other.run("await engine.forget()")
    gate.page.wait_for_timeout(1_200)

    assert gate.tell("engine.paired") is False
    assert [rows for rows in json.loads(gate.dump()).values() if rows] == []


def test_a_tab_that_opens_while_another_one_forgets_is_as_new(gate: Gate) -> None:
    late = Gate(gate.page.context.new_page())
    late.page.goto("/healthz")
    late.page.evaluate(_SLOWLY)

    gate.run("await engine.forget()")

    late.until("engine && !engine.paired && !engine.known.device")
    assert [rows for rows in json.loads(late.dump()).values() if rows] == []


def test_a_scan_is_taken_back_and_the_pass_is_good_again(door: Door, new_gate: Callable[..., Gate]) -> None:
    [token] = door.tokens(1)
    gate = new_gate()
    darken(gate)
    shown = gate.scan(token)

    gate.run("await engine.annul(said)", shown["id"])
    again = gate.run("return engine.annul(said).catch(({ code }) => code)", shown["id"])
    anew = gate.said(token)
    lighten(gate)

    assert (again, anew) == ("not_found", "in")
    assert door.log() == ["entry in refused annulled", "annul in applied", "entry in applied"]
    assert gate.heard("alarm") == []
    assert [one["annulled"] for one in gate.tell("engine.recent()")] == [False, True]


def test_only_a_supervisor_lets_in_against_the_rule_and_looks_people_up(
    door: Door, campaign: Any, new_gate: Callable[..., Gate]
) -> None:
    with make.saved(door.server.app):
        token = make.token_of(make.gate_pass(door.event, make.fan(campaign, "Siti Rahmawati")))
    steward, supervisor = new_gate(), new_gate(role="supervisor", place=1)
    steward.scan(token)
    steward.sent()
    supervisor.until("engine.list.isFull(1, engine.days[0].id)")

    assert steward.said(token, forced=True) == "again already_in"
    assert steward.run("return engine.search('Siti').catch(({ code }) => code)") == "role_may_not"
    [found] = supervisor.tell("engine.search('rahma')")
    assert (found["name"], found["in"]) == ("Siti Rahmawati", True)
    assert supervisor.said(found["code"]) == "again already_in"
    assert supervisor.said(found["code"], forced=True) == "in already_in"
    supervisor.sent()
    assert supervisor.heard("alarm") == []
    assert [(one.forced, one.verdict) for one in door.scans()][-1] == (True, "applied")


def test_a_booth_notes_a_visitor_without_a_network(door: Door, campaign: Any, browse: Callable[..., Page]) -> None:
    with make.saved(door.server.app):
        token = make.token_of(make.gate_pass(door.event, make.fan(campaign, "Siti Rahmawati")))
    gate = Gate(browse(PHONE)).open().pair(door.code(role="booth", places=[door.places[2]]))
    darken(gate)
    shown = gate.scan(token, kind="visit")

    note = {"scan": shown["id"], "consent": True, "warmth": "hot", "note": "wants 20 copies"}
    kept = gate.run("return engine.lead(said)", note)
    dump = gate.dump()
    lighten(gate)
    gate.wait(lambda: bool(gate.tell("engine.leads().then(([lead]) => lead && !lead.waits)")))

    assert kept == {"kept": True}
    assert "copies" not in dump
    [lead] = gate.tell("engine.leads()")
    assert (lead["name"], lead["warmth"], lead["note"]) == ("Siti Rahmawati", "hot", "wants 20 copies")
    assert door.log() == ["visit in applied"]
