"""The report and its proofs, read on a phone and at a desk, and printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from referral.plumbing.clock import now
from tests import factories as make
from tests.browser.conftest import LiveServer

AT = "/b/night-fair/campaigns/fair"


def filled(live_server: LiveServer) -> None:
    """Make a campaign in which one told forty of whom some told on, with a marketer who may see it all."""
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand, "fair")
        first = make.fan(campaign, "Citra Dewi", told_by=make.link(campaign), at=now() - timedelta(days=30))
        for row in range(40):
            at = now() - timedelta(days=28, hours=-row)
            fan = make.fan(campaign, f"Fan {row}", told_by=first, channel="whatsapp", at=at)
            if row % 4 == 0:
                make.fan(campaign, "Budi", told_by=fan, channel="email", at=at + timedelta(hours=30))
                make.sale(campaign, fan, "120000.00")
        make.member(brand, "marketer")


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("input[name=email]", "marketer@night-fair.example")
    page.fill("input[name=password]", make.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/b/night-fair")


def test_each_finding_leads_to_its_proof(live_server: LiveServer, desk: Page, axe: Callable[..., None]) -> None:
    filled(live_server)
    sign_in(desk)

    desk.goto(f"{AT}/report")
    axe(desk)
    links = desk.locator(".finding-proof")
    for place in range(links.count()):
        links.nth(place).click()
        expect(desk.locator(".proof:target")).to_be_in_viewport()
        desk.go_back()
    desk.goto(f"{AT}/measures")
    axe(desk)


def test_on_a_phone_nothing_is_wider_than_the_page_and_the_section_is_in_sight(
    live_server: LiveServer, phone: Page, axe: Callable[..., None]
) -> None:
    filled(live_server)
    sign_in(phone)

    for page in ("report", "measures", "first"):
        phone.goto(f"{AT}/{page}")
        assert phone.evaluate("document.documentElement.scrollWidth") == phone.evaluate("innerWidth"), page
        tabs = phone.locator(".section-nav").last
        expect(tabs.locator("[aria-current]")).to_be_in_viewport()
        assert tabs.evaluate("one => one.getBoundingClientRect().height") < 80, "the sections stand on one line"
        axe(phone)


def test_the_report_prints_on_one_sheet(live_server: LiveServer, desk: Page) -> None:
    filled(live_server)
    sign_in(desk)
    desk.goto(f"{AT}/report")
    assert desk.locator(".findings > li").count() >= 8

    file = desk.pdf(format="A4")

    assert len(re.findall(rb"/Type\s*/Page\b", file)) == 1
