"""The short link: whoever follows it is noted and led on, and what asks for a preview gets the story's card."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from referral.campaigns import actions as campaigns
from referral.campaigns import queries as found_campaigns
from referral.clicks import queries as clicks
from referral.clicks.rules.visits import landing
from referral.introductions import queries as introductions
from referral.links import actions as links
from referral.links import queries as found_links
from referral.plumbing import ids
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.campaigns.models import Campaign

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"}
WHATSAPP = {"User-Agent": "WhatsApp/2.23.20.0"}


def noted(app: Flask, campaign: Campaign) -> dict[str, int]:
    """Count what was noted of a campaign, by verdict."""
    make.drain(app)
    with make.saved(app):
        return clicks.counts(campaign)


def test_a_friend_is_led_to_the_story_and_noted_once(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.code_of(make.fan(campaign, "Ayu"))

    answer = client.get(f"/r/{code}.wa", headers=PHONE)

    assert answer.status_code == 302
    where = urlsplit(answer.location)
    told = parse_qs(where.query)
    assert (where.path, told["via"]) == ("/c/fair", [code])
    assert ids.read(told["tular_click"][0]) is not None
    assert noted(app, campaign) == {"counted": 1}


def test_a_visit_is_kept_by_no_cache_no_search_engine_and_no_next_page(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    headers = client.get(f"/r/{code}", headers=PHONE).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("url", "led"),
    [
        ("https://shop.example", "https://shop.example?tular_click=C"),
        ("https://shop.example/a?b=1&c", "https://shop.example/a?b=1&c&tular_click=C"),
        ("https://shop.example/#/deep?x=1", "https://shop.example/?tular_click=C#/deep?x=1"),
        ("https://shop.example/?q=%C5%82&tular_click=OLD", "https://shop.example/?q=%C5%82&tular_click=C"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x?tular_click=C"),
    ],
)
def test_the_click_is_added_to_the_landing_address_and_all_else_stays(url: str, led: str) -> None:
    assert landing(url, "C") == led


def test_a_campaign_with_a_landing_address_leads_there(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand(), landing_url="https://shop.example/fair?lang=id#hall")
        code = make.code_of(make.fan(campaign))

    answer = client.get(f"/r/{code}", headers=PHONE)

    where = urlsplit(answer.location)
    assert answer.status_code == 302
    assert (where.netloc, where.path, where.fragment) == ("shop.example", "/fair", "hall")
    assert parse_qs(where.query)["lang"] == ["id"]
    assert set(parse_qs(where.query)) == {"lang", "tular_click"}


@pytest.mark.parametrize(
    ("path", "channel"),
    [("/r/{}.wa", "whatsapp"), ("/r/{}", "copy"), ("/R/{}", "qr"), ("/r/{}.", "copy"), ("/r/{}.x", "x")],
)
def test_the_click_knows_how_the_link_was_passed_on(app: Flask, client: FlaskClient, path: str, channel: str) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        fan = make.fan(campaign)
        code = make.code_of(fan)

    answer = client.get(path.format(code), headers=PHONE)
    make.send(
        client, answer.location.replace("/c/fair", "/c/fair/join"), {"name": "Budi", "contact": "budi@example.org"}
    )

    with make.saved(app):
        assert [(one.name, one.channel) for one in introductions.branch(fan)] == [("Budi", channel)]


def test_a_code_is_known_in_any_case_and_with_look_alikes(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.code_of(make.fan(campaign))
    typed = code.lower().replace("0", "o").replace("1", "l")

    assert client.get(f"/r/{typed}", headers=PHONE).status_code == 302
    assert client.get(f"/R/{code}", headers=PHONE).status_code == 302


@pytest.mark.parametrize(
    "written",
    ["ABCDEFG1", "ABCDEFGU", "A", "A" * 400, "ABCD%20FG1", "..%5c..%5c", "ＡＢＣＤＥＦＧ１", "<script>"],
)
def test_an_unknown_code_gets_a_friendly_page(client: FlaskClient, app: Flask, written: str) -> None:
    with make.saved(app):
        make.brand()

    answer = client.get(f"/r/{written}", headers=PHONE)

    assert answer.status_code == 404
    assert "No story has this code" in answer.text
    assert "<script>" not in answer.text.replace("<script type", "")


def test_a_link_that_is_off_and_a_draft_look_like_an_unknown_code(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        brand = make.brand()
        off = make.link(make.campaign(brand))
        links.switch(off, on=False)
        draft = make.link(make.campaign(brand, "later", state="draft"))

    pages = [client.get(f"/r/{code}", headers=PHONE) for code in (off.code, draft.code, "ABCDEFG1")]

    assert [page.status_code for page in pages] == [404, 404, 404]
    assert len({page.text.partition("<main")[2] for page in pages}) == 1


def test_a_campaign_that_opens_later_says_when(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand(), state="upcoming")
        code = make.link(campaign).code

    answer = client.get(f"/r/{code}", headers=PHONE)

    assert answer.status_code == 200
    assert "This story opens on" in answer.text
    assert noted(app, campaign) == {"counted": 1}


def test_a_campaign_that_is_over_says_so(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand(), state="over")).code

    answer = client.get(f"/r/{code}", headers=PHONE)

    assert answer.status_code == 410
    assert "has come to its end" in answer.text


def test_what_is_not_a_person_is_noted_and_not_counted(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        ayu = make.fan(campaign)
        code, person, owner = make.code_of(ayu), make.person_of(ayu), make.member(brand)

    client.get(f"/r/{code}", headers={"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"})
    client.get(f"/r/{code}", headers={"User-Agent": ""})
    client.get(f"/r/{code}", headers={**PHONE, "Sec-Purpose": "prefetch;prerender"})
    client.get(f"/r/{code}", headers={**PHONE, "Sec-Fetch-Dest": "image"})
    client.head(f"/r/{code}", headers=PHONE)
    make.signed_in_person(app, person).get(f"/r/{code}", headers=PHONE)
    make.signed_in(app, owner).get(f"/r/{code}", headers=PHONE)
    client.get(f"/r/{code}", headers=PHONE)

    assert noted(app, campaign) == {"bot": 2, "prefetch": 2, "head": 1, "own": 1, "staff": 1, "counted": 1}


def test_a_chat_app_gets_the_storys_card_in_its_tellers_language_and_nothing_of_the_teller(
    app: Flask, client: FlaskClient
) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        make.picture(brand, make.story(campaign, "id"))
        ayu = make.fan(campaign, "Ayu Dewi", locale="id", shows_name=True)
        code = make.code_of(ayu)

    answer = client.get(f"/r/{code}.wa", headers=WHATSAPP)

    assert answer.status_code == 200
    assert '<html lang="id"' in answer.text
    assert '<meta property="og:title" content="Buku semalam suntuk">' in answer.text
    assert '<meta property="og:description" content="Aulanya tidak pernah tutup.">' in answer.text
    assert f'<meta property="og:url" content="http://tular.test/r/{code}.wa">' in answer.text
    assert '<meta property="og:image" content="http://tular.test/pictures/' in answer.text
    assert '<meta property="og:image:width" content="1200">' in answer.text
    assert "Ayu" not in answer.text
    assert noted(app, campaign) == {"bot": 1}


def test_the_picture_of_a_card_is_there_and_has_the_size_it_says(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        told = found_campaigns.story(campaign, "en")
        assert told is not None
        picture = make.picture(brand, told)

    answer = client.get(f"/pictures/{picture.sha256}/preview.jpg")

    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")


@pytest.mark.settings(RATE_LIMITS=True)
def test_guessing_codes_is_slowed_down_and_following_known_ones_is_not(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code

    known = Counter(client.get(f"/r/{code}", headers=PHONE).status_code for _ in range(40))
    guessed = Counter(client.get(f"/r/ABCDEFG{number % 10}", headers=PHONE).status_code for number in range(40))

    assert known == {302: 40}
    assert guessed == {404: 30, 429: 10}


def test_a_withdrawn_campaign_is_no_longer_heard_of(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.link(campaign).code
    with make.saved(app):
        link = found_links.by_code(code)
        assert link is not None
        campaigns.withdraw(found_campaigns.by_id(link.brand_id, link.campaign_id))

    assert client.get(f"/r/{code}", headers=PHONE).status_code == 404


# --- What is sent by those who mean no good, or know no better -------------------------------------------------------


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
