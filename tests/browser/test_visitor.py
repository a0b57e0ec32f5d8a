"""A visitor on their own phone: told by a friend, a pass at once, in at the gate, and the friend hears of it."""

from __future__ import annotations

import io
import re
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from referral.events import queries, scanning
from referral.events.rules.codes import recognise
from referral.events.rules.records import Record
from referral.links import queries as links
from referral.plumbing import ids
from referral.plumbing.clock import now
from tests import factories as make
from tests.browser.conftest import DESK, PHONE, LiveServer

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Place

TOLD_WITHIN = 2.0  # seconds from the scan to the word on the friend's phone


def fair(server: LiveServer) -> tuple[Campaign, Event, Place]:
    """Make a campaign with an event and its gate."""
    with make.saved(server.app):
        campaign = make.campaign(make.brand())
        event = make.event(campaign)
        return campaign, event, make.place(event, "gate", "North gate")


def join(page: Page, address: str, name: str, contact: str, *, shows_name: bool = False) -> None:
    """Follow a link, and join."""
    page.goto(address)
    page.fill("input[name=name]", name)
    page.fill("input[name=contact]", contact)
    if shows_name:
        page.check("input[name=shows_name]")
    page.click("#join button[type=submit]")
    page.wait_for_url("**/me/**")


def own_link(page: Page) -> str:
    """Read the address of the link that a fan's home shows."""
    return page.locator(".link-code").get_attribute("href") or ""


def code_on(page: Page) -> str:
    """Read the pass's code off the screen, with a reader that did not make it."""
    picture = page.locator(".ticket .qr").screenshot()
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))
    return str(found.text)


def read_at_gate(server: LiveServer, event: Event, gate: Place, code: str, **more: Any) -> str:
    """Let a gate read a code, as its app sends it; give the verdict."""
    with make.saved(server.app):
        said = {"id": str(uuid.uuid4()), "code": code, "place": ids.show(gate.id)} | more
        there = queries.by_id(event.brand_id, event.id)
        [answer] = scanning.take(there, [Record.read(said)], received_at=now())
        return answer.verdict


def test_a_friend_hears_within_two_seconds_that_somebody_came_in(
    live_server: LiveServer, browse: Callable[..., Page], axe: Callable[..., None]
) -> None:
    _campaign, event, gate = fair(live_server)
    ayu, budi = browse(PHONE), browse(PHONE)
    join(ayu, "/c/fair", "Ayu", "ayu@example.org")
    expect(ayu.get_by_text("Nobody has come in by your word yet")).to_be_visible()

    join(budi, own_link(ayu), "Budi", "budi@example.org", shows_name=True)
    ayu.bring_to_front()
    ayu.wait_for_timeout(1700)  # it has asked at least once, in vain
    scanned = time.monotonic()
    assert read_at_gate(live_server, event, gate, code_on(budi)) == "applied"
    expect(ayu.get_by_text("Budi just came in, thanks to you")).to_be_visible(timeout=TOLD_WITHIN * 1000)
    took = time.monotonic() - scanned

    assert took < TOLD_WITHIN
    expect(ayu.locator("[data-arrivals-people]")).to_have_text("1")
    expect(ayu.locator("[data-arrivals-summary]")).to_have_text("person that you told came in")
    expect(ayu.locator("[data-arrivals-news]")).to_have_attribute("role", "status")
    axe(ayu)
    ayu.reload()
    expect(ayu.locator("[data-arrivals-people]")).to_have_text("1")
    ayu.wait_for_timeout(1700)
    expect(ayu.get_by_text("just came in")).to_have_count(0)


@pytest.mark.parametrize("java_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_pass_is_there_at_once_and_is_read_off_a_phones_screen(
    live_server: LiveServer, browse: Callable[..., Page], axe: Callable[..., None], java_script: bool
) -> None:
    _campaign, event, gate = fair(live_server)
    phone = browse(PHONE, java_script_enabled=java_script)
    join(phone, "/c/fair", "Ayu", "ayu@example.org")

    small = code_on(phone)
    phone.get_by_role("link", name="Open it large").click()
    large = code_on(phone)

    reading = recognise(large, live_server.url)
    assert small == large
    assert reading is not None
    assert reading.kind == "pass"
    box = phone.locator(".ticket .qr").bounding_box()
    assert box is not None
    assert box["width"] >= 300
    assert box["y"] + box["height"] < 844  # all of it in sight, without scrolling
    assert read_at_gate(live_server, event, gate, large) == "applied"
    expect(phone.locator("[data-print]")).to_be_visible(visible=java_script)
    if java_script:
        axe(phone)


@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_of_a_visitor_let_everybody_in(
    live_server: LiveServer, browse: Callable[..., Page], axe: Callable[..., None], device: dict[str, Any]
) -> None:
    campaign, event, _gate = fair(live_server)
    with make.saved(live_server.app):
        booth = make.place(event, "booth", "Second-hand comics")
        code = links.by_id(campaign, booth.link_id or 0).code
    page = browse(device)

    page.goto(f"/V/{code}")
    axe(page)
    page.get_by_role("link", name="Join in").click()
    expect(page.get_by_text("join in, and you have a pass at once")).to_be_visible()
    axe(page)
    page.fill("input[name=name]", "Ayu")
    page.fill("input[name=contact]", "ayu@example.org")
    page.click("#join button[type=submit]")
    page.wait_for_url(f"**/v/{code}#join")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    axe(page)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="I was here").click()
    expect(page.get_by_role("heading", name="You were here")).to_be_visible()
    axe(page)
    page.goto("/me/fair")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_lost_pass_is_made_anew_on_the_phone(live_server: LiveServer, phone: Page, axe: Callable[..., None]) -> None:
    _campaign, event, gate = fair(live_server)
    join(phone, "/c/fair", "Ayu", "ayu@example.org")
    lost = code_on(phone)

    phone.get_by_text("Lost it, or passed it on?").click()
    phone.get_by_role("button", name="Make a new pass").click()
    expect(phone.get_by_text("This is your new pass")).to_be_visible()
    fresh = code_on(phone)

    assert lost != fresh
    assert read_at_gate(live_server, event, gate, lost) == "refused"
    assert read_at_gate(live_server, event, gate, fresh) == "applied"
    phone.goto(re.sub("^HTTP", "http", lost))
    expect(phone.get_by_text("This pass was replaced by a new one")).to_be_visible()
    axe(phone)


def test_a_page_that_nobody_looks_at_asks_nothing(live_server: LiveServer, phone: Page) -> None:
    fair(live_server)
    join(phone, "/c/fair", "Ayu", "ayu@example.org")
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url) if "/arrivals" in request.url else None)
    phone.wait_for_timeout(1700)
    assert asked

    phone.evaluate(
        "Object.defineProperty(document, 'visibilityState', { get: () => window.seen, configurable: true });"
        "window.seen = 'hidden'; document.dispatchEvent(new Event('visibilitychange'));"
    )
    phone.wait_for_timeout(200)
    asked.clear()
    phone.wait_for_timeout(2000)
    assert asked == []

    phone.evaluate("window.seen = 'visible'; document.dispatchEvent(new Event('visibilitychange'));")
    phone.wait_for_timeout(300)
    assert len(asked) == 1


def test_who_signed_out_elsewhere_is_asked_nothing_more(live_server: LiveServer, phone: Page) -> None:
    fair(live_server)
    join(phone, "/c/fair", "Ayu", "ayu@example.org")
    phone.context.clear_cookies()
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url) if "/arrivals" in request.url else None)

    phone.wait_for_timeout(5000)

    assert len(asked) == 1


def test_a_pass_is_printed_on_one_sheet(live_server: LiveServer, desk: Page) -> None:
    fair(live_server)
    join(desk, "/c/fair", "Ayu", "ayu@example.org")
    desk.get_by_role("link", name="Open it large").click()

    sheet = desk.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    [box] = set(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet))
    assert [round(float(side)) for side in box] == [595, 842]
