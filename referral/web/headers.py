"""Security headers, on every answer."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)

FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""For the one page that other sites may show in theirs: it tells nothing that is not public, and changes nothing."""

GATE = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'") + "; worker-src 'self'"
"""For the gate app: its reader of codes is WebAssembly, which its page compiles and hands to a worker."""

WITHOUT_DEVICES = "camera=(), microphone=(), geolocation=(), payment=()"
WITH_CAMERA = WITHOUT_DEVICES.replace("camera=()", "camera=(self)")


def attach(app: Flask) -> None:
    """Set the headers on whatever the application answers."""

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", WITHOUT_DEVICES)
        if headers["Content-Security-Policy"] != FRAMED:
            headers.setdefault("X-Frame-Options", "DENY")
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response
