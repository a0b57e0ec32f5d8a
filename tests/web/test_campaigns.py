"""A campaign is written, told in more languages, looked at, published; its story has a picture."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from referral.campaigns import actions, queries
from referral.plumbing.db import of_brand
from tests import factories as make
from tests.factories import send

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

NEW = "/b/night-fair/campaigns/new"
FAIR = "/b/night-fair/campaigns/fair"
FIELDS = {
    "name": "Books all night",
    "slug": "",
    "locale": "id",
    "title": "Buku semalam suntuk",
    "body": "Aulanya sepanjang lapangan sepak bola.\n\nTidak pernah tutup.",
    "share_text": "Datanglah jam tiga pagi.",
    "picture_alt": "Rak buku di bawah lentera",
    "landing_url": "",
    "starts_at": "2026-11-20T08:00",
    "ends_at": "2026-11-30T20:30",
    "reward": "percent",
    "percent": "7.5",
    "fixed": "",
    "holding_days": "14",
}


def picture(colour: str = "#7c2316") -> tuple[io.BytesIO, str]:
    """Give a picture as a form sends it."""
    return io.BytesIO(make.picture_file(colour)), "story.png"


def fields_of(page: str) -> dict[str, Any]:
    """Read what a page's largest form would send if nothing in it was touched."""
    inputs = re.findall(r"<input[^>]*>", page)
    found = {
        name[1]: unescape((re.search(r'value="([^"]*)"', tag) or ["", ""])[1])
        for tag in inputs
        if (name := re.search(r'name="([^"]+)"', tag))
        and not re.search(r'type="(hidden|checkbox|file)"', tag)
        and ('type="radio"' not in tag or " checked" in tag)
    }
    return found | dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\r?\n?([^<]*)</textarea>', page))


# --- Writing one -----------------------------------------------------------------------------------------------------


def test_a_marketer_writes_a_campaign_and_gets_a_draft(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    assert marketer.get(NEW).status_code == 200

    answer = send(marketer, NEW, FIELDS | {"picture": picture()})

    assert (answer.status_code, answer.location) == (303, "/b/night-fair/campaigns/books-all-night/edit")
    with make.saved(app):
        campaign = queries.by_slug(brand, "books-all-night")
        story = queries.story(campaign, "id")
        plan = queries.plan(campaign)
        assert story is not None
        assert queries.picture_of(story) is not None
    assert campaign.published_at is None
    assert campaign.starts_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert campaign.ends_at == datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
    assert (story.title, story.picture_alt) == ("Buku semalam suntuk", "Rak buku di bawah lentera")
    assert story.share_text == "Datanglah jam tiga pagi."
    assert (plan.kind, plan.basis_points, plan.holding_days) == ("percent", 750, 14)
    assert "as a friend would" in marketer.get(answer.location).text


CLICKING = {
    "utm_template": "?utm_source=tular&utm_medium={channel}",
    "repeat_minutes": "1440",
    "click_cookie": "y",
    "attribution": "split",
    "attribution_days": "30",
}


def test_a_marketer_says_how_clicks_count_and_who_is_credited(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    answer = send(marketer, NEW, FIELDS | CLICKING | {"landing_url": "https://shop.example/?lang=id#hall"})

    def kept() -> tuple[object, ...]:
        with make.saved(app):
            one = queries.by_slug(brand, "books-all-night")
        return (one.utm_template, one.repeat_minutes, one.click_cookie, one.attribution, one.attribution_days)

    assert kept() == ("utm_source=tular&utm_medium={channel}", 1440, True, "split", 30)
    page = marketer.get(answer.location).text
    shown = "https://shop.example/?lang=id&amp;utm_source=tular&amp;utm_medium=whatsapp&amp;tular_click=…#hall"
    assert f'<code class="is-address">{shown}</code>' in page
    untouched = fields_of(page) | {"click_cookie": "y"}
    assert send(marketer, answer.location, untouched).status_code == 303
    assert kept() == ("utm_source=tular&utm_medium={channel}", 1440, True, "split", 30)
    changed = {"utm_template": "", "repeat_minutes": "0", "attribution": "last", "attribution_days": "0"}
    assert send(marketer, answer.location, fields_of(page) | changed).status_code == 303
    assert kept() == (None, 0, False, "last", 0)


def test_without_a_word_no_cookie_is_set_and_the_first_who_told_is_credited(
    app: Flask, brand: Brand, marketer: FlaskClient
) -> None:
    page = marketer.get(NEW).text
    send(marketer, NEW, FIELDS)

    with make.saved(app):
        one = queries.by_slug(brand, "books-all-night")
    assert (one.utm_template, one.repeat_minutes, one.click_cookie) == (None, 60, False)
    assert (one.attribution, one.attribution_days) == ("first", 0)
    assert "consent" in page
    assert "utm_source=tular&amp;utm_medium=whatsapp&amp;utm_campaign=books-all-night&amp;tular_click=…" in page


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("utm_template", "utm_source", "It is written like utm_source=tular"),
        ("utm_template", "tular_click=1", "It is written like utm_source=tular"),
        ("repeat_minutes", "an hour", "between 0 and 1440"),
        ("repeat_minutes", "1441", "between 0 and 1440"),
        ("attribution", "linear", "valid choice"),
        ("attribution_days", "-1", "between 0 and 3650"),
    ],
)
def test_what_clicks_cannot_count_by_comes_back_beside_its_field(
    app: Flask, brand: Brand, marketer: FlaskClient, field: str, typed: str, words: str
) -> None:
    answer = send(marketer, NEW, FIELDS | {field: typed})

    assert answer.status_code == 400
    error = re.search(rf'id="{field}-error">.*?</p>', answer.text, re.DOTALL)
    assert error is not None
    assert words in error[0]


def test_a_fixed_reward_is_an_amount_in_the_brands_currency(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    send(marketer, NEW, FIELDS | {"reward": "fixed", "fixed": "25000", "percent": "", "holding_days": "30"})

    with make.saved(app):
        plan = queries.plan(queries.by_slug(brand, "books-all-night"))
    assert (plan.kind, plan.fixed_minor, plan.currency, plan.holding_days) == ("fixed", 2_500_000, "IDR", 30)


def test_no_money_needs_neither_share_nor_days(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    send(marketer, NEW, FIELDS | {"reward": "none", "percent": "", "holding_days": ""})

    with make.saved(app):
        assert queries.plan(queries.by_slug(brand, "books-all-night")).kind == "none"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Give the campaign a name."),
        ("name", "x" * 121, "at most 120 characters"),
        ("name", "夜市", "The short name takes"),
        ("slug", "Night Fair!", "The short name takes"),
        ("slug", "fair", "The short name fair is taken."),
        ("slug", "new", "The short name takes"),
        ("title", " ", "Give the story a title."),
        ("title", "x" * 161, "at most 160 characters"),
        ("body", "", "its words are missing"),
        ("body", "x" * 20_001, "at most 20000 characters"),
        ("share_text", "x" * 501, "at most 500 characters"),
        ("landing_url", "javascript:alert(1)", "must start with https://"),
        ("landing_url", "https://user@fair.example/", "must start with https://"),
        ("starts_at", "tomorrow", "Write a day and a time"),
        ("ends_at", "2026-11-20T08:00", "The end must come after the start."),
        ("percent", "", "A share is written like 5 or 7.5."),
        ("percent", "101", "at most 100 percent"),
        ("percent", "0", "at most 100 percent"),
        ("holding_days", "400", "between 0 and 365 days"),
        ("holding_days", "", "between 0 and 365 days"),
        ("reward", "everything", "valid choice"),
        ("locale", "fr", "valid choice"),
    ],
)
def test_a_campaign_that_cannot_be_right_comes_back_as_it_was_typed(
    app: Flask, brand: Brand, fair: Campaign, marketer: FlaskClient, field: str, value: str, words: str
) -> None:
    answer = send(marketer, NEW, FIELDS | {field: value})

    assert answer.status_code == 400
    assert words in answer.text
    assert f'id="{field}-error"' in answer.text or f'id="{"slug" if field == "name" else field}-error"' in answer.text
    assert field == "title" or "Buku semalam suntuk" in answer.text
    with make.saved(app):
        assert [one.slug for one in queries.listed(brand)] == ["fair"]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("25.000", None),
        ("a lot", "An amount is written like"),
        ("25.0000", "IDR has at most 2 decimals."),
        ("0", "more than nothing"),
    ],
)
def test_an_amount_that_cannot_be_right_is_told_at_its_field(
    marketer: FlaskClient, amount: str, words: str | None
) -> None:
    answer = send(marketer, NEW, FIELDS | {"reward": "fixed", "fixed": amount})

    assert answer.status_code == 400
    assert (words or "IDR has at most 2 decimals.") in answer.text
    assert 'id="fixed-error"' in answer.text


def test_a_picture_that_is_none_is_refused_and_nothing_is_made(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    answer = send(marketer, NEW, FIELDS | {"picture": (io.BytesIO(b"<svg onload=alert(1)>"), "story.png")})

    assert answer.status_code == 400
    assert "The picture cannot be read" in answer.text
    with make.saved(app):
        assert queries.listed(brand) == []


def test_a_form_that_comes_back_asks_for_its_picture_again(marketer: FlaskClient) -> None:
    answer = send(marketer, NEW, FIELDS | {"title": "", "picture": picture()})

    assert answer.status_code == 400
    assert "Please choose the picture once more." in answer.text


# --- Changing one ----------------------------------------------------------------------------------------------------


def test_saving_a_form_that_nobody_touched_changes_nothing(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    exactly = datetime(2026, 11, 20, 8, 0, 30, 250_000, tzinfo=UTC)
    with make.saved(app):
        campaign = make.campaign(brand, "fair", percent=725, landing_url="https://fair.example/?a=b")
        actions.change(campaign, name=campaign.name, landing_url=campaign.landing_url, starts_at=exactly, ends_at=None)

    answer = send(marketer, f"{FAIR}/edit", fields_of(marketer.get(f"{FAIR}/edit").text))

    assert answer.status_code == 303
    with make.saved(app):
        after = queries.by_slug(brand, "fair")
        story = queries.story(after, "en")
        assert story is not None
        assert len(queries.plans(after)) == 1
    assert (after.name, after.landing_url, after.starts_at) == (campaign.name, campaign.landing_url, exactly)
    assert story.body == "The hall is as long as a football pitch.\n\nIt does not close."


def test_a_changed_reward_is_a_new_version_and_the_old_one_is_still_shown(
    app: Flask, brand: Brand, fair: Campaign, marketer: FlaskClient
) -> None:
    fields = fields_of(marketer.get(f"{FAIR}/edit").text)

    send(marketer, f"{FAIR}/edit", fields | {"reward": "fixed", "fixed": "25000", "holding_days": "1"})

    page = marketer.get(f"{FAIR}/edit").text
    assert "5% of each sale, after 14 days" in page
    assert "IDR25,000 for each sale, after 1 day<" in page
    with make.saved(app):
        assert [plan.version for plan in queries.plans(fair)] == [2, 1]


def test_a_change_that_fails_changes_nothing_at_all(
    app: Flask, brand: Brand, fair: Campaign, marketer: FlaskClient
) -> None:
    fields = fields_of(marketer.get(f"{FAIR}/edit").text)

    answer = send(marketer, f"{FAIR}/edit", fields | {"name": "Another name", "title": "x" * 200})

    assert answer.status_code == 400
    with make.saved(app):
        assert queries.by_slug(brand, "fair").name == fair.name


def test_a_picture_is_replaced_and_taken_away(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    fields = fields_of(marketer.get(f"{FAIR}/edit").text)
    seen = []
    for more in ({"picture": picture("#112233")}, {}, {"picture": picture("#332211")}, {"no_picture": "y"}):
        send(marketer, f"{FAIR}/edit", fields | more)
        seen.append(re.findall(r'src="/pictures/([0-9a-f]{64})\.jpg"', marketer.get(f"{FAIR}/edit").text))

    assert [len(found) for found in seen] == [1, 1, 1, 0]
    assert seen[0] == seen[1] != seen[2]


def test_publishing_opens_the_page_and_withdrawing_closes_it(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(brand, "fair", state="draft")
    visitor = app.test_client()
    assert visitor.get("/c/fair").status_code == 404

    assert send(marketer, f"{FAIR}/publish").location == f"{FAIR}/links"
    assert visitor.get("/c/fair").status_code == 200
    assert "Withdraw it" in marketer.get(f"{FAIR}/edit").text

    assert send(marketer, f"{FAIR}/withdraw").location == f"{FAIR}/edit"
    assert visitor.get("/c/fair").status_code == 404
    assert "Publish" in marketer.get(f"{FAIR}/edit").text


# --- More languages --------------------------------------------------------------------------------------------------


def test_a_story_is_told_in_more_languages_with_the_same_picture(
    app: Flask, brand: Brand, fair: Campaign, marketer: FlaskClient
) -> None:
    with make.saved(app):
        first = queries.story(fair, "en")
        assert first is not None
        shared = make.picture(brand, first)
    assert marketer.get(f"{FAIR}/stories").status_code == 200
    assert first.title in marketer.get(f"{FAIR}/stories/pl").text

    answer = send(
        marketer, f"{FAIR}/stories/pl", {"title": "Książki całą noc", "body": "Hala nie zamyka się.", "which": "same"}
    )

    assert answer.location == f"{FAIR}/stories"
    assert "Książki całą noc" in marketer.get(f"{FAIR}/stories").text
    with make.saved(app):
        story = queries.story(fair, "pl")
        assert story is not None
    assert story.picture_id == shared.id


def test_a_story_in_another_language_may_have_a_picture_of_its_own_or_none(
    app: Flask, brand: Brand, fair: Campaign, marketer: FlaskClient
) -> None:
    words = {"title": "Książki całą noc", "body": "Hala nie zamyka się."}
    with make.saved(app):
        first = queries.story(fair, "en")
        assert first is not None
        shared = make.picture(brand, first)
    found = []
    for more in (
        {"which": "own", "picture": picture("#112233")},
        {"which": "own"},
        {"which": "none"},
        {"which": "same"},
    ):
        assert send(marketer, f"{FAIR}/stories/pl", words | more).status_code == 303
        with make.saved(app):
            story = queries.story(fair, "pl")
            assert story is not None
            found.append(story.picture_id)

    assert found[0] == found[1] not in (None, shared.id)
    assert found[2:] == [None, shared.id]


def test_a_language_that_we_do_not_have_is_not_found(fair: Campaign, marketer: FlaskClient) -> None:
    assert marketer.get(f"{FAIR}/stories/fr").status_code == 404
    assert marketer.get(f"{FAIR}/stories/en").location == f"{FAIR}/edit"


def test_a_story_without_words_comes_back(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    answer = send(marketer, f"{FAIR}/stories/pl", {"title": "Książki", "body": "", "which": "none"})

    assert answer.status_code == 400
    assert 'value="Książki"' in answer.text
    with make.saved(app):
        assert queries.story(fair, "pl") is None


def test_a_draft_is_looked_at_as_a_friend_would_in_each_language(
    app: Flask, brand: Brand, marketer: FlaskClient
) -> None:
    with make.saved(app):
        make.story(make.campaign(brand, "fair", state="draft"), "id", "Buku semalam suntuk", "Tidak pernah tutup.")

    english, indonesian = (marketer.get(f"{FAIR}/preview?lang={locale}").text for locale in ("en", "id"))

    assert "Books all night, until the last one is home" in english
    assert "Buku semalam suntuk" in indonesian
    assert '<html lang="id"' in indonesian


# --- Pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_is_served_for_ever_under_its_own_name(app: Flask, brand: Brand, fair: Campaign) -> None:
    with make.saved(app):
        story = queries.story(fair, "en")
        assert story is not None
        made = make.picture(brand, story, make.picture_file(size=(800, 600)))
    visitor = app.test_client()

    page, preview = visitor.get(f"/pictures/{made.sha256}.jpg"), visitor.get(f"/pictures/{made.sha256}/preview.jpg")

    assert page.mimetype == preview.mimetype == "image/jpeg"
    assert Image.open(io.BytesIO(page.data)).size == (800, 600)
    assert Image.open(io.BytesIO(preview.data)).size == (1200, 630)
    assert page.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = visitor.get(f"/pictures/{made.sha256}.jpg", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("name", ["0" * 64, "story", "..%2f..%2fetc%2fpasswd", "x" * 5000])
def test_a_picture_that_nobody_has_is_not_found(app: Flask, name: str) -> None:
    visitor = app.test_client()

    assert visitor.get(f"/pictures/{name}.jpg").status_code == 404
    assert visitor.get(f"/pictures/{name}/preview.jpg").status_code == 404


def test_signs_that_cannot_be_seen_do_not_get_into_a_story(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")
    browser = make.signed_in(app, owner)

    answer = make.send(
        browser,
        f"/b/{brand.slug}/campaigns/{campaign.slug}/stories/pl",
        {"title": "Ksi\x00ążki", "body": "Hala\x00 jest\r\ndługa.", "which": "none"},
    )

    assert answer.status_code in (302, 303)
    with app.app_context(), of_brand(brand.id):
        story = queries.story(campaign, "pl")
        assert story is not None
        assert (story.title, story.body) == ("Książki", "Hala jest\ndługa.")
