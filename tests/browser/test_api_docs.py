"""The page of the API in a real browser: readable on a phone and at a desk, in light and dark, without barriers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE


@pytest.mark.parametrize(
    ("device", "language"),
    [(PHONE, "pl"), (DESK, "id"), (PHONE, "zh-Hans"), (DESK, "en")],
    ids=["phone, Polish", "desk, Indonesian", "phone, Chinese", "desk, English"],
)
def test_the_page_reads_well_everywhere(
    browse: Callable[..., Page], axe: Callable[..., None], device: dict[str, object], language: str
) -> None:
    page = browse(device, locale=language)

    page.goto("/api/v1/docs")
    page.evaluate("document.querySelectorAll('details.why').forEach((one, number) => { one.open = number < 4; })")

    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    axe(page, ["light" if device is PHONE else "dark"])


def test_a_newcomer_copies_the_first_call_and_opens_a_reference(desk: Page) -> None:
    desk.goto("/api/v1/docs")

    copy = desk.locator("#start button[data-copy]").first
    assert (copy.get_attribute("data-copy") or "").startswith("curl http://127.0.0.1")
    expect(copy).to_be_visible()
    desk.locator("a[href='#reference']").click()
    call = desk.locator("#sales_record")
    call.locator("summary").first.click()

    expect(call.get_by_text("external_id", exact=True).first).to_be_visible()


def test_the_page_needs_no_script(browse: Callable[..., Page]) -> None:
    page = browse(PHONE, java_script_enabled=False)

    page.goto("/api/v1/docs")
    page.locator("#fans_join summary").first.click()

    expect(page.locator("#fans_join dl").first).to_be_visible()
    expect(page.locator("button[data-copy]").first).to_be_hidden()
