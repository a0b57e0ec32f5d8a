"""The OpenAPI description is right: it describes every call, and calls answer as it says, whatever is sent."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from referral.api.openapi import AREAS, SCOPES, describe
from referral.brands.rules import Scope
from referral.plumbing import ids
from tests import factories as make
from tests.api.shop import PREFIX, Fair, Shop

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

OPEN = {"/api/v1/openapi.json", "/api/v1/docs"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def description(app: Flask) -> dict[str, Any]:
    """Give the description as it is served."""
    return describe(app)


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """List path, method and description of every call."""
    return [(path, method, call) for path, calls in description["paths"].items() for method, call in calls.items()]


# --- The document ----------------------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
def test_the_description_is_served_without_a_key(client: FlaskClient, description: dict[str, Any]) -> None:
    answer = client.get(f"{PREFIX}/openapi.json")

    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == json.loads(json.dumps(description))


@pytest.mark.engines("sqlite")
def test_every_call_is_described_and_nothing_else_is(app: Flask, description: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule not in OPEN
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(path, method) for path, method, _ in operations(description)} == served
    assert {path for path, _ in served} == set(description["paths"])


@pytest.mark.engines("sqlite")
def test_the_calls_of_the_contract_are_there(description: dict[str, Any]) -> None:
    campaign = "/api/v1/campaigns/{campaign}"
    contract = {
        ("/api/v1/campaigns", "post"),
        (campaign, "get"),
        (campaign, "patch"),
        (f"{campaign}/fans", "post"),
        (f"{campaign}/fans", "get"),
        (f"{campaign}/fans/{{fan}}", "get"),
        (f"{campaign}/sales", "post"),
        (f"{campaign}/sales/{{external_id}}/refunds", "post"),
        (f"{campaign}/spread", "get"),
        (f"{campaign}/measures", "get"),
        (f"{campaign}/credits", "get"),
        (f"{campaign}/fans/{{fan}}/credits", "get"),
        ("/api/v1/events", "post"),
        ("/api/v1/events/{event}", "get"),
        ("/api/v1/events/{event}/passes", "post"),
        ("/api/v1/events/{event}/passes", "get"),
        ("/api/v1/events/{event}/scans", "post"),
    }

    assert contract <= {(path, method) for path, method, _ in operations(description)}


@pytest.mark.engines("sqlite")
def test_each_call_says_what_it_is_for_and_which_scope_it_needs(app: Flask, description: dict[str, Any]) -> None:
    names = [call["operationId"] for _, _, call in operations(description)]
    assert len(set(names)) == len(names)
    for path, method, call in operations(description):
        assert call["summary"], path
        assert call["description"], path
        assert set(call["tags"]) <= set(AREAS)
        [[scope]] = [one["key"] for one in call["security"]]
        assert scope in set(Scope)
        assert (scope == Scope.READ) == (method == "get")
        assert {"401", "403", "429"} <= set(call["responses"])
        assert all(one["description"] for one in call["parameters"]), path
        in_path = {one["name"] for one in call["parameters"] if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))


@pytest.mark.engines("sqlite")
def test_every_scope_is_described(description: dict[str, Any]) -> None:
    assert set(SCOPES) == set(Scope)
    words = description["components"]["securitySchemes"]["key"]["description"]
    assert all(f"`{scope}`: {meaning}" in words for scope, meaning in SCOPES.items())


@pytest.mark.engines("sqlite")
def test_every_schema_is_valid_and_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    text = json.dumps(description)

    for name, schema in schemas.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema.get("description"), name
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named == set(schemas)


@pytest.mark.engines("sqlite")
def test_no_amount_is_described_as_a_number(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        for field, one in schema.get("properties", {}).items():
            if field in {"amount", "percent", "refunded", "base_amount", "ready", "waiting"}:
                kinds = {one.get("type"), *(each.get("type") for each in one.get("anyOf", []))} - {None, "null"}
                assert kinds == {"string"}, (name, field)


@pytest.mark.engines("sqlite")
def test_schemathesis_reads_it_as_openapi_3_1(app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", app)

    schema.validate()
    assert schema.specification.version.startswith("3.1")


# --- The calls -------------------------------------------------------------------------------------------------------


@pytest.fixture
def known(app: Flask, fair: Fair) -> dict[str, str]:
    """Make what addresses speak of: a fan, and a sale to somebody they told."""
    with make.saved(app):
        ayu, budi = make.chain(fair.campaign, "Ayu", "Budi")
        make.sale(fair.campaign, budi, "1000000.00", external_id="order-1")
        night = make.event(fair.campaign, gives_passes=False)
        return {
            "campaign": "fair",
            "fan": make.code_of(ayu),
            "external_id": "order-1",
            "event": night.slug,
            "gate_pass": ids.show(make.gate_pass(night).id),
        }


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_calls_answer_as_described_whatever_is_sent(
    app: Flask, shop: Shop, known: dict[str, str], mode: GenerationMode
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", app)
    checks = CHECKS if mode.is_positive else [*CHECKS, negative_data_rejection]
    some = settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    statuses: dict[str, set[int]] = {}
    numbers = count()

    def call(case: Case[Any]) -> None:
        label = case.operation.label
        case.headers["Authorization"] = f"Bearer {shop.key}"
        meant = case.meta.components if case.meta else {}
        if ParameterLocation.PATH not in meant or meant[ParameterLocation.PATH].mode.is_positive:
            case.path_parameters = {name: known[name] for name in case.path_parameters}
        if mode.is_positive and isinstance(case.body, dict) and (number := next(numbers)) % 2:
            case.body = {**case.body, **likely(label, number, known["fan"])}
            case.headers.pop("Idempotency-Key", None)
        answer = case.call()
        case.validate_response(answer, checks=checks)
        statuses.setdefault(label, set()).add(answer.status_code)

    for operation in (found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)):
        # What was sent before may have closed the campaign; each call is to find it open.
        opened = app.test_client().patch(
            f"{PREFIX}/campaigns/{known['campaign']}",
            json={"published": True, "starts_at": None, "ends_at": None},
            headers={"Authorization": f"Bearer {shop.key}"},
        )
        assert opened.status_code == 200
        cases = operation.as_strategy(generation_mode=mode)
        seed(20260501)(some(given(case=cases)(call)))()

    if mode.is_positive:
        undone = {label for label, found in statuses.items() if not found & {200, 201}}
        assert not undone, "these calls were never done"
    else:
        assert set().union(*statuses.values()) >= {400, 422}


def likely(label: str, number: int, code: str) -> dict[str, Any]:
    """Give values that rules ask for beyond what a schema can say."""
    if label.endswith("POST /api/v1/campaigns"):
        return {"slug": f"s-{number}", "name": "Second", "landing_url": None, "currency": "IDR", "reward_plan": None}
    if label.endswith("/fans"):
        return {
            "external_id": f"c-{number}",
            "name": "Citra",
            "channel": None,
            "email": None,
            "phone": None,
            "told_by": None,
            "click_id": None,
            "at": None,
        }
    if label.endswith("/sales"):
        return {
            "external_id": f"o-{number}",
            "currency": "IDR",
            "buyer": None,
            "click_id": None,
            "code": None,
            "coupon": None,
            "told_by_name": None,
            "at": None,
        }
    if label.endswith("/events"):
        day = {"opens_at": "2026-05-01T12:00:00Z", "closes_at": "2026-05-01T23:00:00Z"}
        return {
            "campaign": "fair",
            "slug": f"night-{number}",
            "name": "A night",
            "venue": None,
            "timezone": "Asia/Jakarta",
            "cost": None,
            "days": [day],
            "places": [{"kind": "booth", "name": "Bookbinders"}],
        }
    if label.endswith("/passes"):
        nobody = {"fan": None, "person": None, "label": None, "valid_from": None, "valid_until": None}
        return {**nobody, "external_id": f"ticket-{number}"}
    if label.endswith("/coupons"):
        return {"code": f"C-{number}", "told_by": code}
    return {}
