"""What a campaign and its links say, at each visit: where it leads, whether it counts, what a browser may remember."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from referral.introductions import queries as introductions
from referral.links import actions as links
from referral.links import queries as found_links
from referral.plumbing import clock
from tests import factories as make
from tests.parts.clicking import PHONE, changed, click_of, verdicts

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


# --- Settings of a campaign ------------------------------------------------------------------------------------------


def test_what_a_campaign_says_anew_holds_for_the_next_visit(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        link = make.link(make.campaign(make.brand()))
        code = link.code

    def led() -> str:
        return client.get(f"/r/{code}", headers=PHONE).location.partition("tular_click=")[0]

    assert led() == f"/c/fair?via={code}&"
    changed(app, code, landing_url="https://shop.example/fair?lang=id")
    assert led() == "https://shop.example/fair?lang=id&"
    changed(app, code, utm_template="utm_medium={channel}&utm_content={code}&lang=en")
    assert led() == f"https://shop.example/fair?lang=id&utm_medium=poster&utm_content={code}&"
    changed(app, code, landing_url=None)
    assert led() == f"/c/fair?via={code}&"
    changed(app, code, ends_at=clock.now() - timedelta(days=1), starts_at=clock.now() - timedelta(days=2))
    assert client.get(f"/r/{code}", headers=PHONE).status_code == 410
    changed(app, code, starts_at=clock.now() + timedelta(days=1))
    assert "opens on" in client.get(f"/r/{code}", headers=PHONE).text


def test_a_link_that_is_switched_off_and_on_again_is_followed_again(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code

    found = []
    for on in (True, False, True):
        with make.saved(app):
            link = found_links.by_code(code)
            assert link is not None
            links.switch(link, on=on)
        found.append(client.get(f"/r/{code}", headers=PHONE).status_code)

    assert found == [302, 404, 302]


def test_a_campaigns_window_is_the_one_it_says_now(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    changed(app, code, repeat_minutes=0)
    for _ in range(3):
        client.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    changed(app, code, repeat_minutes=60)
    client.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    assert verdicts(app) == {"counted": 3, "repeat": 1}


# --- The cookie ------------------------------------------------------------------------------------------------------


def test_no_browser_is_asked_to_remember_anything_unless_the_campaign_allows_it(
    app: Flask, client: FlaskClient
) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    assert "Set-Cookie" not in client.get(f"/r/{code}", headers=PHONE).headers
    changed(app, code, click_cookie=True)
    answer = client.get(f"/r/{code}", headers=PHONE)

    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name == f"tular_click={click_of(answer)}"
    assert set(attributes) == {f"Max-Age={30 * 86_400}", "Path=/c/fair", "HttpOnly", "SameSite=Lax"}
    assert "Set-Cookie" not in client.head(f"/r/{code}", headers=PHONE).headers
    assert "Set-Cookie" not in client.get(f"/r/{code}", headers={"User-Agent": "Googlebot/2.1"}).headers
    changed(app, code, attribution_days=7)
    assert f"Max-Age={7 * 86_400}" in client.get(f"/r/{code}", headers=PHONE).headers["Set-Cookie"]


@pytest.mark.settings(PUBLIC_URL="https://tular.test")
def test_the_cookie_is_for_secure_connections_where_there_are_such(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    changed(app, code, click_cookie=True)

    assert client.get(f"/r/{code}", headers=PHONE).headers["Set-Cookie"].endswith("; Secure")


def test_below_a_path_of_its_own_an_installation_keeps_its_cookies_there(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        ayu = make.fan(make.campaign(make.brand()), "Ayu")
        code = make.code_of(ayu)
    changed(app, code, click_cookie=True)
    below = "http://localhost/told"

    answer = client.get(f"/r/{code}", headers=PHONE, base_url=below)
    make.send(client, "/c/fair/join", {"name": "Budi", "contact": "budi@example.org"}, headers=PHONE, base_url=below)

    assert answer.headers["Location"].startswith("/told/c/fair?")
    assert "Path=/told/c/fair" in answer.headers["Set-Cookie"].split("; ")
    with make.saved(app):
        assert [one.name for one in introductions.branch(ayu)] == ["Budi"]


@pytest.mark.parametrize("is_allowed_still", [True, False])
def test_who_comes_back_without_a_code_is_known_by_the_cookie_while_it_is_allowed(
    app: Flask, client: FlaskClient, is_allowed_still: bool
) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
        code = make.code_of(ayu)
    changed(app, code, click_cookie=True)
    client.get(f"/r/{code}.wa", headers=PHONE)
    changed(app, code, click_cookie=is_allowed_still)

    make.send(client, "/c/fair/join", {"name": "Budi", "contact": "budi@example.org"}, headers=PHONE)

    with make.saved(app):
        told = [(one.name, one.channel) for one in introductions.branch(ayu)]
    assert told == ([("Budi", "whatsapp")] if is_allowed_still else [])
