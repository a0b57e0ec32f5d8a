"""The journeys of links and credit, whole, in a real Chromium: followed, looked through, made good by a coupon."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from referral.campaigns import queries as campaigns
from referral.campaigns.rules import Attribution
from referral.links import actions as links
from tests import factories as make
from tests.browser.conftest import DESK, PHONE, SCHEMES, LiveServer, Scheme

if TYPE_CHECKING:
    from referral.brands.models import Account
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan

HERE = "/b/night-fair/campaigns/fair"
# What it says by itself names a headless browser, which is a robot to us.
ANDROID = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
WHATSAPP, SEARCH = "WhatsApp/2.23.20.0", "Googlebot/2.1 (+http://www.google.com/bot.html)"


def sign_in(page: Page, account: Account) -> None:
    page.goto("/sign-in")
    page.fill("input[name=email]", account.email)
    page.fill("input[name=password]", make.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/b/night-fair")


def sign_in_by_mail(server: LiveServer, page: Page, address: str) -> None:
    """Let a fan come back by the code that is mailed to them."""
    page.goto("/me/sign-in")
    page.fill("input[name=email]", address)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/me/sign-in/code")
    server.work()
    mail = re.sub("<[^>]+>", " ", page.request.get("/mailbox").text().partition("<main")[2])
    code = re.search(r"\b([0-9A-HJKMNP-TV-Z]{4}[ -]?[0-9A-HJKMNP-TV-Z]{4})\b", mail)
    assert code is not None
    page.fill("input[name=code]", code[1])
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile("/me(/[a-z]+)?$"))


def figures(page: Page) -> list[str]:
    """Read the numbers on top of a page."""
    return page.locator(".figures .key-figure > strong").all_inner_texts()


def rows(page: Page, caption: str) -> list[str]:
    """Read the lines of the table that bears a caption."""
    table = page.locator("table", has=page.locator("caption", has_text=re.compile(f"^{re.escape(caption)}")))
    return [" ".join(line.split()) for line in table.first.locator("tbody tr").all_inner_texts()]


def fits(page: Page) -> bool:
    """Tell whether a page scrolls up and down only."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_link_is_followed_by_a_stranger_and_the_marketer_sees_who_came_and_takes_the_log_along(
    live_server: LiveServer, browse: Callable[..., Page], desk: Page
) -> None:
    phone = browse(PHONE, user_agent=ANDROID)
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        ayu, marketer = make.fan(campaign, "Ayu", shows_name=True), make.member(brand, "marketer")
        code = make.code_of(ayu)
        make.click(make.link(campaign, "Hall B"))

    first = phone.goto(f"/r/{code}.wa")
    assert first is not None
    assert first.request.redirected_from is not None
    redirect = first.request.redirected_from.response()
    assert redirect is not None
    assert (redirect.status, redirect.headers["cache-control"]) == (302, "no-store")
    assert re.search(rf"/c/fair\?via={code}&tular_click=[0-9A-Z]{{13}}$", phone.url)
    expect(phone.locator(".told")).to_contain_text("Ayu told you this")
    phone.goto(f"/r/{code}.wa")
    card = phone.request.get(f"/r/{code}.wa", headers={"User-Agent": WHATSAPP}, max_redirects=0)
    assert (card.status, "og:title" in card.text()) == (200, True)
    assert phone.request.get(f"/r/{code}", headers={"User-Agent": SEARCH}, max_redirects=0).status == 302
    make.drain(live_server.app)

    sign_in(desk, marketer)
    desk.goto(HERE)
    desk.get_by_role("link", name="Clicks", exact=True).click()
    assert figures(desk) == ["2", "1", "2", "0"]  # one of the people is Hall B's
    assert rows(desk, "The busiest links of fans") == [f"Ayu {code} 1 1 2 50%"]
    assert rows(desk, "By device") == ["Phone 2 1 0 100%", "Other 0 0 2 0%"]
    desk.get_by_role("link", name="Ayu", exact=True).click()
    expect(desk.get_by_role("heading", name="Ayu")).to_be_visible()
    assert figures(desk) == ["1", "1", "2", "0"]

    desk.get_by_role("link", name="Each visit, one by one").click()
    assert len(rows(desk, "Visits, the newest first")) == 4
    desk.select_option("select[name=verdict]", "bot")
    desk.get_by_role("button", name="Show").click()
    robots = rows(desk, "Visits, the newest first")
    assert len(robots) == 2
    assert all(f"Robot Ayu {code}" in row for row in robots)
    with desk.expect_download() as loading:
        desk.get_by_role("link", name="CSV").click()
    assert loading.value.suggested_filename == f"fair-clicks-bot-{code}.csv"
    lines = list(csv.DictReader(io.StringIO(Path(loading.value.path()).read_text())))
    assert [(line["link"], line["channel"], line["verdict"]) for line in lines] == [
        (code, "copy", "bot"),
        (code, "whatsapp", "bot"),
    ]


def test_a_coupon_is_made_and_a_sale_by_it_is_credited_with_its_why(
    live_server: LiveServer, phone: Page, desk: Page, axe: Callable[..., None]
) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        ayu, marketer = make.fan(campaign, "Ayu", email="ayu@mail.example"), make.member(brand, "marketer")
        code, key = make.code_of(ayu), make.key(brand)

    def sell(reference: str) -> tuple[int, Any]:
        sale = {"external_id": reference, "amount": "850000.00", "currency": "IDR", "coupon": "ayu-10"}
        answer = desk.request.post(
            "/api/v1/campaigns/fair/sales", headers={"Authorization": f"Bearer {key}"}, data=sale
        )
        return answer.status, answer.json()

    sign_in(desk, marketer)
    desk.goto(f"{HERE}/sales")
    desk.get_by_role("link", name="Coupons").click()
    expect(desk.get_by_text("No coupon yet")).to_be_visible()
    desk.get_by_role("button", name="Make the coupon").click()
    expect(desk.locator("[data-error-summary]")).to_contain_text("2 things need your attention")
    axe(desk)
    desk.fill("input[name=code]", "ayu-10")
    desk.fill("input[name=told_by]", code.lower())
    desk.get_by_role("button", name="Make the coupon").click()
    expect(desk.get_by_text("The coupon AYU-10 is made.")).to_be_visible()

    status, made = sell("till-1")
    assert status == 201
    assert [(credit["amount"], credit["why"]["code"]) for credit in made["credits"]] == [("42500.00", "coupon")]
    desk.goto(f"{HERE}/sales")
    expect(desk.locator("tbody")).to_contain_text("They used the coupon of Ayu.")
    desk.goto(f"{HERE}/credits")
    expect(desk.locator("main")).to_contain_text("The buyer used their coupon")
    sign_in_by_mail(live_server, phone, "ayu@mail.example")
    phone.goto("/me/fair")
    expect(phone.locator("main")).to_contain_text("Somebody with your coupon bought")

    desk.goto(f"{HERE}/coupons")
    desk.get_by_role("button", name="Switch off").click()
    expect(desk.get_by_role("button", name="Switch on again")).to_be_visible()
    status, refused = sell("till-2")
    assert (status, refused["code"]) == (422, "coupon_off")


def told_twice(campaign: Campaign) -> tuple[Fan, Fan]:
    """Let Citra be told by Ayu first, and buy with Budi's code."""
    ayu, budi = make.fan(campaign, "Ayu"), make.fan(campaign, "Budi")
    citra = make.fan(campaign, "Citra", told_by=ayu)
    make.sale(campaign, citra, "850000.00", code=make.code_of(budi))
    return citra, budi


def test_a_marketer_reads_before_and_after_and_chooses_another_rule_for_what_comes(
    live_server: LiveServer, desk: Page
) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        citra, budi = told_twice(campaign)
        marketer = make.member(brand, "marketer")

    sign_in(desk, marketer)
    desk.goto(f"{HERE}/sales")
    desk.get_by_role("link", name="Attribution: before and after").click()
    assert rows(desk, "Before and after")[0].startswith("Ayu 1 ")  # the last is shown first, for the first is the rule
    desk.select_option("select[name=model]", "split")
    desk.get_by_role("button", name="Show it").click()
    expect(desk.locator(".figures")).to_contain_text("sale would change hands")
    assert rows(desk, "Before and after") == [
        "Ayu 1 IDR850,000 1 IDR425,000 -IDR425,000",
        "Budi 0 IDR0 1 IDR425,000 +IDR425,000",
    ]

    desk.goto(f"{HERE}/edit")
    desk.check("input[name=attribution][value=split]")
    desk.check("input[name=click_cookie]")
    desk.fill("input[name=repeat_minutes]", "0")
    desk.locator("form[enctype] button[type=submit]").last.click()
    expect(desk.get_by_text("Saved.")).to_be_visible()
    with make.saved(live_server.app):
        now = campaigns.by_slug(brand, "fair")
        make.sale(now, citra, "100000.00", external_id="after", code=make.code_of(budi))
    desk.goto(f"{HERE}/sales")
    after, before = rows(desk, "Sales, the newest first")
    assert "Citra Ayu They had been told by Ayu before. IDR850,000" in before
    assert "Ayu 1/2 They had been told by Ayu before." in after
    assert "Budi 1/2 They had been told by Budi before." in after


def test_an_operator_sees_that_visits_wait_and_then_that_all_are_counted(
    live_server: LiveServer, phone: Page, desk: Page
) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        code, owner = make.link(make.campaign(brand)).code, make.member(brand)
    phone.goto(f"/R/{code}")

    sign_in(desk, owner)
    desk.goto("/account")
    desk.locator("a[href='/house']").click()
    expect(desk.locator("[data-house-alarms]")).to_contain_text("The worker is not running on this machine")
    assert figures(desk)[0] == "1"
    make.drain(live_server.app)
    desk.reload()

    assert figures(desk)[0] == "0"
    expect(desk.get_by_text("Every visit is counted.")).to_be_visible()


@pytest.mark.parametrize(
    ("device", "locale", "schemes"),
    [(PHONE, "id-ID", SCHEMES), (DESK, "pl-PL", SCHEMES), (PHONE, "zh-CN", ["dark"])],
    ids=["phone, Indonesian", "desk, Polish", "phone, Chinese"],
)
def test_no_page_about_links_and_credit_shuts_anybody_out(
    live_server: LiveServer,
    browse: Callable[..., Page],
    axe: Callable[..., None],
    device: dict[str, Any],
    locale: str,
    schemes: Sequence[Scheme],
) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        campaign.attribution = Attribution.LAST
        told_twice(campaign)
        poster = make.link(campaign, "Poster at the stairs of hall B, beside the tea house", "poster")
        for verdict in ("counted", "counted", "repeat", "bot", "own"):
            make.click(poster, verdict)
        made = links.make_coupon(campaign, "BOOKS-ALL-NIGHT-TEN-PERCENT-OFF", poster).coupon
        links.switch(made, on=False)
        links.make_coupon(campaign, "TEA", poster)
        owner = make.member(brand)
    page = browse(device, locale=locale)
    sign_in(page, owner)
    page.goto(f"{HERE}/clicks")
    of_link = page.locator("table a[href*='/clicks/']").first.get_attribute("href")
    assert of_link is not None
    assert page.get_attribute("html", "lang") == {"pl-PL": "pl", "id-ID": "id", "zh-CN": "zh-Hans"}[locale]

    for path in (
        *(f"{HERE}/{part}" for part in ("clicks", "clicks/log", "clicks/log?link=00000000", "coupons", "attribution")),
        of_link,
        "/house",
        f"{HERE}/edit",
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach((folded) => { folded.open = true })")
        axe(page, schemes)
        assert fits(page), f"{page.url} is wider than the screen"
