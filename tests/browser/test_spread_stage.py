"""The stage on which a spread is drawn, looked at, played, asked and filtered, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Position, Route, expect

from tests import factories as make
from tests.browser.conftest import DESK, PHONE, LiveServer

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
MOVING = {"reduced_motion": "no-preference"}


@dataclass(frozen=True)
class Fair:
    """A campaign in which Ayu told Budi and Citra, Budi told Dewi and Eka, and Fajar came by himself."""

    path: str
    email: str
    campaign: Any
    people: dict[str, Any]


@pytest.fixture
def fair(live_server: LiveServer) -> Fair:
    """Make a small spread over three days: six people, two trees, three channels."""
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")
        people: dict[str, Any] = {}
        for hours, name, teller, channel in (
            (0, "Ayu", None, None),
            (6, "Budi", "Ayu", "whatsapp"),
            (20, "Citra", "Ayu", "telegram"),
            (30, "Dewi", "Budi", "whatsapp"),
            (44, "Eka", "Budi", "email"),
            (70, "Fajar", None, None),
        ):
            at = START + timedelta(hours=hours)
            people[name] = make.fan(campaign, name, told_by=people.get(teller or ""), channel=channel, at=at)
    return Fair(f"/b/{brand.slug}/campaigns/{campaign.slug}", owner.email, campaign, people)


def opened(page: Page, fair: Fair, query: str = "") -> Page:
    """Sign in and wait until the picture is drawn."""
    page.goto("/sign-in")
    page.fill("input[name=email]", fair.email)
    page.fill("input[name=password]", make.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/b/**")
    page.goto(fair.path + query)
    page.locator(".spread-stage.is-ready").wait_for()
    return page


def where(page: Page, row: int) -> Position:
    """Tell where the picture shows somebody, in the field's own pixels."""
    x, y = page.evaluate("row => document.querySelector('[data-spread]').spread.picture.place(row)", row)
    return {"x": x, "y": y}


def lit(page: Page) -> dict[str, Any]:
    """Count the pixels that are lit, and name what drew them."""
    script = """async () => {
      const { picture } = document.querySelector('[data-spread]').spread;
      await picture.drawn();
      return picture.seen();
    }"""
    return dict(page.evaluate(script))


def at_moment(page: Page, part: float) -> None:
    """Put the replay at a part of the whole time."""
    page.evaluate("part => document.querySelector('[data-spread]').spread.scrub(part)", part)


def running(page: Page) -> list[str]:
    """Read the measures that run along."""
    return page.locator("[data-running] dd").all_inner_texts()


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_tap_on_a_person_shows_their_card_and_lights_their_chain(
    fair: Fair, browse: Callable[..., Page], device: dict[str, Any], axe: Callable[..., None]
) -> None:
    page = opened(browse(device), fair)
    axe(page)

    page.locator("[data-field]").click(position=where(page, 3))

    card = page.locator("[data-card]")
    expect(card.locator("h3")).to_have_text("Dewi")
    expect(card.locator(".chain")).to_contain_text("Ayu")
    chain = page.evaluate("document.querySelector('[data-spread]').spread.picture.lit.chain")
    assert chain == [0, 1, 3]
    expect(page.locator(".spread-canvas.is-dim").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)


def test_a_card_stays_readable_while_the_next_one_is_on_its_way(
    fair: Fair, desk: Page, axe: Callable[..., None]
) -> None:
    page = opened(desk, fair)
    card = page.locator("[data-card]")
    page.locator("[data-field]").click(position=where(page, 3))
    expect(card.locator("h3")).to_have_text("Dewi")
    expect(card).not_to_have_attribute("aria-busy", "true")
    held: list[Route] = []
    page.route("**/spread/person?*", lambda route: held.append(route))

    page.locator("[data-field]").click(position=where(page, 1))

    expect(card).to_have_attribute("aria-busy", "true")
    axe(page, ("light",))
    assert len(held) == 1, "pointed at and tapped, somebody is asked for once"
    held[0].continue_()
    expect(card.locator("h3")).to_have_text("Budi")
    expect(card).not_to_have_attribute("aria-busy", "true")


def test_the_keys_walk_from_person_to_person(fair: Fair, desk: Page) -> None:
    page = opened(desk, fair)
    name = page.locator("[data-card] h3")

    page.locator("[data-field]").focus()
    for key, expected in (
        ("Home", "Ayu"),
        ("ArrowDown", "Budi"),
        ("ArrowRight", "Citra"),
        ("ArrowLeft", "Budi"),
        ("ArrowDown", "Dewi"),
        ("ArrowUp", "Budi"),
        ("ArrowUp", "Ayu"),
        ("ArrowRight", "Fajar"),
    ):
        page.keyboard.press(key)
        expect(name).to_have_text(expected)

    page.keyboard.press("Escape")
    expect(page.locator("[data-card]")).to_be_hidden()


def test_a_search_by_name_leads_to_the_person(fair: Fair, desk: Page) -> None:
    page = opened(desk, fair)

    page.fill("[data-search-field]", "citr")
    page.locator("[data-found] button").first.click()

    expect(page.locator("[data-card] h3")).to_have_text("Citra")


def test_a_replay_grows_from_the_first_teller_and_counts_everybody_at_its_end(
    fair: Fair, browse: Callable[..., Page]
) -> None:
    page = opened(browse(DESK, **MOVING), fair)
    at_moment(page, 0.0)
    assert running(page)[:3] == ["1", "1", "1"]

    at_moment(page, 0.5)
    assert running(page) == ["4", "1", "3", "0.75", "1.67"]

    page.select_option("[data-speed]", "4")
    page.click("[data-play]")
    expect(page.locator("[data-play]")).to_have_class("spread-play is-on")
    page.evaluate("document.querySelector('[data-spread]').spread.clock.speed = 40")
    expect(page.locator("[data-play]")).to_have_class("spread-play")
    assert page.evaluate("document.querySelector('[data-spread]').spread.picture.count") == 6


@pytest.mark.parametrize("renderer", ["webgl", "canvas"])
def test_more_is_lit_the_further_a_replay_is(fair: Fair, browse: Callable[..., Page], renderer: str) -> None:
    page = opened(browse(DESK, **MOVING), fair, f"?renderer={renderer}")
    counts = []

    for part in (0.1, 0.4, 1.0):
        at_moment(page, part)
        seen = lit(page)
        counts.append(seen["lit"])

    if renderer == "canvas":
        assert seen["by"] == "canvas"
    assert 0 < counts[0] < counts[1] < counts[2]
    at_moment(page, 0.1)
    assert lit(page)["lit"] == counts[0]


def test_a_filter_changes_picture_figures_and_tables_together(fair: Fair, desk: Page) -> None:
    page = opened(desk, fair)
    numbers = page.locator("#spread-numbers")
    expect(numbers).to_contain_text("Ayu")

    page.locator("[data-legend] button", has_text="WhatsApp").click()

    expect(page.locator("[data-run=people]")).to_have_text("2")
    expect(numbers).to_contain_text("2 people")
    expect(numbers).not_to_contain_text("Ayu")
    page.locator("[data-legend] button", has_text="WhatsApp").click()
    expect(numbers).to_contain_text("Ayu")
    expect(page.locator("[data-running]")).to_be_hidden()


def test_the_window_is_a_pair_of_sliders_that_keys_can_move(fair: Fair, desk: Page) -> None:
    page = opened(desk, fair)

    page.locator("[data-from]").focus()
    for _ in range(8):
        page.keyboard.press("PageUp")

    expect(page.locator("[data-run=people]")).to_have_text("3")
    expect(page.locator("#spread-numbers")).to_contain_text("3 people")
    assert page.get_attribute("[data-from]", "aria-valuenow") == "400"
    page.keyboard.press("Home")
    expect(page.locator("[data-running]")).to_be_hidden()


def test_somebody_who_joins_appears_within_two_seconds(live_server: LiveServer, fair: Fair, desk: Page) -> None:
    page = opened(desk, fair)

    with make.saved(live_server.app):
        make.fan(fair.campaign, "Gita", told_by=fair.people["Dewi"], channel="line")

    expect(page.locator("[data-spread]")).to_have_attribute("data-newcomers", "1", timeout=2_000)
    expect(page.locator("[data-spread]")).to_have_attribute("data-people", "7", timeout=8_000)


def test_without_motion_a_replay_is_five_moments_side_by_side(fair: Fair, desk: Page, axe: Callable[..., None]) -> None:
    page = opened(desk, fair)

    page.click("[data-play]")

    moments = page.locator("[data-moments] li")
    expect(moments).to_have_count(5)
    expect(moments.last).to_contain_text("6")
    axe(page)


def test_one_branch_fills_the_stage_and_the_way_back_leads_out_of_it(fair: Fair, desk: Page) -> None:
    page = opened(desk, fair)
    page.locator("[data-field]").click(position=where(page, 1))
    page.locator("[data-card] [data-branch]").click()

    expect(page.locator("[data-spread]")).to_have_attribute("data-people", "3", timeout=8_000)
    expect(page.locator("[data-branch-note]")).to_be_visible()
    assert "branch=" in page.url

    page.go_back()
    expect(page.locator("[data-spread]")).to_have_attribute("data-people", "6", timeout=8_000)
    expect(page.locator("[data-branch-note]")).to_be_hidden()


def test_growth_rings_keep_the_same_people(fair: Fair, desk: Page) -> None:
    page = opened(desk, fair)

    page.click("[data-view=growth]")

    expect(page.locator("[data-spread]")).to_have_attribute("data-drawn", "growth")
    assert page.evaluate("document.querySelector('[data-spread]').spread.forest.n") == 6
    assert page.get_attribute("[data-view=growth]", "aria-pressed") == "true"


def test_a_still_is_a_picture_of_twice_the_size_with_a_name_of_its_own(fair: Fair, desk: Page, tmp_path: Path) -> None:
    page = opened(desk, fair)
    page.locator(".spread-menu.is-end > summary").click()

    with page.expect_download() as loading:
        page.click("[data-png]")

    loading.value.save_as(tmp_path / "still.png")
    data = (tmp_path / "still.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 2 * 1280
    assert loading.value.suggested_filename.endswith(".png")


def test_a_film_of_the_replay_can_be_stopped(fair: Fair, browse: Callable[..., Page]) -> None:
    page = opened(browse(DESK, **MOVING), fair)
    page.locator(".spread-menu.is-end > summary").click()
    page.click("[data-film]")
    expect(page.locator("[data-film-says]")).to_contain_text(re.compile("[2-9] %"))

    page.click("[data-film-cancel]")

    expect(page.locator("[data-film-dialog]")).to_be_hidden()
    assert page.evaluate("document.querySelector('[data-spread]').spread.picture.count") == 6


def test_somebody_whose_clock_was_wrong_waits_for_their_introducer(
    live_server: LiveServer, fair: Fair, browse: Callable[..., Page]
) -> None:
    with make.saved(live_server.app):
        early = START + timedelta(hours=50)
        make.fan(fair.campaign, "Hani", told_by=fair.people["Fajar"], channel="line", at=early)

    page = opened(browse(DESK, **MOVING), fair)
    row, in_order = page.evaluate(
        """() => {
          const { forest } = document.querySelector('[data-spread]').spread;
          const parents = [...forest.parent].map((above) => (above === 0xffffffff ? -1 : above));
          return [forest.childrenOf(5)[0], parents.every((above, row) => above < row)];
        }"""
    )
    page.locator("[data-field]").click(position=where(page, row))

    assert (row, in_order) == (6, True)
    expect(page.locator("[data-card] h3")).to_have_text("Hani")
    at_moment(page, 0.8)
    assert running(page)[0] == "5"


def test_one_person_alone_is_shown_too(live_server: LiveServer, browse: Callable[..., Page]) -> None:
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")
        make.fan(campaign, "Ayu")
    alone = Fair(f"/b/{brand.slug}/campaigns/{campaign.slug}", owner.email, campaign, {})

    page = opened(browse(DESK, **MOVING), alone)

    assert lit(page)["lit"] > 100
    page.click("[data-play]")
    expect(page.locator("[data-play]")).to_have_class("spread-play is-on")


def test_without_a_script_the_tables_say_the_same(fair: Fair, browse: Callable[..., Page]) -> None:
    page = browse(DESK, java_script_enabled=False)
    page.goto("/sign-in")
    page.fill("input[name=email]", fair.email)
    page.fill("input[name=password]", make.PASSWORD)
    page.click("main button[type=submit]")

    page.goto(fair.path)

    expect(page.locator(".spread-fallback img")).to_be_visible()
    expect(page.locator("#spread-numbers")).to_contain_text("Ayu")
    expect(page.locator("[data-play]")).to_be_hidden()
