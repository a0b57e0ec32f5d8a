"""The OpenAPI 3.1 description, made from the documents and the routes, so that it cannot differ from them."""

from __future__ import annotations

import inspect
import re
from http import HTTPStatus
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from referral.api.examples import TAKES
from referral.api.operations import OPERATIONS, Operation
from referral.api.replies import Problem
from referral.brands.rules import Scope

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
_SIGNS = {"type": "string", "minLength": 1}

SCOPES = {
    Scope.READ: "Read all that is the brand's: campaigns, fans with names and contacts, sales, credits, measures.",
    Scope.CAMPAIGNS: "Make and change campaigns, their stories and their reward plans.",
    Scope.FANS: "Let fans in, and make coupons that stand for their links.",
    Scope.SALES: "Record sales and refunds, which credit fans and take credit back.",
    Scope.EVENTS: "Make events, give out passes, and send scans of them.",
}
AREAS = {
    "campaigns": "A campaign is one story with its dates, landing page and terms.",
    "fans": "A fan is a person in a campaign. Everybody who comes becomes one, with a link of their own at once.",
    "sales": "Money that came in, known by the shop's own reference, and money that went back.",
    "credits": "The ledger: who earned what, for which sale, by which terms, since when it may be paid out.",
    "clicks": "Each visit to a link, human or not, with a verdict; only people count.",
    "coupons": "Words of the shop's own that stand for links: what is bought with one is by its owner's word.",
    "spread": "Who told whom, and the measures of it.",
    "scans": "Passes read at doors and booths, by a program of the brand's: up to 500 at once, one verdict each.",
    "events": "Exhibitions in a campaign: their days, their places, and the passes that visitors come in with.",
}
_PATH: dict[str, tuple[str, dict[str, Any]]] = {
    "campaign": ("The campaign's short name.", {**_SIGNS, "examples": ["night-fair"]}),
    "fan": ("The fan's id, or the code of their link in any case.", {**_SIGNS, "examples": ["K7M2Q9XD"]}),
    "external_id": (
        "The shop's own reference of the sale, percent-encoded.",
        {**_SIGNS, "examples": ["order-2026-0001"]},
    ),
    "event": ("The event's short name.", {**_SIGNS, "examples": ["night-at-the-fair"]}),
    "gate_pass": ("The pass's id.", {**_SIGNS, "examples": ["6H0VV5TB2G7QK"]}),
}
_MEANING = {
    400: "What was sent is not JSON.",
    401: "There is no key, or it is not known.",
    403: "The key lacks the scope.",
    404: "The brand has no such thing.",
    409: "It contradicts what is recorded already.",
    410: "The campaign is not open yet, or over.",
    413: "The document is too large.",
    415: "Send application/json.",
    422: "The document is wrong; `code` and `errors` say how.",
    429: "Too fast: try again after so many seconds.",
}
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
}
_HIT = {
    "Idempotency-Hit": {
        "description": "`true` where this was done before, and is answered again.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


class _Plain(GenerateJsonSchema):
    """Leave out titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never set one."""
        return False


def describe(app: Flask) -> dict[str, Any]:
    """Describe every call of the API: its address, its key's scope, what it takes, gives and refuses."""
    paths: dict[str, Any] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        blueprint, _, name = rule.endpoint.rpartition(".")
        area = blueprint.removeprefix("api_")
        operation = OPERATIONS.get((area, name))
        if operation is None or area == blueprint:
            continue
        view = app.view_functions[rule.endpoint]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _call(operation, view, area, name, rule.arguments, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tular",
            "version": VERSION,
            "description": "Stories, the fans who pass them on, and what came of it. JSON in and out; amounts are "
            "decimal texts with a currency; moments are RFC 3339 with a time zone; what did not work is a problem "
            "document (RFC 9457) with a `code`.",
        },
        "servers": [{"url": app.config["PUBLIC_URL"]}],
        "tags": [{"name": name, "description": meaning} for name, meaning in AREAS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": {"key": _key()}},
    }


def _key() -> dict[str, str]:
    scopes = "\n".join(f"- `{scope}`: {meaning}" for scope, meaning in SCOPES.items())
    text = f"A key of one brand, `tk_…`, made in the console. It carries scopes:\n\n{scopes}"
    return {"type": "http", "scheme": "bearer", "description": text}


def _call(operation: Operation, view: Any, area: str, name: str, arguments: set[str], method: str) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": one, "in": "path", "required": True, "description": meaning, "schema": schema}
        for one, (meaning, schema) in _PATH.items()
        if one in arguments
    ]
    parameters += [
        {"name": one.name, "in": "query", "description": one.description, "schema": dict(one.schema)}
        for one in operation.parameters
    ]
    if method == "POST":
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same request with the same key is answered as the first time, for 30 days.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }
        )
    call: dict[str, Any] = {
        "operationId": f"{area}_{name}",
        "tags": [area],
        "summary": operation.summary,
        "description": inspect.getdoc(view) or "",
        "security": [{"key": [str(view.access)]}],
        "parameters": parameters,
        "responses": _responses(operation, arguments, method),
    }
    if operation.takes is not None:
        body = {"schema": dict(_ref(operation.takes)), "example": TAKES[call["operationId"]]}
        call["requestBody"] = {"required": True, "content": {"application/json": body}}
    return call


def _responses(operation: Operation, arguments: set[str], method: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _given(operation)}}
    content.update({kind: {"schema": {"type": "string"}} for kind in operation.other_types})
    hit = {"headers": _HIT} if method == "POST" else {}
    done = {operation.status: HTTPStatus(operation.status).phrase, **operation.also}
    responses: dict[str, Any] = {
        str(status): {"description": meaning, **hit, "content": content} for status, meaning in sorted(done.items())
    }
    problems = {401, 403, 429, *operation.problems}
    problems |= {404} if arguments else set()
    problems |= {422} if operation.parameters else set()
    problems |= {400, 413, 415, 422} if operation.takes else set()
    problems |= {409, 422} if method == "POST" else set()  # an Idempotency-Key may be reused, or be none
    for status in sorted(problems):
        headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
        responses[str(status)] = {
            "description": _MEANING[status],
            **headers,
            "content": {"application/problem+json": {"schema": _ref(Problem)}},
        }
    return responses


def _given(operation: Operation) -> dict[str, Any]:
    if operation.gives is None:
        return {}
    if not operation.listed:
        return dict(_ref(operation.gives))
    beside = {name: {"type": "array", "items": _ref(model)} for name, model in operation.beside.items()}
    return {
        "type": "object",
        "required": ["data", "next", *beside],
        "additionalProperties": False,
        "properties": {
            "data": {"type": "array", "items": _ref(operation.gives)},
            "next": {"type": ["string", "null"], "description": "To go on with, as `after`; null at the end."},
            **beside,
        },
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas() -> dict[str, Any]:
    takes = {one.takes for one in OPERATIONS.values() if one.takes is not None}
    gives = {one.gives for one in OPERATIONS.values() if one.gives is not None} | {Problem}
    gives |= {model for one in OPERATIONS.values() for model in one.beside.values()}
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in takes]
    wanted += [(model, "serialization") for model in gives]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, definitions = models_json_schema(wanted, ref_template=_REF, schema_generator=_Plain)
    schemas: dict[str, Any] = definitions.get("$defs", {})
    return schemas
