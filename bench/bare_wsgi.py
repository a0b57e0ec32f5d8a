"""What the click path is compared with: a WSGI function that answers every request with the same redirect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEADERS = [
    ("Location", "/c/loaded?via=K7M2Q9XD&tular_click=01KXYZ0123456"),
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Content-Length", "0"),
]


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Redirect."""
    if environ["PATH_INFO"] == "/healthz":
        start_response("200 OK", [("Content-Length", "0")])
        return []
    start_response("302 Found", HEADERS)
    return []
