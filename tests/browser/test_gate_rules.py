"""The gate app's own rules, run in a real Chromium beside the server's: both must say the same."""

from __future__ import annotations

import json
import random
import struct
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from referral.events.rules.codes import Signer, check_sign, code_hash, payload, recognise
from referral.events.rules.days import Day, nearest, slot_at
from referral.events.rules.door import DoorScan, Ticket, settle
from referral.events.rules.kinds import Kind
from referral.events.rules.sealing import seal
from referral.events.rules.wire import GateList, Slot, write_list, write_names
from referral.plumbing import ids

VECTORS = Path(__file__).parents[1] / "data/passes.json"
BASE = "https://fair.example"
SALT = b"0123456789abcdef"
SIGNER = Signer(77, 78, {0: b"first" * 6, 3: b"fourth" * 5})
HOUR = 3_600_000


@pytest.fixture
def page(phone: Page) -> Page:
    """Give a page of the server's on which nothing runs, so that modules can be loaded beside nothing else."""
    phone.goto("/healthz")
    return phone


def run(page: Page, module: str, body: str, said: Any = None) -> Any:
    """Run the body of a function with a module of the gate's as `module`, and what is said as `said`."""
    script = f"async (said) => {{ const module = await import('/static/js/gate/{module}.js'); {body} }}"
    return page.evaluate(script, said)


def b64(data: bytes) -> str:
    return b64encode(data).decode()


# --- Codes -----------------------------------------------------------------------------------------------------------


def test_codes_are_recognised_as_the_server_recognises_them(page: Page) -> None:
    token = SIGNER.token(ids.new_id(), 3)
    short = SIGNER.short(4711, 0)
    texts = [
        token,
        token.lower(),
        f"  {token}\n",
        token.replace("0", "o").replace("1", "l"),
        "Z" * 26,
        "0" * 25,
        payload(BASE, token),
        payload(BASE, token).lower(),
        f"{BASE}/p/{token}?x=1#y",
        f"{BASE}/P/{token}/",
        f"http://fair.example/P/{token}",
        f"https://fair.example:443/P/{token}",
        f"https://user@fair.example/P/{token}",
        f"https://evil.example/P/{token}",
        f"https://fair.example.evil.example/P/{token}",
        f"{BASE}/r/K7M2Q9XD",
        f"{BASE}/R/k7m2q9xd.qr",
        f"{BASE}/v/K7M2Q9XD",
        f"{BASE}/r/K7M2",
        f"{BASE}/c/fair",
        BASE,
        "://",
        "x://",
        short,
        f"{short[:4]}-{short[4:]}".lower(),
        f" {short[:4]} {short[4:]} ",
        short[:-1] + ("0" if short[-1] != "0" else "1"),
        "k3j9x2mzp4qabc",
        "TICKET 12 / B",
        "ąść-王",
        "a\tb",
        "a\u00a0b",
        "a\u200bb",
        "a\u0000b",
        "\x1ck3j9x2mzp4qabc\x1d",
        "",
        "   ",
        "x" * 200,
        "x" * 201,
        "😀" * 200,
        "😀" * 201,
        BASE + "/P/" + "0" * 3000,
    ]

    seen = run(
        page,
        "codes",
        "return said.texts.map((text) => module.recognise(text, said.base))",
        {"texts": texts, "base": BASE},
    )

    for text, found in zip(texts, seen, strict=True):
        expected = recognise(text, BASE)
        assert found == (None if expected is None else asdict(expected)), repr(text)


def test_an_address_below_a_path_is_ours_only_there(page: Page) -> None:
    token = SIGNER.token(1, 0)
    base = "https://fair.example/tular/"
    texts = [
        f"https://fair.example/tular/P/{token}",
        f"https://fair.example/P/{token}",
        f"https://fair.example/tularP/{token}",
    ]

    seen = run(
        page,
        "codes",
        "return said.texts.map((text) => module.recognise(text, said.base))",
        {"texts": texts, "base": base},
    )

    assert [one["kind"] for one in seen] == ["pass", "address", "address"]
    assert [one["kind"] for one in seen] == [recognise(text, base).kind for text in texts]  # type: ignore[union-attr]


def test_a_pairing_code_is_told_from_everything_else(page: Page) -> None:
    texts = [
        f"{BASE.upper()}/G/PAIR/{'0' * 26}",
        f"{BASE}/g/pair/{'0' * 26}",
        f"https://evil.example/g/pair/{'0' * 26}",
    ]

    seen = run(
        page,
        "codes",
        "return said.texts.map((text) => module.recognise(text, said.base))",
        {"texts": texts, "base": BASE},
    )

    assert seen == [{"kind": "pairing", "text": "0" * 26}] * 2 + [{"kind": "address", "text": texts[2]}]


def test_signatures_hashes_and_check_signs_are_those_of_the_server(page: Page) -> None:
    chance = random.Random(5)
    pass_ids = [chance.randrange(1 << 63) for _ in range(40)] + [0, (1 << 63) - 1]
    tokens = [SIGNER.token(pass_id, chance.choice((0, 3, 4, 7))) for pass_id in pass_ids]
    forged = [token[:-1] + ("0" if token[-1] != "0" else "2") for token in tokens] + [
        Signer(77, 79, SIGNER.secrets).token(5, 0),
        Signer(77, 78, {1: b"another"}).token(5, 1),
        Signer(77, 78, {0: b"another"}).token(5, 0),
    ]
    numbers = [1, 2, 31, 32, 99_999, (1 << 20) - 1]
    shorts = [SIGNER.short(number, key) for number in numbers for key in (0, 3)]
    foreign = Signer(77, 78, {0: b"another"}).short(12, 0)
    bodies = ["K7M2Q9X", "0000000", "ZZZZZZZ"]
    said = {
        "tokens": [*tokens, *forged],
        "shorts": [*shorts, foreign],
        "bodies": bodies,
        "salt": b64(SALT),
        "prefix": b64(SIGNER.prefix),
        "keys": [{"place": place, "secret": b64(secret)} for place, secret in SIGNER.secrets.items()],
        "codes": [*tokens[:3], "k3j9x2mzp4qabc", "王-42"],
    }

    seen = run(
        page,
        "codes",
        """
        const { importRing, bytesOf } = await import("/static/js/gate/keys.js");
        const ring = await importRing(said.keys);
        const prefix = bytesOf(said.prefix);
        const all = (list, act) => Promise.all(list.map(act));
        const exported = await crypto.subtle.exportKey("raw", ring[0].key).then(() => "readable", () => "never");
        return {
          exported,
          signed: await all(said.tokens, (text) => module.isSigned(module.readToken(text), ring, prefix)),
          made: said.tokens.map((text) => module.madeAt(module.readToken(text).id)),
          numbers: await all(said.shorts, (code) => module.numberOfShort(code, ring, prefix)),
          signs: said.bodies.map(module.checkSign),
          hashes: (await all(said.codes, (code) => module.codeHash(bytesOf(said.salt), code))).map((hash) => [...hash]),
        };
        """,
        said,
    )

    assert seen["exported"] == "never"
    assert seen["signed"] == [True] * len(tokens) + [False] * len(forged)
    assert seen["made"][: len(pass_ids)] == [pass_id >> 22 for pass_id in pass_ids]
    assert seen["numbers"] == [number for number in numbers for _ in (0, 3)] + [None]
    assert seen["signs"] == [check_sign(body) for body in bodies]
    assert seen["hashes"] == [list(code_hash(SALT, code)) for code in said["codes"]]


def test_the_vectors_that_both_sides_are_held_to_are_met(page: Page) -> None:
    vectors = json.loads(VECTORS.read_text())

    seen = run(
        page,
        "codes",
        """
        const { importRing, bytesOf } = await import("/static/js/gate/keys.js");
        const { keepNames, openName } = await import("/static/js/gate/sealed.js");
        const { Store } = await import("/static/js/gate/store.js");
        const ring = await importRing(said.keys);
        const [salt, prefix] = [bytesOf(said.salt), bytesOf(said.prefix)];
        const store = await Store.open();
        const b64 = (bytes) => btoa(String.fromCharCode(...bytes));
        const found = [];
        for (const one of said.passes) {
          const token = module.readToken(one.token);
          found.push({
            id: String(token.id),
            key: token.key,
            signed: await module.isSigned(token, ring, prefix),
            number: await module.numberOfShort(one.short, ring, prefix),
            hash: b64(await module.codeHash(salt, one.token)),
            payload: module.recognise(one.payload, said.base),
          });
        }
        await keepNames(store, bytesOf(said.names).buffer);
        return {
          passes: found,
          names: await Promise.all(said.passes.map(({ number, token }) => openName(store, salt, number, token))),
          foreign: b64(await module.codeHash(salt, said.foreign.code)),
          signs: Object.fromEntries(Object.keys(said.check_signs).map((body) => [body, module.checkSign(body)])),
          recognised: said.recognised.map(({ text }) => module.recognise(text, said.base)),
        };
        """,
        {
            **vectors,
            "names": b64(write_names(1, [(one["number"], b64decode(one["sealed"])) for one in vectors["passes"]])),
        },
    )

    for one, found in zip(vectors["passes"], seen["passes"], strict=True):
        assert found == {
            "id": one["id"],
            "key": one["key"] % 4,
            "signed": True,
            "number": one["number"],
            "hash": one["hash"],
            "payload": {"kind": "pass", "text": one["token"]},
        }
    assert seen["names"] == [vectors["name"]] * len(vectors["passes"])
    assert seen["foreign"] == vectors["foreign"]["hash"]
    assert seen["signs"] == vectors["check_signs"]
    for one, found in zip(vectors["recognised"], seen["recognised"], strict=True):
        assert (found or {"kind": None, "text": None}) == {"kind": one["kind"], "text": one["found"]}, one


# --- The list --------------------------------------------------------------------------------------------------------


def whole_list(hashes: Sequence[bytes], kinds: Sequence[int], *slots: Slot, cursor: int = 5) -> bytes:
    numbers = np.array([int.from_bytes(one, "big") for one in hashes], np.uint64)
    listed = [Kind(None, 1, None, None), Kind("Guests ☕", 4, 1_000, 2_000)]
    return write_list(GateList(cursor, listed, numbers, np.array(kinds, np.uint8), slots))


def changed_list(rows: dict[int, tuple[bytes, int]], *slots: Slot, cursor: int = 6) -> bytes:
    numbers = np.array(sorted(rows), np.uint32)
    hashes = np.array([int.from_bytes(rows[number][0], "big") for number in sorted(rows)], np.uint64)
    kinds = np.array([rows[number][1] for number in sorted(rows)], np.uint8)
    listed = [Kind(None, 1, None, None), Kind("Guests ☕", 4, 1_000, 2_000), Kind("Late", 2, None, None)]
    return write_list(GateList(cursor, listed, hashes, kinds, slots, numbers))


def numbers_of(*numbers: int) -> Any:
    return np.array(numbers, np.uint32)


LOOK = """
const list = new module.PassList();
const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
const look = (list) => ({
  found: said.hashes.map((hash) => list.find(bytes(hash))),
  kinds: said.numbers.map((number) => list.kind(number)),
  full: said.numbers.map((number) => list.isFull(number, "0")),
  size: list.size,
  cursor: list.cursor,
});
"""


def test_the_list_is_read_as_it_was_written_and_followed_by_what_changes(page: Page) -> None:
    hashes = [code_hash(SALT, f"code {number}") for number in range(1, 3001)]
    hashes[6] = bytes(8)
    full = Slot("0", numbers_of(1, 2, 200, 2999))
    later = {2: (hashes[1], 255), 5: (code_hash(SALT, "anew"), 1), 3001: (code_hash(SALT, "newest"), 2)}
    said = {
        "whole": b64(whole_list(hashes, [0] * 2998 + [255, 1], full, cursor=(1 << 63) + 5)),
        "changes": b64(changed_list(later, Slot("0", numbers_of(4, 3001), numbers_of(1, 200)))),
        "hashes": [b64(one) for one in (hashes[0], hashes[4], later[5][0], later[3001][0], code_hash(SALT, "none"))],
        "numbers": [1, 2, 4, 200, 2999, 3000, 3001],
    }

    before, after, again, restored = run(
        page,
        "list",
        LOOK
        + """
        list.take(bytes(said.whole).buffer);
        const before = look(list);
        list.take(bytes(said.changes).buffer);
        const after = look(list);
        list.take(bytes(said.changes).buffer);
        const other = new module.PassList();
        other.restore(structuredClone(list.snapshot()));
        return [before, after, look(list), look(other)];
        """,
        said,
    )

    plain, guests = {"l": None, "a": 1, "f": None, "u": None}, {"l": "Guests ☕", "a": 4, "f": 1_000, "u": 2_000}
    assert before["found"] == [1, 5, 0, 0, 0]
    assert before["kinds"] == [plain, plain, plain, plain, None, guests, plain]
    assert before["full"] == [True, True, False, True, True, False, False]
    assert (before["size"], before["cursor"]) == (3000, str((1 << 63) + 5))
    assert after["found"] == [1, 0, 5, 3001, 0]
    assert after["kinds"] == [plain, None, plain, plain, None, guests, {"l": "Late", "a": 2, "f": None, "u": None}]
    assert after["full"] == [False, True, True, False, True, False, True]
    assert (after["size"], after["cursor"]) == (3001, "6")
    assert again == after
    assert restored == after


def test_a_list_that_was_cut_short_is_refused_and_changes_nothing(page: Page) -> None:
    whole = whole_list([code_hash(SALT, "code")] * 3, [0] * 3, Slot("0", numbers_of(1)))
    said = {"lists": [b64(whole[:length]) for length in (0, 10, 30, len(whole) - 1)], "hashes": [], "numbers": [1]}

    refused, size = run(
        page,
        "list",
        LOOK
        + """
        const refused = said.lists.filter((text) => {
          try { list.take(bytes(text).buffer); } catch { return true; }
          return false;
        });
        return [refused.length, list.size];
        """,
        said,
    )

    assert (refused, size) == (4, 0)


def test_a_hundred_thousand_passes_are_found_in_well_under_a_millisecond_each_on_a_slow_phone(page: Page) -> None:
    hashes = [struct.pack(">Q", random.Random(number).randrange(1, 1 << 64)) for number in range(100_000)]
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    said = {"whole": b64(whole_list(hashes, [0] * 100_000)), "hashes": [], "numbers": []}

    wrong, built, each = run(
        page,
        "list",
        LOOK
        + """
        const buffer = bytes(said.whole).buffer;
        let started = performance.now();
        list.take(buffer);
        const built = performance.now() - started;
        const hashes = Array.from({ length: 100_000 }, (_, index) => list.hash(index + 1));
        started = performance.now();
        let wrong = 0;
        for (let index = 0; index < hashes.length; index++) if (list.find(hashes[index]) !== index + 1) wrong++;
        return [wrong, built, (performance.now() - started) / hashes.length];
        """,
        said,
    )

    print(f"built in {built:.0f} ms, found in {each * 1000:.1f} µs each, at a quarter of the speed")
    assert wrong == 0
    assert each < 1


# --- The verdict -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """Hold what happens to one pass at one device, in order."""

    reentry: str
    admits: int
    days: list[dict[str, Any]]
    steps: list[dict[str, Any]]


def story(chance: random.Random) -> Story:
    """Make up a story of a pass over two days."""
    days = [
        {"id": ids.show(7), "opens": 10 * HOUR, "closes": 20 * HOUR},
        {"id": ids.show(9), "opens": 30 * HOUR, "closes": 40 * HOUR},
    ]
    steps = []
    at = chance.randrange(8, 12) * HOUR
    for _ in range(chance.randrange(1, 10)):
        at += chance.choice((60_000, HOUR, 3 * HOUR))
        kind = chance.choice(("entry", "entry", "entry", "exit", "visit"))
        steps.append({"kind": kind, "people": chance.choice((1, 1, 2)), "forced": chance.random() < 0.1, "at": at})
    return Story(chance.choice(("once", "daily", "free")), chance.choice((1, 1, 2, 4)), days, steps)


TELL = """
const event = { reentry: said.reentry, early_ms: 3_600_000 };
const entry = { kind: "pass", number: 1, pass: { l: null, a: said.admits, f: said.from, u: said.until }, signed: null };
const none = { offset: 0, place: null, settled: false, verdict: null, first: null, annulled: false, annuls: null };
const scans = [];
for (const step of said.steps) {
  const { slot, isOpen } = module.slotAt(said.days, step.at, event);
  const own = scans.filter((scan) => scan.slot === slot);
  const state = { isOpen, full: false, own, asOf: 0, at: step.kind === "visit" ? "booth" : "gate" };
  const told = module.verdict(entry, state, step.at, event, step);
  scans.push({ ...none, ...step, ...told, slot });
}
return scans.map(({ said, reason, left, slot }) => ({ said, reason, left, slot }));
"""


def test_a_phone_alone_says_what_the_server_comes_to(page: Page) -> None:
    chance = random.Random(20260501)
    stories = [story(chance) for _ in range(400)]
    valid = [chance.choice(((None, None), (11 * HOUR, 35 * HOUR))) for _ in stories]
    told_all = [{**asdict(one), "from": when[0], "until": when[1]} for one, when in zip(stories, valid, strict=True)]

    seen_all = run(page, "verdict", f"return said.map((said) => {{ {TELL} }})", told_all)

    greens = 0
    for one, (starts, ends), seen in zip(stories, valid, seen_all, strict=True):
        ticket = Ticket(one.admits, one.reentry, starts, ends)
        days = [Day(7, 10 * HOUR, 20 * HOUR), Day(9, 30 * HOUR, 40 * HOUR)]
        scans = []
        for number, (step, shown) in enumerate(zip(one.steps, seen, strict=True)):
            open_day = slot_at(days, step["at"], HOUR)
            slot = 0 if one.reentry == "once" else open_day or nearest(days, step["at"])
            assert shown["slot"] == (ids.show(slot) if slot else "0")
            scans.append(
                DoorScan(
                    number,
                    f"{number:03}",
                    step["kind"],
                    told_ms=step["at"],
                    at_ms=step["at"],
                    slot=slot,
                    is_open=open_day is not None,
                    device_id=1,
                    people=step["people"],
                    said=shown["said"],
                    forced=step["forced"] and shown["said"] == "in",
                )
            )
        settled = settle(ticket, scans)
        assert not settled.conflicts, (one, seen)
        for scan, shown in zip(scans, seen, strict=True):
            outcome = settled.outcomes[scan.nonce]
            if shown["said"] == "in":
                greens += 1
                assert outcome.verdict == "applied", (one, seen)
            else:
                assert not outcome.would, (one, seen, scan)
    assert greens > 400


def test_reasons_are_those_of_the_door(page: Page) -> None:
    day = {"id": ids.show(7), "opens": 10 * HOUR, "closes": 20 * HOUR}
    plain = {"kind": "pass", "number": 3, "pass": {"l": None, "a": 1, "f": None, "u": None}}
    new = {"kind": "pass", "number": 0, "pass": None, "signed": True}
    as_of = 12 * HOUR
    cases: list[tuple[str, dict[str, Any], int, dict[str, Any]]] = [
        ("in None", plain, 12 * HOUR, {}),
        ("again already_in", plain, 12 * HOUR, {"full": True}),
        ("no revoked", {**plain, "pass": None}, 12 * HOUR, {}),
        ("no closed", plain, 9 * HOUR - 1, {}),
        ("in None", plain, 9 * HOUR, {}),
        ("no closed", plain, 20 * HOUR, {}),
        ("no not_yet", {**plain, "pass": {"l": None, "a": 1, "f": 13 * HOUR, "u": None}}, 12 * HOUR, {}),
        ("no expired", {**plain, "pass": {"l": None, "a": 1, "f": None, "u": 12 * HOUR}}, 12 * HOUR, {}),
        ("no no_room", {**plain, "pass": {"l": None, "a": 2, "f": None, "u": None}}, 12 * HOUR, {"people": 3}),
        ("in new", {**new, "made": as_of - 119_000}, 12 * HOUR, {}),
        ("no unknown", {**new, "made": as_of - 121_000}, 12 * HOUR, {}),
        ("no forged", {**new, "signed": False, "made": as_of}, 12 * HOUR, {}),
        ("no unknown", {"kind": "foreign", "number": 0, "signed": None, "made": None}, 12 * HOUR, {}),
        ("no mistyped", {"kind": "foreign", "number": 0, "signed": None, "mistyped": True}, 12 * HOUR, {}),
        ("no not_ours", {"kind": "address", "number": 0}, 12 * HOUR, {}),
        ("no a_place", {"kind": "place", "number": 0}, 12 * HOUR, {}),
        ("no malformed", {"kind": "nothing", "number": 0}, 12 * HOUR, {}),
        ("in already_in", plain, 12 * HOUR, {"full": True, "forced": True}),
        ("in revoked", {**plain, "pass": None}, 12 * HOUR, {"forced": True}),
        ("no forged", {**new, "signed": False, "made": as_of}, 12 * HOUR, {"forced": True}),
        ("in None", plain, 21 * HOUR, {"kind": "exit"}),
        ("in None", plain, 21 * HOUR, {"kind": "visit"}),
        ("no revoked", {**plain, "pass": None}, 12 * HOUR, {"kind": "visit"}),
        ("no old_key", {**plain, "pass": None, "outdated": True}, 12 * HOUR, {}),
        ("no wrong_place", plain, 12 * HOUR, {"at": "booth"}),
        ("no wrong_place", plain, 12 * HOUR, {"at": "booth", "forced": True}),
        ("no wrong_place", plain, 12 * HOUR, {"at": "gate", "kind": "visit"}),
    ]

    seen = run(
        page,
        "verdict",
        """
        const event = { reentry: "daily", early_ms: 3_600_000 };
        return said.cases.map(([, entry, now, given]) => {
          const wish = { kind: "entry", people: 1, forced: false, ...given };
          const { isOpen } = module.slotAt([said.day], now, event);
          const at = given.at ?? (given.kind === "visit" ? "booth" : "gate");
          const state = { isOpen, full: Boolean(given.full), own: [], asOf: said.asOf, at };
          const { said: word, reason } = module.verdict(entry, state, now, event, wish);
          return `${word} ${reason === null ? "None" : reason}`;
        });
        """,
        {"day": day, "cases": cases, "asOf": as_of},
    )

    assert seen == [case[0] for case in cases]


def test_what_the_list_knows_counts_for_scans_that_it_has_seen(page: Page) -> None:
    """Somebody whom we let in, and who went out at another gate since, may come in again here."""
    seen = run(
        page,
        "verdict",
        """
        const event = { reentry: "daily", early_ms: 0 };
        const entry = (a) => ({ kind: "pass", number: 1, pass: { l: null, a, f: null, u: null } });
        const none = { said: "in", verdict: null, at: 0, offset: 0 };
        const scan = (people, settled, kind = "entry") => ({ ...none, kind, people, settled });
        const look = { kind: "visit", people: 1 };
        const left = (admits, full, own) =>
          module.verdict(entry(admits), { isOpen: true, full, own, asOf: 0, at: "booth" }, 0, event, look).left;
        return [
          left(1, false, [scan(1, false)]), left(1, true, [scan(1, true)]), left(1, false, [scan(1, true)]),
          left(4, false, [scan(2, true), scan(1, false)]), left(4, true, []), left(4, true, [scan(3, false, "exit")]),
          left(4, false, [scan(4, true)]), left(4, false, [{ ...scan(4, false), verdict: "refused" }]),
          left(4, false, [{ ...scan(4, false), annulled: true }]),
        ];
        """,
    )

    assert seen == [0, 0, 1, 1, 0, 3, 1, 4, 4]


# --- Names -----------------------------------------------------------------------------------------------------------


def test_a_sealed_name_opens_with_its_own_code_only(page: Page) -> None:
    token = SIGNER.token(5, 0)
    names = [(number, seal(SALT, f"other {number}", f"Name {number}", None)) for number in range(1, 600)]
    names[299] = (300, seal(SALT, token, "Siti R.", "Speaker ☕"))
    said = {
        "names": b64(write_names(77, names)),
        "anew": b64(write_names(78, [(301, b""), (299, seal(SALT, "other 299", "Budi", None))])),
        "salt": b64(SALT),
        "token": token,
    }

    seen = run(
        page,
        "sealed",
        """
        const { Store } = await import("/static/js/gate/store.js");
        const { bytesOf } = await import("/static/js/gate/keys.js");
        const store = await Store.open();
        const salt = bytesOf(said.salt);
        const cursors = [await module.keepNames(store, bytesOf(said.names).buffer)];
        const before = await module.openName(store, salt, 301, "other 301");
        cursors.push(await module.keepNames(store, bytesOf(said.anew).buffer), await store.get("names"));
        return {
          cursors,
          before,
          own: await module.openName(store, salt, 300, said.token),
          others: await module.openName(store, salt, 299, said.token),
          changed: await module.openName(store, salt, 299, "other 299"),
          forgotten: await module.openName(store, salt, 301, "other 301"),
          none: await module.openName(store, salt, 4000, said.token),
        };
        """,
        said,
    )

    assert seen == {
        "cursors": ["77", "78", "78"],
        "before": {"n": "Name 301", "l": None},
        "own": {"n": "Siti R.", "l": "Speaker ☕"},
        "others": None,
        "changed": {"n": "Budi", "l": None},
        "forgotten": None,
        "none": None,
    }


# --- The PIN ---------------------------------------------------------------------------------------------------------


def test_the_fifth_wrong_pin_costs_a_wait_that_doubles(page: Page) -> None:
    seen = run(
        page,
        "lock",
        """
        const { Store } = await import("/static/js/gate/store.js");
        const store = await Store.open();
        const lock = await module.makeLock("4711");
        await store.keep({ lock });
        const tries = [];
        const pins = ["0000", "4711", "1", "2", "3", "4", "5", "4711"];
        for (const pin of pins) tries.push(await module.tryPin(store, pin));
        await store.keep({ lock: { ...(await store.get("lock")), until: 0 } });
        tries.push(await module.tryPin(store, "6"));
        await store.keep({ lock: { ...(await store.get("lock")), until: 0 } });
        tries.push(await module.tryPin(store, "4711"));
        const readable = new TextDecoder("latin1").decode(lock.hash).includes("4711");
        return { tries, readable, rounds: lock.rounds, waits: [1, 4, 5, 6, 7, 50].map(module.waitAfter) };
        """,
    )

    opened = [one["open"] for one in seen["tries"]]
    waits = [round(one["wait"] / 1000) for one in seen["tries"]]
    assert opened == [False, True, False, False, False, False, False, False, False, True]
    assert waits[:6] == [0] * 6
    assert 28 <= waits[6] <= 30
    assert 26 <= waits[7] <= 30, "the right one is not even looked at while we wait"
    assert 57 <= waits[8] <= 60
    assert waits[9] == 0
    assert seen["waits"] == [0, 0, 30_000, 60_000, 120_000, 3_600_000]
    assert seen["rounds"] >= 200_000
    assert not seen["readable"]
