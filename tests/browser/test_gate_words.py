"""The gate's pages of words: what a volunteer reads before pairing, and what a gate promises; light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from referral.events import pairing
from tests import factories as make

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import LiveServer


@pytest.fixture
def token(live_server: LiveServer) -> str:
    """Make a code that waits for a phone."""
    with make.saved(live_server.app):
        event = make.event(make.campaign(make.brand(accent="#0b6e4f")))
        return pairing.make(event, name="North gate, phone 3", role="steward").token


def test_a_volunteer_can_read_what_to_do_with_the_code(phone: Page, token: str, axe: Callable[[Page], None]) -> None:
    phone.goto(f"/g/pair/{token}")

    axe(phone)
    phone.get_by_role("link", name="Pair in this browser").click()

    phone.wait_for_url("**/g/**")


def test_a_used_code_says_whom_to_ask(
    live_server: LiveServer, phone: Page, token: str, axe: Callable[[Page], None]
) -> None:
    with make.saved(live_server.app):
        pairing.pair(token, "Ayu")

    phone.goto(f"/g/pair/{token}")

    assert phone.get_by_role("heading", level=1).inner_text() == "This code was used already"
    axe(phone)


@pytest.mark.parametrize("locale", ["en-GB", "pl-PL", "zh-CN"])
def test_the_promise_can_be_read_on_a_phone_and_at_a_desk(
    phone: Page, desk: Page, axe: Callable[[Page], None], locale: str
) -> None:
    for page in (phone, desk):
        page.goto(f"/g/promise?lang={locale}")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
