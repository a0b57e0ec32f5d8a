"""The API's own description: for programs as OpenAPI, for people as a page."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from referral.api.openapi import SCOPES, describe

calls = Blueprint("api", __name__)


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
    areas: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in description["tags"]}
    for path, methods in description["paths"].items():
        for method, call in methods.items():
            areas[call["tags"][0]].append({"path": path, "method": method.upper(), **call})
    return render_template("api/docs.html", description=description, areas=areas, scopes=SCOPES)


docs.access = "open"  # type: ignore[attr-defined]
