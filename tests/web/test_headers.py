"""What every answer carries, and what a form needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.engines("sqlite")
def test_every_page_carries_the_security_headers_also_where_nothing_is(app: Flask) -> None:
    with make.saved(app):
        make.campaign(make.brand())
    browser = app.test_client()

    for path in ("/", "/c/fair", "/r/ZZZZZZZZ", "/sign-in", "/api/v1/campaigns", "/nothing"):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "Referrer-Policy" in headers


@pytest.mark.engines("sqlite")
def test_a_page_served_by_https_asks_to_be_always(app: Flask) -> None:
    with make.saved(app):
        make.brand()

    assert "Strict-Transport-Security" in app.test_client().get("/sign-in", base_url="https://tular.test").headers
    assert "Strict-Transport-Security" not in app.test_client().get("/sign-in").headers


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("path", ["/sign-in", "/c/fair/join", "/language", "/me/sign-in"])
def test_a_form_without_its_token_changes_nothing(app: Flask, path: str) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    answer = app.test_client().post(path, data={"name": "Ayu", "contact": "ayu@mail.example", "email": "a@b.example"})

    assert answer.status_code == 400
    assert "Please try once more" in answer.text


@pytest.mark.engines("sqlite")
def test_the_cookie_is_for_this_site_only(app: Flask) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    cookie = app.test_client().get("/c/fair").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.engines("sqlite")
@pytest.mark.settings(PUBLIC_URL="https://tular.test")
def test_behind_tls_the_cookie_is_bound_to_the_host(app: Flask) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    cookie = app.test_client().get("/c/fair", base_url="https://tular.test").headers["Set-Cookie"]

    assert cookie.startswith("__Host-tular=")
    assert "Secure" in cookie
