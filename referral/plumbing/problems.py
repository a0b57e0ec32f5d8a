"""Problems: how a program is told what did not work (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from referral.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Refusal, Unauthenticated

PREFIX = "/api/"
_STATUS: dict[type[Refusal], int] = {
    Invalid: 422,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
}


def from_program() -> bool:
    """Tell whether the request in hand comes from a program."""
    return request.path.startswith(PREFIX)


def refused(refusal: Refusal) -> Response:
    """Answer a refusal, its code and fields as they are."""
    status = next((number for kind, number in _STATUS.items() if isinstance(refusal, kind)), 400)
    return problem(status, refusal.code, refusal.fields)


def failed(error: HTTPException) -> Response:
    """Answer what the framework refused: no such address, wrong method, too fast."""
    response = problem(error.code or 500, (error.name or "error").lower().replace(" ", "_"), {})
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def problem(status: int, code: str, fields: Mapping[str, Any]) -> Response:
    """Answer with a problem document; `code` is for programs, the other fields say more."""
    body: dict[str, Any] = {
        "type": f"urn:tular:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
    }
    body.update({key: value for key, value in fields.items() if key not in body})
    response = Response(json.dumps(body, default=str), status=status, mimetype="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="tular"'
    return response
