"""The main journeys, whole, in a real Chromium: what each group of people came for, on the device that they hold."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from referral.campaigns import queries as campaigns
from referral.fans import queries as fans
from referral.plumbing.db import every_brand
from referral.spread import queries as spread
from tests import factories as make
from tests.browser.conftest import DESK, PHONE, LiveServer

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign

PASSWORD = make.PASSWORD


def decoded(picture: bytes) -> str:
    """Read a QR code off a picture with a reader that did not make it."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))
    assert len(found) == 1
    return str(found[0].text)


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def join(page: Page, address: str, name: str, contact: str) -> None:
    """Follow a link, read, and join."""
    page.goto(address)
    page.fill("input[name=name]", name)
    page.fill("input[name=contact]", contact)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/me/**")


def link_on(page: Page) -> str:
    """Read the code of the link that a page shows."""
    code = re.search(r"/R/([0-9A-HJKMNP-TV-Z]{8})", page.inner_text("main"), re.IGNORECASE)
    assert code is not None
    return code[1].upper()


def test_the_first_run_page_makes_the_first_brand_and_owner(
    live_server: LiveServer, desk: Page, axe: Callable[..., None]
) -> None:
    desk.goto("/")
    expect(desk).to_have_url(re.compile("/start$"))
    axe(desk)

    desk.fill("input[name=name]", "The Night Fair")
    desk.fill("input[name=slug]", "night-fair")
    desk.select_option("select[name=currency]", "IDR")
    desk.fill("input[name=owner]", "Ratna")
    desk.fill("input[name=email]", "ratna@fair.example")
    desk.fill("input[name=password]", PASSWORD)
    desk.fill("input[name=again]", PASSWORD)
    desk.click("main button[type=submit]")

    if "/sign-in" in desk.url:
        sign_in(desk, "ratna@fair.example")
    expect(desk).to_have_url(re.compile("/b/night-fair"))
    axe(desk)


def test_a_marketer_makes_a_campaign_previews_it_publishes_it_and_gets_a_poster_link(
    live_server: LiveServer, desk: Page, axe: Callable[..., None]
) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        marketer = make.member(brand, "marketer")
    sign_in(desk, marketer.email)

    desk.goto(f"/b/{brand.slug}/campaigns/new")
    axe(desk)
    desk.fill("input[name=name]", "Books all night")
    desk.fill("input[name=slug]", "books")
    desk.fill("input[name=title]", "Books all night, until the last one is home")
    desk.fill("textarea[name=body]", "The hall is long.\n\nIt does not close.")
    desk.set_input_files(
        "input[name=picture]",
        {"name": "hall.png", "mimeType": "image/png", "buffer": make.picture_file(size=(1200, 800))},
    )
    desk.fill("input[name=picture_alt]", "Rows of books under warm light")
    desk.check("input[name=reward][value=percent]")
    desk.fill("input[name=percent]", "5")
    desk.fill("input[name=holding_days]", "14")
    desk.click("main form.form button[type=submit], main form[enctype] button[type=submit]")
    desk.wait_for_load_state()

    desk.goto(f"/b/{brand.slug}/campaigns/books/preview")
    expect(desk.get_by_role("heading", name="Books all night, until the last one is home")).to_be_visible()
    axe(desk)

    desk.goto(f"/b/{brand.slug}/campaigns/books/edit")
    axe(desk)
    desk.locator("form[action$='/publish'] button").first.click()
    desk.wait_for_load_state()
    desk.goto(f"/b/{brand.slug}/campaigns/books/links")
    desk.fill("input[name=label]", "Poster in hall B")
    desk.select_option("select[name=channel]", "poster")
    desk.get_by_role("button", name="Make the link").click()
    expect(desk.get_by_text("Poster in hall B").first).to_be_visible()
    axe(desk)

    code = link_on(desk)
    picture = desk.request.get(f"/q/{code}.png?size=320")
    assert decoded(picture.body()) == f"{live_server.url.upper()}/R/{code}"
    visitor = desk.request.get(f"/R/{code}", max_redirects=0)
    assert visitor.status == 302


@pytest.mark.parametrize("java_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_story_is_passed_on_over_three_generations_on_phones(
    live_server: LiveServer, browse: Callable[..., Page], axe: Callable[..., None], java_script: bool
) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        poster = make.link(campaign, "Hall B", "poster")
    people: list[Page] = []
    address = f"/R/{poster.code}"

    for name in ("Ayu", "Budi", "Citra"):
        person = browse(PHONE, java_script_enabled=java_script)
        person.goto(address)
        assert "ayu@" not in person.url
        join(person, address, name, f"{name.lower()}@mail.example")
        address = f"/r/{link_on(person)}.wa"
        people.append(person)

    first = people[0]
    first.reload()
    expect(first.locator("main")).to_contain_text("2 people")
    expect(first.locator("main")).to_contain_text("Budi")
    expect(first.locator("main")).to_contain_text("Citra")
    if java_script:
        axe(first)
        code = link_on(first)
        for size in (320, 640, 1280):
            picture = first.request.get(f"/q/{code}.png?size={size}").body()
            assert decoded(picture) == f"{live_server.url.upper()}/R/{code}"
        whatsapp = first.get_by_role("link", name=re.compile("WhatsApp")).get_attribute("href")
        assert whatsapp is not None
        assert f"{code}.wa" in whatsapp


def test_the_fan_s_own_words_go_into_every_share_button_and_onto_the_story_s_page(
    live_server: LiveServer, browse: Callable[..., Page]
) -> None:
    with make.saved(live_server.app):
        campaign = make.campaign(make.brand())
        poster = make.link(campaign)
    ayu = browse(PHONE)
    join(ayu, f"/r/{poster.code}", "Ayu", "0812 3456 7890")
    code = link_on(ayu)

    ayu.fill("textarea[name=words]", "Come at three & bring tea")
    ayu.locator("form:has(textarea[name=words]) button[type=submit]").first.click()
    ayu.wait_for_load_state()

    href = ayu.get_by_role("link", name=re.compile("Telegram")).get_attribute("href")
    assert href is not None
    assert "Come%20at%20three%20%26%20bring%20tea" in href
    friend = browse(PHONE)
    friend.goto(f"/r/{code}")
    expect(friend.locator("main")).to_contain_text("Come at three & bring tea")


def test_a_fan_comes_back_by_a_mailed_link_and_by_its_code_on_another_device(
    live_server: LiveServer, browse: Callable[..., Page], axe: Callable[..., None]
) -> None:
    with make.saved(live_server.app):
        campaign = make.campaign(make.brand())
        make.fan(campaign, "Ayu", email="ayu@mail.example")
    asking, reading = browse(PHONE), browse(DESK)

    asking.goto("/me/sign-in")
    axe(asking)
    asking.fill("input[name=email]", "ayu@mail.example")
    asking.click("main form button[type=submit]")
    asking.wait_for_url("**/me/sign-in/code")
    axe(asking)
    live_server.work()
    reading.goto("/mailbox")
    axe(reading)
    mail = reading.inner_text("main")
    code = re.search(r"\b([0-9A-HJKMNP-TV-Z]{4}[ -]?[0-9A-HJKMNP-TV-Z]{4})\b", mail)
    link = reading.locator("a[href*='/me/sign-in/']").first.get_attribute("href")

    assert code is not None
    assert link is not None
    asking.fill("input[name=code]", code[1])
    asking.click("main form button[type=submit]")
    expect(asking).to_have_url(re.compile("/me"))
    expect(asking.locator("main")).to_contain_text("Books all night")
    reading.goto(link)
    expect(reading.locator("main form button[type=submit]").first).to_be_visible()
    reading.locator("main form button[type=submit]").first.click()
    expect(reading.locator("main")).not_to_contain_text("It has reached")  # the code used it up: a way in is good once


def _lively(server: LiveServer) -> tuple[Any, Campaign]:
    """Make a campaign with twenty people, clicks, sales and a refund."""
    with make.saved(server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        poster = make.link(campaign, "Hall B", "poster")
        ayu, budi, citra, _dewi = make.chain(campaign, "Ayu", "Budi", "Citra", "Dewi", told_by=poster)
        for number in range(16):
            fan = make.fan(campaign, f"Eka {number}", told_by=(ayu, budi, citra)[number % 3], channel="whatsapp")
            make.click(fan)
        recorded = make.sale(campaign, citra, "850000.00")
        make.refund(campaign, recorded, "85000.00")
        owner = make.member(brand, "owner")
    return owner, campaign


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_of_the_console_shuts_anybody_out(
    live_server: LiveServer, browse: Callable[..., Page], axe: Callable[..., None], device: dict[str, Any]
) -> None:
    owner, campaign = _lively(live_server)
    schemes = ["light" if device is PHONE else "dark"]
    page = browse(device)
    sign_in(page, owner.email)
    here = f"/b/fair/campaigns/{campaign.slug}".replace("/b/fair/", f"/b/{_slug(page)}/")

    for path in ("", "/people", "/links", "/sales", "/credits", "/edit", "/stories", "/preview"):
        page.goto(here + path)
        axe(page, schemes)
        assert _fits(page), f"{page.url} is wider than the screen"
    for path in (here.split("/campaigns/")[0], here.split("/campaigns/")[0] + "/keys", "/account", "/api/v1/docs", "/"):
        page.goto(path)
        axe(page, schemes)
        assert _fits(page), f"{page.url} is wider than the screen"


def _slug(page: Page) -> str:
    page.wait_for_url("**/b/*")
    return page.url.split("/b/")[1].split("/")[0]


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize(
    ("device", "locale"),
    [(PHONE, "pl-PL"), (PHONE, "id-ID"), (DESK, "pl-PL"), (DESK, "zh-CN")],
    ids=["phone, Polish", "phone, Indonesian", "desk, Polish", "desk, Chinese"],
)
def test_no_page_of_a_fan_s_shuts_anybody_out_in_another_language(
    live_server: LiveServer,
    browse: Callable[..., Page],
    axe: Callable[..., None],
    device: dict[str, Any],
    locale: str,
) -> None:
    with make.saved(live_server.app):
        campaign = make.campaign(make.brand())
        make.story(campaign, "pl", title="Książki przez całą noc", body="Hala jest długa.")
        poster = make.link(campaign)
    page = browse(device, locale=locale)

    page.goto(f"/r/{poster.code}")
    assert page.get_attribute("html", "lang") == {"pl-PL": "pl", "id-ID": "id", "zh-CN": "zh-Hans"}[locale]
    axe(page)
    assert _fits(page)
    join(page, f"/r/{poster.code}", "Łucja 😀", "lucja@mail.example")
    axe(page)
    assert _fits(page)
    for path in ("/r/ZZZZZZZZ", "/me/sign-in", "/sign-in"):
        page.goto(path)
        axe(page)
        assert _fits(page)


def test_a_marketer_walks_the_picture_of_the_spread_by_keyboard(live_server: LiveServer, desk: Page) -> None:
    owner, campaign = _lively(live_server)
    sign_in(desk, owner.email)
    desk.goto(f"/b/{_slug(desk)}/campaigns/{campaign.slug}")

    desk.locator(".spread-stage.is-ready [data-field]").focus()
    desk.keyboard.press("Home")
    desk.keyboard.press("ArrowDown")

    card = desk.locator("[data-card]")
    expect(card.locator("h3")).to_have_text("Budi")
    expect(card.locator(".chain")).to_contain_text("Ayu")
    desk.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_anybody_switches_the_language_and_it_stays(live_server: LiveServer, desk: Page) -> None:
    with make.saved(live_server.app):
        campaign = make.campaign(make.brand())
    desk.goto(f"/c/{campaign.slug}")

    desk.locator("details.language > summary").first.click()
    desk.get_by_role("button", name="Polski").first.click()
    desk.wait_for_load_state()
    assert desk.get_attribute("html", "lang") == "pl"
    desk.goto("/me/sign-in")

    assert desk.get_attribute("html", "lang") == "pl"


def test_a_developer_makes_a_key_that_is_shown_once_and_works(live_server: LiveServer, desk: Page) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")
    sign_in(desk, owner.email)
    desk.goto(f"/b/{brand.slug}/keys")

    desk.fill("input[name=name]", "The shop")
    desk.locator("main form:has(input[name=name]) button[type=submit]").click()
    secret = desk.locator(".secret").inner_text().strip()
    desk.goto(f"/b/{brand.slug}/keys")

    assert secret not in desk.content()
    answer = desk.request.post(
        f"/api/v1/campaigns/{campaign.slug}/fans",
        headers={"Authorization": f"Bearer {secret}"},
        data={"name": "Siti", "email": "siti@mail.example"},
    )
    assert answer.status == 201


def test_pictures_of_the_demonstration_for_the_readme(
    live_server: LiveServer, browse: Callable[..., Page], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Photograph the fan's home and the spread; `PICTURES=docs` puts them where the README shows them."""
    live_server.app.test_cli_runner().invoke(args=["demo"])
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    folder.mkdir(exist_ok=True)
    desk = browse(DESK, device_scale_factor=1)
    desk.goto("/sign-in")
    desk.fill("input[name=email]", "demo@tular.example")
    desk.fill("input[name=password]", "told-by-a-friend")
    desk.click("main button[type=submit]")
    desk.wait_for_url("**/b/*")
    desk.goto("/b/night-fair/campaigns/books-all-night")
    desk.locator(".spread-stage.is-ready").screenshot(path=folder / "spread.png")
    fan = browse(PHONE, device_scale_factor=1)
    _sign_in_as_a_carrier(live_server, fan)
    fan.screenshot(path=folder / "home.png", full_page=False, clip={"x": 0, "y": 0, "width": 390, "height": 844})

    for name in ("spread.png", "home.png"):
        picture = Image.open(folder / name)
        assert len(picture.convert("RGB").getcolors(2**24) or []) > 500  # more than a blank page


def _sign_in_as_a_carrier(server: LiveServer, page: Page) -> None:
    with server.app.app_context(), every_brand():
        found = campaigns.public("books-all-night")
        assert found is not None
        carrier = spread.measures(found[1]).bridges[0]
        person = make.person_of(fans.by_id(found[1], carrier.fan))
        email = person.email
    assert email is not None
    page.goto("/me/sign-in")
    page.fill("input[name=email]", email)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/me/sign-in/code")
    server.work()
    page.goto("/mailbox")
    link = page.locator("a[href*='/me/sign-in/']").first.get_attribute("href")
    assert link is not None
    page.goto(link)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/me/**")
    page.goto("/me/books-all-night")
