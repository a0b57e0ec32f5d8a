"""How a test reads a refusal of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Give the status and the code of a refusal, which must be a problem document."""
    body = problem(answer)
    return answer.status_code, str(body["code"])


def problem(answer: TestResponse) -> dict[str, Any]:
    """Give the problem document of a refusal."""
    assert answer.status_code >= 400, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)
    body: dict[str, Any] = answer.get_json()
    assert body["status"] == answer.status_code
    assert body["type"] == f"urn:tular:problem:{body['code']}"
    assert body["title"]
    return body


def wrong_fields(answer: TestResponse) -> dict[str, str]:
    """Give the code of each wrong field of a refused document."""
    body = problem(answer)
    assert (answer.status_code, body["code"]) == (422, "document_invalid"), body
    assert all(set(one) == {"field", "code", "message"} for one in body["errors"])
    return {one["field"]: one["code"] for one in body["errors"]}
