"""An organiser's pages of events in a browser: made on a phone, read in both themes, watched while people come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from referral.events import leads, pairing
from referral.plumbing import ids
from tests import factories as make
from tests.web.gating import contradict

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from referral.events.models import Event, Pass

EVENTS = "/b/night-fair/campaigns/fair/events"
NIGHT = f"{EVENTS}/night"


@pytest.fixture
def night(live_server: Any) -> tuple[Event, Pass]:
    """Make an event with places, a phone, passes, a lead and a conflict; somebody may sign in to see it."""
    with make.saved(live_server.app):
        brand = make.brand()
        fair = make.campaign(brand)
        make.member(brand, "owner")
        event = make.event(fair, capacity=400)
        gate, booth = make.place(event, name="Gate north"), make.place(event, "booth", "Lantern Press")
        gate_pass = make.gate_pass(event, make.fan(fair, "Citra Dewi"), label="Speaker")
        make.gate_pass(event, label="School class 4b", admits=28)
        leads.meet(event, booth, gate_pass, consent=True, warmth="hot", note="Wants 20 chairs by May")
        device = pairing.make(event, name="Rina", role="steward").device
        pairing.pair(pairing.roll(device).token, "Rina")
        device.unsent, device.clock_offset_ms = 37, -7_200_000
        contradict(event, gate, gate_pass)
        return event, gate_pass


def sign_in(page: Page) -> Page:
    """Sign the owner in."""
    page.goto("/sign-in")
    page.fill("input[name=email]", "owner@night-fair.example")
    page.fill("input[name=password]", make.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/b/**")
    return page


def test_every_page_of_an_event_can_be_read_by_everybody(
    night: tuple[Event, Pass], phone: Page, desk: Page, axe: Callable[..., None]
) -> None:
    _event, gate_pass = night
    paths = ("", "/passes", f"/passes/{ids.show(gate_pass.id)}", "/places", "/devices", "/leads", "/edit", "/import")

    for page, scheme in ((sign_in(phone), "light"), (sign_in(desk), "dark")):
        for path in (EVENTS, f"{EVENTS}/new", *(NIGHT + path for path in paths)):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
            axe(page, [scheme])


def test_an_event_is_made_on_a_phone_and_a_phone_is_paired(
    night: tuple[Event, Pass], phone: Page, axe: Callable[[Page], None]
) -> None:
    page = sign_in(phone)
    page.goto(f"{EVENTS}/new")
    page.fill("#name", "Books by lantern")
    page.fill("#days-1-first", "2027-05-20")
    page.fill("#days-1-opens", "20:00")
    page.click("text=One more row")
    page.fill("#days-1-closes", "04:00")
    page.press("#name", "Enter")
    page.wait_for_url("**/books-by-lantern/places")

    page.fill("#name", "Gate east")
    page.click("text=Add the place")
    page.wait_for_selector("text=Gate east is there.")
    page.goto(f"{EVENTS}/books-by-lantern/devices")
    page.fill("#name", "Dewi")
    page.click("text=Make the code")
    page.wait_for_selector("text=Good for one phone")

    box = page.locator(".pairing .qr").bounding_box()
    assert box is not None
    assert box["width"] > 250
    axe(page)


def test_the_doors_are_seen_anew_without_losing_ones_place(
    live_server: Any, night: tuple[Event, Pass], desk: Page
) -> None:
    event, gate_pass = night
    page = sign_in(desk)
    page.goto(NIGHT)
    page.click("text=How the queue is estimated")
    page.focus("article.conflict button")
    assert page.locator("article.conflict").count() == 1

    with make.saved(live_server.app):
        contradict(event, make.place(event, name="Gate south"), gate_pass)
    page.wait_for_selector("text=2 conflicts to look at", timeout=15_000)

    assert page.evaluate("document.activeElement.textContent.trim()") == "Looked at, settled"
    assert page.locator("details.why[open]").count() == 1
    # What was brought in anew can be sent, too: once.
    page.locator("article.conflict button").first.click()
    page.wait_for_selector("text=The conflict is settled.")
    assert page.locator("article.conflict").count() == 1
