"""Problems: how a program is told what did not work (RFC 9457)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from referral.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Refusal, TooMany, Unauthenticated
from referral.plumbing.limits import limiter

PREFIXES = ("/api/", "/g/api/")
_STATUS: dict[type[Refusal], int] = {
    Invalid: 422,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooMany: 413,
}
# What the caller said: they know it, and an answer that repeats it carries it into their logs.
_REPEATED = frozenset({"external_id", "slug"})


def from_program() -> bool:
    """Tell whether the request in hand comes from a program."""
    return request.path.startswith(PREFIXES)


def refused(refusal: Refusal) -> Response:
    """Answer a refusal, its code and fields as they are."""
    status = next((number for kind, number in _STATUS.items() if isinstance(refusal, kind)), 400)
    return problem(status, refusal.code, {k: v for k, v in refusal.fields.items() if k not in _REPEATED})


def failed(error: HTTPException) -> Response:
    """Answer what the framework refused: no such address, wrong method, too large, too fast."""
    if error.code is not None and 300 <= error.code < 400:
        return error.get_response()
    response = problem(error.code or 500, (error.name or "error").lower().replace(" ", "_"), {})
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    if error.code == 429 and (limit := limiter.current_limit) is not None:
        response.headers["Retry-After"] = str(max(1, round(limit.reset_at - time.time())))
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
