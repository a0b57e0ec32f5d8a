"""The API's own description: for programs as OpenAPI, for people as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from referral.api import examples
from referral.api.examples import Example
from referral.api.openapi import SCOPES, describe
from referral.api.reading import Field, fields

calls = Blueprint("api", __name__)
METHODS = ("post", "get", "patch")
EXAMPLES = {
    "campaign": "night-fair",
    "fan": "4QW8T2ZN",
    "external_id": "order-2026-0001",
    "event": "night-at-the-fair",
    "gate_pass": "6H0VV5TB2G7QK",
}
"""What an address may name, as the page shows it."""


@dataclass(frozen=True)
class Answer:
    """Hold one way in which a call is answered."""

    status: str
    meaning: str
    kinds: tuple[str, ...]
    is_problem: bool


@dataclass(frozen=True)
class Call:
    """Hold a call as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    meaning: str
    scope: str
    parameters: list[dict[str, Any]]
    takes: list[Field]
    curl: str | None
    gives: list[Field]
    answers: list[Answer]


@calls.app_template_filter("code_marks")
def code_marks(text: str) -> Markup:
    """Write what stands between backticks as code.

    >>> code_marks("By `id` & name.")
    Markup('By <code>id</code> &amp; name.')
    """
    parts = (Markup("<code>{}</code>").format(part) if odd else escape(part) for odd, part in _parted(text))
    return Markup("").join(parts)


def _parted(text: str) -> Iterator[tuple[bool, str]]:
    return ((place % 2 == 1, part) for place, part in enumerate(text.split("`")))


def _description() -> dict[str, Any]:
    """Give the description, which is made once: neither routes nor documents change while we run."""
    kept: dict[str, Any] = current_app.extensions.setdefault("tular.openapi", {})
    if not kept:
        kept.update(describe(current_app))
    return kept


@calls.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Give the OpenAPI 3.1 description."""
    return Response(json.dumps(_description()), mimetype="application/json")


openapi.access = "open"  # type: ignore[attr-defined]


@calls.get("/docs")
def docs() -> ResponseReturnValue:
    """Show the description as a page to read."""
    description = _description()
    address = description["servers"][0]["url"]
    areas = []
    for tag in description["tags"]:
        found = [
            _call(path, method, methods[method], description, address)
            for path, methods in description["paths"].items()
            for method in METHODS
            if method in methods and methods[method]["tags"] == [tag["name"]]
        ]
        areas.append((tag["name"], tag["description"], found))
    return render_template(
        "api/docs.html",
        areas=areas,
        scopes=SCOPES,
        address=address,
        start=[(example.curl(address), example.answer()) for example in examples.START],
        mistake=json.dumps(examples.MISTAKE, indent=2),
    )


docs.access = "open"  # type: ignore[attr-defined]


def _call(path: str, method: str, call: dict[str, Any], description: dict[str, Any], address: str) -> Call:
    schemas = description["components"]["schemas"]
    takes = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = [
        Answer(status, one["description"], tuple(one["content"]), int(status) >= 400)
        for status, one in call["responses"].items()
    ]
    done = next(one for status, one in call["responses"].items() if int(status) < 400)
    [[scope]] = call["security"][0].values()
    short = path.removeprefix("/api/v1")
    for name, example in EXAMPLES.items():
        short = short.replace(f"{{{name}}}", example)
    return Call(
        name=call["operationId"],
        method=method.upper(),
        path=path,
        summary=call["summary"],
        meaning=call["description"],
        scope=scope,
        parameters=call["parameters"],
        takes=list(fields(takes["schema"], schemas)) if takes else [],
        curl=Example(method.upper(), short, takes["example"], {}).curl(address) if takes else None,
        gives=list(fields(done["content"]["application/json"]["schema"], schemas)),
        answers=answers,
    )
