"""Who may call what: keys, scopes, the wall between brands, and what the protocol itself refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.routing import Rule

from referral.brands import actions as brands
from referral.brands import queries as found_brands
from referral.brands.rules import Scope
from referral.plumbing import clock, ids
from referral.plumbing.signing import api_key, fingerprint
from tests import factories as make
from tests.api.problems import problem, refusal
from tests.api.shop import PREFIX, Fair, Shop

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

OPEN = {"api.openapi", "api.docs"}
STORY = {"title": "Books", "body": "All night.", "locale": "en"}
DOCUMENTS: dict[str, Any] = {
    "api_campaigns.create": {"slug": "second", "name": "Second", "story": STORY},
    "api_campaigns.change": {"name": "Renamed"},
    "api_fans.join": {"external_id": "customer-1"},
    "api_sales.record": {"external_id": "order-1", "amount": "10.00", "currency": "IDR"},
    "api_sales.refund": {"external_id": "return-1", "amount": "10.00"},
}


def calls(app: Flask) -> list[tuple[str, str, Rule, Any]]:
    """List every call of the API: method, endpoint, rule, and the scope that it needs."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX) and rule.endpoint not in OPEN:
            view: Any = app.view_functions[rule.endpoint]
            found += [(method, rule.endpoint, rule, view.access) for method in (rule.methods or set()) - {"OPTIONS"}]
    assert len(found) > 15
    return found


def path_of(rule: Rule, campaign: str = "fair", fan: str = "0000000000000", external_id: str = "order-1") -> str:
    names = {"campaign": campaign, "fan": fan, "external_id": external_id, "event": "night", "gate_pass": "0" * 13}
    _, path = rule.build({name: names[name] for name in rule.arguments}) or ("", "")
    return path.removeprefix(PREFIX)


# --- Keys ------------------------------------------------------------------------------------------------------------


def test_nothing_is_answered_without_a_good_key(app: Flask, fair: Fair) -> None:
    with make.saved(app):
        revoked = make.key(fair.brand)
        found = found_brands.key_by_hash(fingerprint(revoked))
        assert found is not None
        brands.revoke_key(found[1])
    good_form, bad_form = api_key(), api_key()[:-1] + "!"
    headers = {
        "no key": (None, "key_missing"),
        "another scheme": (f"Basic {revoked}", "key_missing"),
        "no secret": ("Bearer", "key_missing"),
        "not a key": ("Bearer secret", "key_missing"),
        "a typing error": (f"Bearer {bad_form}", "key_missing"),
        "no ASCII": ("Bearer tk_\xe9\xe9", "key_missing"),
        "an unknown key": (f"Bearer {good_form}", "key_unknown"),
        "a revoked key": (f"Bearer {revoked}", "key_unknown"),
    }

    for method, endpoint, rule, _ in calls(app):
        for case, (header, code) in headers.items():
            sent: Any = {} if header is None else {"Authorization": header}
            answer = Shop(app, None).call(method, path_of(rule), DOCUMENTS.get(endpoint), **sent)
            assert answer.status_code == 401, (method, rule, case)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            if method != "HEAD":
                assert refusal(answer) == (401, code), (method, rule, case)


def test_a_key_is_read_without_regard_to_the_case_of_its_scheme(app: Flask, shop: Shop) -> None:
    answer = Shop(app, None).get("/campaigns", Authorization=f"bearer  {shop.key} ")

    assert answer.status_code == 200


def test_each_call_needs_its_scope(app: Flask, fair: Fair) -> None:
    with make.saved(app):
        keys = {
            scope: Shop(app, make.key(fair.brand, *(other for other in Scope if other != scope))) for scope in Scope
        }

    for method, endpoint, rule, scope in calls(app):
        answer = keys[scope].call(method, path_of(rule), DOCUMENTS.get(endpoint))
        assert answer.status_code == 403, (method, rule)
        if method != "HEAD":
            body = problem(answer)
            assert (body["code"], body["scope"]) == ("scope_missing", scope)


def test_another_brands_campaign_is_not_there(app: Flask, fair: Fair, shop: Shop, other_shop: Shop) -> None:
    for method, endpoint, rule, _ in calls(app):
        if "campaign" in rule.arguments:
            answer = other_shop.call(method, path_of(rule), DOCUMENTS.get(endpoint))
            assert answer.status_code == 404, (method, rule)
            if method != "HEAD":
                assert refusal(answer) == (404, "campaign_unknown")


def test_another_brands_fans_sales_codes_and_clicks_are_not_there(
    app: Flask, fair: Fair, shop: Shop, other_shop: Shop
) -> None:
    with make.saved(app):
        ayu = make.fan(fair.campaign, "Ayu", external_id="customer-1")
        code, click = make.code_of(ayu), make.click(ayu)
        make.sale(fair.campaign, ayu, external_id="order-1")
    ours = shop.found("/campaigns/fair/fans/" + code)
    shown_click = ids.show(click)
    there = "/campaigns/other-fair"

    assert refusal(other_shop.get(f"{there}/fans/{code}")) == (404, "fan_unknown")
    assert refusal(other_shop.get(f"{there}/fans/{ours['id']}")) == (404, "fan_unknown")
    assert refusal(other_shop.get(f"{there}/fans/{ours['id']}/credits")) == (404, "fan_unknown")
    assert refusal(other_shop.get(f"{there}/sales/order-1")) == (404, "sale_unknown")
    refund = {"external_id": "return-1", "amount": "1.00"}
    assert refusal(other_shop.post(f"{there}/sales/order-1/refunds", refund)) == (404, "sale_unknown")
    for told, expected in ({"told_by": code}, "code_unknown"), ({"click_id": shown_click}, "click_unknown"):
        joining = other_shop.post(f"{there}/fans", {"external_id": "c", **told})
        assert refusal(joining) == (422, expected)
    sales: list[tuple[dict[str, Any], str]] = [
        ({"code": code}, "code_unknown"),
        ({"click_id": shown_click}, "click_unknown"),
        ({"buyer": {"id": ours["id"]}}, "buyer_unknown"),
        ({"buyer": {"id": code}}, "buyer_unknown"),
    ]
    for said, expected in sales:
        sale = {"external_id": "order-9", "amount": "1.00", "currency": "IDR", **said}
        assert refusal(other_shop.post(f"{there}/sales", sale)) == (422, expected)
    assert other_shop.found(f"{there}/fans")["data"] == []


def test_the_use_of_a_key_is_noted_by_calls_that_read_as_well(app: Flask, shop: Shop) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def used() -> datetime | None:
        with make.saved(app):
            found = found_brands.key_by_hash(fingerprint(shop.key or ""))
            assert found is not None
            return found[1].last_used_at

    with clock.at(noon):
        assert shop.get("/campaigns").status_code == 200
    first = used()
    with clock.at(noon + timedelta(minutes=30)):
        shop.get("/campaigns")
    same_hour = used()
    with clock.at(noon + timedelta(minutes=61)):
        shop.call("HEAD", "/campaigns")
    later = used()

    assert (first, same_hour, later) == (noon, noon, noon + timedelta(minutes=61))


# --- The protocol ----------------------------------------------------------------------------------------------------


def test_calls_that_read_answer_head_as_well(shop: Shop) -> None:
    answer = shop.call("HEAD", "/campaigns/fair/fans")

    assert (answer.status_code, answer.get_data()) == (200, b"")


def test_an_address_that_is_none_is_a_problem_document(shop: Shop) -> None:
    assert refusal(shop.get("/nothing")) == (404, "not_found")
    assert refusal(shop.get("/campaigns/fair/nothing")) == (404, "not_found")
    assert refusal(shop.get("/campaigns/nowhere")) == (404, "campaign_unknown")


def test_a_wrong_method_is_told_which_are_right(app: Flask, shop: Shop) -> None:
    for path, allowed in {
        "/campaigns": {"GET", "POST"},
        "/campaigns/fair": {"GET", "PATCH"},
        "/campaigns/fair/sales/order-1": {"GET"},
        "/campaigns/fair/sales/order-1/refunds": {"POST"},
    }.items():
        for method in {"GET", "POST", "PATCH", "PUT", "DELETE"} - allowed:
            answer = shop.call(method, path, {})
            assert refusal(answer) == (405, "method_not_allowed"), (method, path)
            assert {one.strip() for one in answer.headers["Allow"].split(",")} >= allowed


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", None]
)
def test_only_json_is_taken(shop: Shop, content_type: str | None) -> None:
    answer = shop.post("/campaigns/fair/fans", {"external_id": "c"}, content_type=content_type)

    assert refusal(answer) == (415, "unsupported_media_type")


def test_json_may_say_its_charset(shop: Shop) -> None:
    shop.made("/campaigns/fair/fans", {"external_id": "c"}, content_type="application/json; charset=utf-8")


def test_a_document_that_is_too_large_is_refused(shop: Shop) -> None:
    answer = shop.post("/campaigns/fair/fans", {"external_id": "c", "name": "x" * 300_000})

    assert refusal(answer) == (413, "request_entity_too_large")


@pytest.mark.settings(RATE_LIMITS=True)
def test_who_is_too_fast_is_told_when_to_try_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("referral.api.LIMIT", "3 per minute")

    answers = [shop.get(path) for path in ("/campaigns", "/campaigns/fair", "/campaigns", "/campaigns")]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert refusal(answers[-1]) == (429, "too_many_requests")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61


def test_a_key_takes_the_place_of_a_forms_token_which_browsers_still_need(
    app: Flask, client: FlaskClient, fair: Fair, shop: Shop
) -> None:
    assert shop.post("/campaigns/fair/fans", {"external_id": "c"}).status_code == 201

    without = client.post("/c/fair/join", data={"name": "Ayu", "contact": "ayu@people.example"})
    with_token = make.send(client, "/c/fair/join", {"name": "Ayu", "contact": "ayu@people.example"})

    assert without.status_code == 400
    assert with_token.status_code < 400


def test_the_api_sets_no_cookie_and_keeps_answers_out_of_caches(shop: Shop) -> None:
    answer = shop.get("/campaigns/fair")

    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_error_of_ours_is_a_problem_document_without_its_inside(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_: object) -> None:
        raise RuntimeError("siti@people.example")

    monkeypatch.setattr("referral.campaigns.queries.listed", broken)
    answer = shop.get("/campaigns")

    assert refusal(answer) == (500, "internal_error")
    assert "siti" not in answer.get_data(as_text=True)
