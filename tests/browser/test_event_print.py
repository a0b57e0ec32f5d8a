"""The print kit at a desk and on a phone: read by everybody, and its files come down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from referral.events import passes
from referral.events.passes import PassTerms
from tests import factories as make
from tests.browser.conftest import LiveServer
from tests.printed import codes, pages, picture

KIT = "/b/night-fair/campaigns/fair/events/night/print"


def filled(live_server: LiveServer) -> None:
    """Make an event with a gate and a booth, with passes, and with somebody who runs it."""
    with make.saved(live_server.app):
        brand = make.brand()
        event = make.event(make.campaign(brand, "fair"))
        make.place(event, "gate", "East gate")
        make.place(event, "booth", "Penguin Books")
        passes.issue_many(event, [PassTerms(label="Press")] * 12)
        make.member(brand, "organiser")


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("input[name=email]", "organiser@night-fair.example")
    page.fill("input[name=password]", make.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/b/night-fair")


def test_an_organiser_prints_badges_in_another_language(
    live_server: LiveServer, desk: Page, axe: Callable[..., None]
) -> None:
    filled(live_server)
    sign_in(desk)
    desk.goto(KIT)
    axe(desk)

    desk.get_by_label("Language of the print").select_option("zh_Hans")
    desk.get_by_role("button", name="Choose").click()
    desk.get_by_label("To number").fill("10")
    with desk.expect_download() as coming:
        desk.get_by_role("button", name="Badges as PDF").click()

    pdf = Path(coming.value.path()).read_bytes()
    assert coming.value.suggested_filename == "night-badges-1-10.pdf"
    assert b"/Lang (zh-Hans)" in pdf
    assert len(pages(pdf)) == 1
    assert len(codes(picture(pdf))) == 10


def test_on_a_phone_the_kit_is_no_wider_than_the_page(
    live_server: LiveServer, phone: Page, axe: Callable[..., None]
) -> None:
    filled(live_server)
    sign_in(phone)

    phone.goto(KIT)

    axe(phone)
    assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    expect(phone.get_by_role("link", name="Banner East gate")).to_be_visible()
