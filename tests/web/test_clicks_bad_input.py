"""What is sent to the click path by those who mean no good, or know no better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import factories as make
from tests.web.following import PHONE, WHATSAPP, noted

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


NO_CODES = (
    "K7M2Q9X",
    "K7M2Q9XDD",
    "K7M2Q9XU",
    "K" * 4096,
    "K7M2Q9XD." + "w" * 4096,
    "K7M2Q9X%00",
    "%00",
    "K7M2Q9XD%00",
    "K7M2Q9XD%0d%0aSet-Cookie:%20a=b",
    "K7M2Q9XD/",
    "K7M2Q9XD/../../b",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "K7M2Q9%FF%FE",
    "%254B7M2Q9XD",
    "' OR 1=1 --",
)


@pytest.mark.parametrize("start", ["/r/", "/R/"])
def test_whatever_stands_in_a_codes_place_gets_a_friendly_page_and_no_visit(
    app: Flask, client: FlaskClient, start: str
) -> None:
    with make.saved(app):
        make.link(make.campaign(make.brand()))

    answers = {written: client.get(f"{start}{written}", headers=PHONE) for written in NO_CODES}

    assert {written: answer.status_code for written, answer in answers.items()} == dict.fromkeys(NO_CODES, 404)
    assert all("a=b" not in answer.headers.get("Set-Cookie", "") for answer in answers.values())
    assert make.drain(app) == 0


def test_a_percent_encoded_code_is_the_code(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code
    encoded = "".join(f"%{ord(sign):02x}" for sign in code)

    assert client.get(f"/r/{encoded}", headers=PHONE).status_code == 302
    assert client.get(f"/r/{encoded[:3]}{code[1:]}", headers=PHONE).status_code == 302


def test_a_host_of_another_name_leads_nobody_astray(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        brand = make.brand()
        own = make.link(make.campaign(brand)).code
        shop = make.link(make.campaign(brand, "shop", landing_url="https://shop.example/")).code
    evil = {**PHONE, "Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    for code, beginning in ((own, "/c/fair?"), (shop, "https://shop.example/?")):
        assert client.get(f"/r/{code}", headers=evil).headers["Location"].startswith(beginning)
    assert "evil.example" not in client.get(f"/r/{own}", headers={**evil, **WHATSAPP}).text


def test_other_ways_of_asking_are_refused_and_not_noted(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code
    methods = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")

    answers = [client.open(f"/{r}/{code}", method=method, headers=PHONE) for r in "rR" for method in methods]

    assert [answer.status_code for answer in answers] == [405] * len(answers)
    assert all({"GET", "HEAD"} <= set(answer.headers["Allow"].split(", ")) for answer in answers)
    assert make.drain(app) == 0


def test_who_only_asks_what_may_be_asked_is_not_noted(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code

    answer = client.options(f"/r/{code}", headers=PHONE)

    assert answer.status_code == 200
    assert make.drain(app) == 0


def test_an_address_that_a_stranger_claims_makes_nobody_new(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.link(campaign).code

    for number in range(4):
        client.get(f"/r/{code}", headers={**PHONE, "X-Forwarded-For": f"203.0.113.{number}"})

    assert noted(app, campaign) == {"counted": 1, "repeat": 3}


@pytest.mark.settings(TRUSTED_PROXIES=1)
def test_behind_a_proxy_of_ours_visitors_are_told_apart_by_what_it_says_and_not_by_what_they_say(
    app: Flask, client: FlaskClient
) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.link(campaign).code

    for said in ("203.0.113.1", "203.0.113.2", "6.6.6.6, 203.0.113.1", "203.0.113.3, 203.0.113.2:52100"):
        client.get(f"/r/{code}", headers={**PHONE, "X-Forwarded-For": said})

    assert noted(app, campaign) == {"counted": 2, "repeat": 2}


def test_asking_with_head_is_answered_without_a_body_and_never_counts(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        code, over = make.link(campaign).code, make.link(make.campaign(brand, "over", state="over")).code

    answers = [client.head(path, headers=PHONE) for path in (f"/r/{code}", f"/R/{code}", f"/r/{over}", "/r/ABCDEFG1")]

    assert [answer.status_code for answer in answers] == [302, 302, 410, 404]
    assert all(answer.data == b"" for answer in answers)
    assert "tular_click=" in answers[0].headers["Location"]
    assert noted(app, campaign) == {"head": 2}


def test_a_cookie_that_is_nobodys_leaves_a_visit_what_it_is(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.link(campaign).code
    cookies = (
        "tular=",
        "tular=x.y.z",
        "tular=" + "A" * 8000,
        'tular="\\',
        "tular=a; tular=b",
        "tular\xff=\xff; tular=x",
    )

    answers = [client.get(f"/r/{code}", headers={**PHONE, "Cookie": cookie}).status_code for cookie in cookies]

    assert answers == [302] * len(cookies)
    assert noted(app, campaign) == {"counted": 1, "repeat": len(cookies) - 1}
