"""The short link: whoever follows it is noted and led on, and what asks for a preview gets the story's card."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from referral.campaigns import actions as campaigns
from referral.campaigns import queries as found_campaigns
from referral.clicks.rules.visits import landing
from referral.introductions import queries as introductions
from referral.links import actions as links
from referral.links import queries as found_links
from referral.plumbing import ids
from tests import factories as make
from tests.web.following import PHONE, WHATSAPP, noted

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


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
