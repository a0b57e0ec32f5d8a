"""Scans by the API: up to 500 at once, one verdict each, and nothing that is sent twice counts twice."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.events import actions, passes, queries
from referral.events.models import Event
from referral.plumbing import ids
from referral.plumbing.clock import now
from tests import factories as make
from tests.api.problems import problem, refusal, wrong_fields
from tests.api.shop import Fair, Shop
from tests.parts.scanned import Arrival, ArrivalCredit, Scan, count, counted, state

if TYPE_CHECKING:
    from flask import Flask

SCANS = "/events/night/scans"
MOST_STATEMENTS = 9
"""A scan's five on PostgreSQL, and four for the key, its use, the brand's event and its noting."""


@pytest.fixture
def night(app: Flask, fair: Fair) -> Event:
    """Make an event that is open."""
    with make.saved(app):
        return make.event(fair.campaign)


@pytest.fixture
def token(app: Flask, fair: Fair, night: Event) -> str:
    """Give the code of somebody's pass, whom somebody told."""
    with make.saved(app):
        return make.token_of(make.gate_pass(night, make.chain(fair.campaign, "Ayu", "Budi")[1]))


def scan(code: str, **said: Any) -> dict[str, Any]:
    """Write a scan as a program sends it."""
    return {"id": str(uuid.uuid4()), "code": code, **said}


def sent(shop: Shop, *scans: Any) -> list[dict[str, Any]]:
    """Send scans that must be taken, and give what is answered."""
    answer = shop.post(SCANS, {"scans": list(scans)})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    data: list[dict[str, Any]] = (answer.json or {})["data"]
    return data


def verdicts(answers: list[dict[str, Any]]) -> list[str]:
    """Give the reason of each answer, or its verdict where it has none."""
    return [one["reason"] or one["verdict"] for one in answers]


def test_a_pass_is_let_in_and_the_second_time_it_is_said_since_when_it_is_in(
    app: Flask, shop: Shop, night: Event, token: str
) -> None:
    with make.saved(app):
        gate = make.place(night, "gate", "North")
    first = scan(token, place=ids.show(gate.id))

    [one], [two] = sent(shop, first), sent(shop, scan(token))

    assert one == {
        "id": first["id"],
        "verdict": "applied",
        "reason": None,
        "repeat": False,
        "would": False,
        "skewed": False,
        "conflict": False,
        "first": None,
        "pass": one["pass"],
        "number": 1,
    }
    assert (two["verdict"], two["first"]["place"], two["pass"]) == ("already_in", "North", one["pass"])
    assert two["first"]["at"].endswith("Z")
    assert len(state(app).credits) == 1


def test_a_pass_can_be_named_by_its_id_its_token_its_address_and_its_short_code(
    app: Flask, shop: Shop, night: Event
) -> None:
    with make.saved(app):
        some = [make.gate_pass(night) for _ in range(5)]
        signer, key = queries.signer(night), queries.ring(night)[-1].number
        tokens = [make.token_of(one) for one in some]
    short = signer.short(some[4].number, key)

    answers = sent(
        shop,
        {"id": str(uuid.uuid4()), "pass": ids.show(some[0].id)},
        scan(tokens[1].lower()),
        scan(f"HTTP://TULAR.TEST/P/{tokens[2]}"),
        scan(f"http://tular.test/p/{tokens[3]}"),
        scan(f"{short[:4]} {short[4:].lower()}"),
    )

    assert verdicts(answers) == ["applied"] * 5
    assert [one["number"] for one in answers] == [1, 2, 3, 4, 5]


def test_one_broken_scan_loses_none_of_the_others(app: Flask, shop: Shop, night: Event, token: str) -> None:
    broken: list[Any] = [
        None,
        7,
        "scan",
        [],
        {},
        {"id": "no uuid", "code": token},
        {"id": str(uuid.uuid4())},
        scan(token, at="yesterday"),
        scan(token, at="2026-05-01T12:00:00"),
        scan(token, people=0),
        scan(token, people="1"),
        scan(token, kind="enter"),
        scan(token, kind="annul"),
        scan(token, kind="visit"),
        scan(token, place="North"),
        scan(token, offset=1 << 70),
        {"id": str(uuid.uuid4()), "code": 5},
    ]
    good = scan(token)

    answers = sent(shop, *broken[:9], good, *broken[9:])

    assert verdicts(answers) == ["malformed"] * 9 + ["applied"] + ["malformed"] * (len(broken) - 9)
    assert [one["id"] for one in answers][5] == "no uuid"
    assert count(app, Scan) == 1


def test_a_scan_sent_again_is_answered_as_the_first_time(app: Flask, shop: Shop, night: Event, token: str) -> None:
    one = scan(token, at=now().isoformat())

    first, *rest = [sent(shop, one)[0] for _ in range(3)]
    within = sent(shop, other := scan(token), other)

    assert rest == [{**first, "repeat": True}] * 2
    assert [(answer["reason"], answer["repeat"]) for answer in within] == [("already_in", False), ("already_in", True)]
    assert (count(app, Scan), count(app, Arrival), count(app, ArrivalCredit)) == (2, 1, 1)


@pytest.mark.parametrize("change", [{"people": 2}, {"code": "another"}, {"said": "in"}, {"kind": "exit"}])
def test_a_known_id_with_other_content_is_refused_and_said_so(
    app: Flask, shop: Shop, night: Event, token: str, change: dict[str, Any]
) -> None:
    one = scan(token)
    sent(shop, one)

    answers = sent(shop, {**one, **change}, one)
    within = sent(shop, other := scan(token), {**other, **change})

    assert [(answer["reason"], answer["repeat"]) for answer in answers] == [("nonce_reused", False), (None, True)]
    assert verdicts(within) == ["already_in", "nonce_reused"]
    assert count(app, Scan) == 2


def test_five_hundred_scans_are_taken_at_once_however_much_each_of_them_says(
    app: Flask, shop: Shop, night: Event
) -> None:
    with make.saved(app):
        pass_ids = passes.issue_many(night, [passes.PassTerms()] * 500)
        signer, key = queries.signer(night), queries.ring(night)[-1].number
        codes = [f"HTTP://TULAR.TEST/P/{signer.token(one, key)}" for one in pass_ids]
    scans = [scan(code, operator="Sari of the north gate " * 30, at=now().isoformat()) for code in codes]
    assert len(json.dumps(scans)) > 256 * 1024

    assert verdicts(sent(shop, *scans)) == ["applied"] * 500
    assert count(app, Scan) == 500


@pytest.mark.parametrize("many", [501, 10_000])
def test_more_than_five_hundred_scans_are_refused_whole_and_the_limit_is_named(
    app: Flask, shop: Shop, night: Event, token: str, many: int
) -> None:
    answer = shop.post(SCANS, {"scans": [scan(token, operator="x" * 80) for _ in range(many)]})

    body = problem(answer)
    assert (answer.status_code, body["code"], body["limit"]) == (413, "too_many_scans", 500)
    assert count(app, Scan) == 0


def test_a_document_that_holds_no_list_of_scans_is_refused(shop: Shop, night: Event) -> None:
    assert wrong_fields(shop.post(SCANS, {"scans": []})) == {"scans": "too_short"}
    assert wrong_fields(shop.post(SCANS, {"scans": {}})) == {"scans": "list_type"}
    assert wrong_fields(shop.post(SCANS, {})) == {"scans": "missing"}
    assert refusal(shop.post(SCANS, raw=b"{")) == (400, "json_malformed")


def test_nobody_scans_at_another_brands_event_or_learns_of_it(
    app: Flask, shop: Shop, other_shop: Shop, night: Event, token: str
) -> None:
    with make.saved(app):
        brand = make.brand("third", name="Third")
        make.event(make.campaign(brand, "third"), "elsewhere")
        key = Shop(app, make.key(brand))

    assert refusal(other_shop.post(SCANS, {"scans": [scan(token)]})) == (404, "event_unknown")
    by_id = {"id": str(uuid.uuid4()), "pass": token[:13]}
    answers = (key.post("/events/elsewhere/scans", {"scans": [scan(token), by_id]}).json or {})["data"]

    assert verdicts(answers) == ["other_brand", "unknown"]
    assert [(one["pass"], one["number"]) for one in answers] == [(None, None)] * 2


@pytest.mark.parametrize("scopes", [("read",), ("read", "campaigns", "fans", "sales")])
def test_a_key_without_the_scope_scans_nothing(
    app: Flask, fair: Fair, night: Event, token: str, scopes: tuple[str, ...]
) -> None:
    with make.saved(app):
        weak = Shop(app, make.key(fair.brand, *scopes))

    assert refusal(weak.post(SCANS, {"scans": [scan(token)]})) == (403, "scope_missing")


def test_a_batch_is_taken_after_the_event_was_closed_for_what_was_scanned_before(
    app: Flask, shop: Shop, night: Event
) -> None:
    with make.saved(app):
        codes = [make.token_of(make.gate_pass(night)) for _ in range(2)]
        actions.close(queries.by_id(night.brand_id, night.id))

    before = sent(shop, scan(codes[0], at=(now() - timedelta(minutes=5)).isoformat()), scan(codes[1]))

    assert verdicts(before) == ["applied", "closed"]


def test_a_scan_by_a_program_asks_the_database_few_times(app: Flask, shop: Shop, night: Event, token: str) -> None:
    sent(shop, scan("nothing"))

    with counted(app) as statements:
        sent(shop, scan(token))

    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)
