"""The gate app in a volunteer's hand: pairing, the camera, verdicts, no network, and everybody who uses it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from referral.events import devices, pairing, written
from referral.events.models import Event, Pass, Place
from referral.events.rules.codes import payload
from tests import factories as make
from tests.browser.conftest import ARGUMENTS, DESK, PHONE, LiveServer, Watch
from tests.browser.fake_camera import Scene, film, seeing

SMALL = {**PHONE, "viewport": {"width": 360, "height": 640}}
ELSEWHERE = "HTTPS://ELSEWHERE.EXAMPLE/P/0000000000ZZZ0000000000001"
PIN = "4711"
MOVING = {"reduced_motion": "no-preference"}


@dataclass(frozen=True)
class Door:
    """An event with a gate and a booth, and passes of a friend, a group and the press."""

    app: Flask
    url: str
    event: Event
    gate: Place
    booth: Place
    passes: dict[str, Pass]
    codes: dict[str, str] = field(default_factory=dict)

    def pairing(self, role: str = "steward") -> str:
        """Make a pairing code for one more phone."""
        with make.saved(self.app):
            places = (self.booth,) if role == "booth" else ()
            return pairing.make(self.event, name=f"A {role}'s phone", role=role, places=places).token


@pytest.fixture
def door(live_server: LiveServer) -> Door:
    """Make an event that is open now."""
    with make.saved(live_server.app):
        brand = make.brand()
        campaign = make.campaign(brand)
        event = make.event(campaign)
        gate, booth = make.place(event, "gate", "North gate"), make.place(event, "booth", "Pustaka Kecil")
        found = {
            "ayu": make.gate_pass(event, make.fan(campaign, "Ayu Lestari")),
            "group": make.gate_pass(event, label="School 3", admits=4),
            "press": make.gate_pass(event, label="Press"),
        }
        codes = {name: payload(live_server.url, make.token_of(one)) for name, one in found.items()}
    return Door(live_server.app, live_server.url, event, gate, booth, found, codes)


@pytest.fixture
def sees(door: Door, chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page whose camera sees a film: `sees([(code, 2), (None, 60)], DESK)`."""
    watches: list[Watch] = []
    with ExitStack() as stack:

        def sees(scenes: Sequence[Scene], device: dict[str, Any] = PHONE, **options: Any) -> Page:
            path = film(tmp_path / f"film-{len(watches)}.mjpeg", scenes)
            browser = stack.enter_context(seeing(chromium, ARGUMENTS, path))
            context = browser.new_context(
                base_url=door.url, locale="en-GB", timezone_id="UTC", permissions=["camera"], **device, **options
            )
            context.set_default_timeout(10_000)
            page = context.new_page()
            watches.append(Watch(page, door.url))
            return page

        yield sees
    complaints = [complaint for watch in watches for complaint in watch.complaints]
    assert not complaints


def entered(page: Page, door: Door, role: str = "steward", place: str = "North gate") -> Page:
    """Pair a phone by a code's address, stand at a place, and wait until the list and its names are there."""
    page.goto(f"/g/#pair={door.pairing(role)}")
    introduced(page)
    until(
        page,
        """async () => {
          const { engine } = document.body.gate;
          return engine.passes === 3 && (await engine.store.get("names")) !== undefined;
        }""",
    )
    page.get_by_role("button", name=place).click()
    expect(page.locator("[data-screen=scan]")).to_be_visible()
    return page


def until(page: Page, asked: str, seconds: float = 15) -> None:
    """Wait until an asynchronous question is answered yes: Playwright's own waiting takes its promise for one."""
    end = time.monotonic() + seconds
    while not page.evaluate(asked):
        assert time.monotonic() < end, asked
        page.wait_for_timeout(50)


def introduced(page: Page) -> None:
    """Say a name and a PIN, and come in."""
    page.get_by_label("Your name").fill("Rani")
    page.get_by_label("A PIN of 4 to 6 digits").fill(PIN)
    page.get_by_role("button", name="Open the gate").click()
    expect(page.get_by_role("heading", name="Where are you standing?")).to_be_visible()


def wedge(page: Page, text: str) -> None:
    """Read a code with a reader on a cable: it types faster than a person, and ends with Enter."""
    # One turn of the page types it all: the machine that runs tests may be slower than any reader.
    page.evaluate(
        """text => {
          const target = document.activeElement ?? document.body;
          for (const key of [...text, "Enter"]) {
            const typed = target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            if (typed && key.length === 1 && "value" in target) target.value += key;
          }
        }""",
        text,
    )


def verdict(page: Page, said: str) -> Any:
    """Wait for a verdict."""
    shown = page.locator(f"dialog.verdict[open][data-said={said}]")
    shown.wait_for()
    return shown


def contrast(one: str, other: str) -> float:
    """Compute the contrast ratio of WCAG 2.2 of two colours written as rrggbb, from 1 to 21."""
    light = []
    for colour in (one, other):
        parts = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(light) + 0.05) / (min(light) + 0.05)


def kept_for_offline(page: Page) -> None:
    """Wait until the phone has all that it needs to start by itself."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def everything_sent(page: Page) -> None:
    """Wait until the server has every scan."""
    expect(page.locator("[data-unsent]")).to_have_attribute("data-waiting", "false", timeout=15_000)


# --- The camera ------------------------------------------------------------------------------------------------------


def test_a_code_held_to_the_camera_lets_its_holder_in_by_name(door: Door, sees: Callable[..., Page]) -> None:
    page = entered(sees([(None, 1.0), (door.codes["ayu"], 2.5), (None, 60.0)]), door)

    shown = verdict(page, "in")

    expect(shown).to_contain_text("Come in")
    expect(shown).to_contain_text("Ayu L.")
    took = page.evaluate("() => performance.getEntriesByName('gate:verdict')[0]?.duration")
    assert took < 1_500, f"from the picture to the verdict: {took} ms"


def test_a_code_that_stays_before_the_camera_is_one_look_and_then_already_in(
    door: Door, sees: Callable[..., Page]
) -> None:
    page = entered(sees([(door.codes["ayu"], 60.0)]), door)

    verdict(page, "in")
    expect(page.locator("dialog.verdict")).to_be_hidden()
    expect(page.locator("[data-echo]")).to_have_text("Same code as just now: let in")

    expect(verdict(page, "again")).to_contain_text("at North gate")
    assert page.evaluate("() => document.body.gate.engine.recent(20).length") == 2


def test_the_pairing_code_is_read_by_the_camera_inside_the_app(door: Door, sees: Callable[..., Page]) -> None:
    token = door.pairing()
    page = sees([(f"{door.url.upper()}/G/PAIR/{token}", 60.0)])
    page.goto("/g/")

    page.get_by_role("button", name="Scan the pairing code").click()

    expect(page.get_by_text("The pairing code was read.")).to_be_visible()
    expect(page.locator("[data-pair-viewer]")).to_be_hidden()
    introduced(page)


def test_without_a_camera_the_app_says_so_and_takes_codes_all_the_same(door: Door, phone: Page) -> None:
    page = entered(phone, door)

    expect(page.get_by_text("There is no camera.")).to_be_visible()
    wedge(page, door.codes["ayu"])

    verdict(page, "in")


# --- Verdicts --------------------------------------------------------------------------------------------------------


def test_green_goes_by_itself_and_red_stays_until_somebody_taps(door: Door, phone: Page) -> None:
    page = entered(phone, door)

    wedge(page, door.codes["ayu"])
    verdict(page, "in")
    expect(page.locator("dialog.verdict")).to_be_hidden(timeout=2_500)
    wedge(page, ELSEWHERE)
    shown = verdict(page, "no")

    expect(shown).to_contain_text("Not a pass: the address of another site")
    page.wait_for_timeout(2_000)
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="Go on scanning").click()
    expect(shown).to_be_hidden()


def test_the_three_verdicts_differ_in_shape_in_words_and_in_light(door: Door, phone: Page) -> None:
    page = entered(phone, door)
    looks = {}

    for said, code in (("in", door.codes["ayu"]), ("again", door.codes["ayu"]), ("no", ELSEWHERE)):
        page.evaluate("() => { document.body.gate.scanning.last.text = ''; }")
        wedge(page, code)
        shown = verdict(page, said)
        look = shown.evaluate(
            """dialog => {
              const { backgroundColor, color } = getComputedStyle(dialog);
              const shapes = [...dialog.querySelectorAll(".shape")];
              const seen = shapes.filter((shape) => getComputedStyle(shape).display !== "none");
              const pair = (part) => Number(part).toString(16).padStart(2, "0");
              const hex = (rgb) => rgb.match(/\\d+/g).slice(0, 3).map(pair).join("");
              const word = dialog.querySelector("[data-verdict-word]");
              return { ground: hex(backgroundColor), ink: hex(color), shapes: seen.map((shape) => shape.classList[1]),
                word: word.textContent, size: parseFloat(getComputedStyle(word).fontSize) };
            }"""
        )
        looks[said] = look
        page.locator("[data-go-on]").click()

    assert [look["shapes"] for look in looks.values()] == [["is-in"], ["is-again"], ["is-no"]]
    assert len({look["word"] for look in looks.values()}) == 3
    assert all(look["size"] >= 46 for look in looks.values())
    assert all(contrast(look["ink"], look["ground"]) >= 7 for look in looks.values())
    assert all(contrast(one["ground"], other["ground"]) >= 1.8 for one, other in combinations(looks.values(), 2))


def test_a_group_comes_in_at_once_or_a_few_at_a_time(door: Door, phone: Page) -> None:
    page = entered(phone, door)

    wedge(page, door.codes["group"])
    shown = verdict(page, "in")
    expect(shown).to_contain_text("3 more may come in with this pass")
    shown.get_by_role("button", name="One fewer").click()
    shown.get_by_role("button", name="Let in 2 more").click()
    expect(shown).to_contain_text("1 more may come in with this pass")
    shown.get_by_role("button", name="Let in 1 more").click()

    expect(page.locator("dialog.verdict")).to_be_hidden(timeout=4_000)
    expect(page.locator("[data-inside]")).to_have_text("4")


def test_going_out_makes_room_to_come_in_again(door: Door, phone: Page) -> None:
    page = entered(phone, door)
    wedge(page, door.codes["ayu"])
    verdict(page, "in")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Out").click()
    page.evaluate("() => { document.body.gate.scanning.last.text = ''; }")
    wedge(page, door.codes["ayu"])

    expect(verdict(page, "in")).to_contain_text("Goodbye")


def test_two_dark_gates_are_an_alarm_and_a_conflict_that_a_supervisor_settles(
    door: Door, browse: Callable[..., Page], axe: Callable[..., None]
) -> None:
    dark, other = (entered(browse(PHONE), door) for _ in range(2))
    dark.context.set_offline(True)
    expect(dark.locator("[data-net]")).to_have_attribute("data-net", "offline")
    wedge(other, door.codes["ayu"])
    verdict(other, "in")
    everything_sent(other)
    wedge(dark, door.codes["ayu"])
    verdict(dark, "in")

    dark.context.set_offline(False)

    alarm = dark.locator("dialog.alarm[open]")
    alarm.wait_for(timeout=20_000)
    expect(alarm).to_contain_text("That green was wrong")
    expect(alarm).to_contain_text("Ayu L.")
    axe(dark, ("light",))
    dark.keyboard.press("Escape")
    dark.keyboard.press("Escape")
    expect(alarm).to_be_visible()
    alarm.get_by_role("button", name="I have seen it").click()
    expect(alarm).to_be_hidden()
    assert dark.evaluate("() => document.body.gate.engine.alarms.length") == 0

    lead = entered(browse(PHONE), door, role="supervisor")
    lead.get_by_role("button", name="1 conflict to settle").click()
    conflict = lead.locator("[data-conflicts] .clash")
    expect(conflict).to_contain_text("Two gates let the same pass in")
    expect(conflict.locator("li")).to_have_count(2)
    axe(lead)
    conflict.get_by_role("button", name="Settled").click()
    expect(lead.get_by_text("Nothing to settle.")).to_be_visible()
    expect(lead.locator("[data-toast]")).to_have_text("Settled.")


# --- Codes that no camera reads --------------------------------------------------------------------------------------


def test_a_reader_on_a_cable_leaves_nothing_in_the_field_that_has_the_focus(door: Door, phone: Page) -> None:
    page = entered(phone, door, role="supervisor")
    page.get_by_role("button", name="Find a name").click()
    page.get_by_label("Name", exact=True).fill("les")

    wedge(page, door.codes["ayu"])

    verdict(page, "in")
    page.keyboard.press("Escape")
    assert page.locator("[data-names] [name=q]").input_value() == "les"


def test_quick_fingers_are_no_reader(door: Door, phone: Page) -> None:
    page = entered(phone, door)

    page.locator("body").press_sequentially("SOMETHING", delay=100)
    page.keyboard.press("Enter")

    page.wait_for_timeout(300)
    expect(page.locator("dialog.verdict")).to_be_hidden()


def test_a_typed_code_with_a_wrong_sign_is_seen_before_it_is_sent(door: Door, phone: Page) -> None:
    with make.saved(door.app):
        short = written.pen(door.event).short(door.passes["ayu"])
    assert short
    page = entered(phone, door)
    wrong = short[:-1] + ("0" if short[-1] != "0" else "1")
    page.get_by_role("button", name="Type a code").click()

    page.get_by_label("The eight signs below the pass").press_sequentially(wrong)
    expect(page.locator("[data-typed-state]")).to_contain_text("A sign is wrong")
    page.get_by_role("button", name="Check this code").click()

    expect(page.locator("dialog.verdict")).to_be_hidden()
    page.get_by_label("The eight signs below the pass").fill(f"{short[:4].lower()} {short[4:].lower()}")
    page.get_by_role("button", name="Check this code").click()
    verdict(page, "in")


# --- No network ------------------------------------------------------------------------------------------------------


def test_the_app_starts_and_scans_without_a_network_and_sends_later(door: Door, phone: Page) -> None:
    page = entered(phone, door)
    kept_for_offline(page)

    page.context.set_offline(True)
    page.reload()
    page.get_by_label("Your PIN").fill("0000")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("That is not the PIN.")).to_be_visible()
    page.get_by_label("Your PIN").fill(PIN)
    page.get_by_role("button", name="Unlock").click()
    expect(page.locator("[data-screen=scan]")).to_be_visible()
    expect(page.locator("[data-net-word]")).to_have_text("No network")
    wedge(page, door.codes["ayu"])
    expect(verdict(page, "in")).to_contain_text("Ayu L.")
    expect(page.locator("[data-unsent]")).to_contain_text("1scan not sent yet")

    page.context.set_offline(False)
    everything_sent(page)


def test_the_camera_reads_codes_after_a_restart_without_a_network(door: Door, sees: Callable[..., Page]) -> None:
    page = entered(sees([(None, 4.0), (door.codes["press"], 4.0)]), door)
    kept_for_offline(page)

    page.context.set_offline(True)
    page.reload()
    page.get_by_label("Your PIN").fill(PIN)
    page.get_by_role("button", name="Unlock").click()
    page.locator("dialog.verdict[open]").wait_for(timeout=20_000)

    assert page.evaluate("() => document.body.gate.engine.recent(1)[0].number") == door.passes["press"].number
    expect(page.locator("[data-net]")).to_have_attribute("data-net", "offline")


def test_another_language_is_there_without_a_network(door: Door, phone: Page) -> None:
    page = phone
    page.goto("/g/")
    expect(page.locator("[data-screen=pair]")).to_be_visible()
    kept_for_offline(page)
    page.context.set_offline(True)

    page.locator("[data-screen=pair] a[lang=pl]").click()
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.goto("/g/")

    expect(page.locator("html")).to_have_attribute("lang", "pl")
    expect(page.locator("[data-screen=pair]")).to_be_visible()


def test_a_phone_that_was_left_and_paired_again_starts_without_a_network(door: Door, phone: Page) -> None:
    page = entered(phone, door)
    kept_for_offline(page)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Leave this phone").click()
    page.get_by_role("button", name="Wipe it and leave").click()
    expect(page.get_by_role("heading", name="Pair this phone")).to_be_visible()
    assert page.evaluate("async () => (await caches.keys()).length") == 0

    page.get_by_label("Or type it, or paste its address").fill(f"{door.url}/g/pair/{door.pairing()}")
    introduced(page)
    until(page, "async () => Boolean(await caches.match('/g/?lang=pl', { ignoreVary: true }))")
    page.context.set_offline(True)
    page.reload()

    expect(page.get_by_role("heading", name="The gate is locked")).to_be_visible()


def test_a_phone_that_was_taken_off_the_gate_keeps_nothing_that_can_be_read(door: Door, phone: Page) -> None:
    page = entered(phone, door)
    with make.saved(door.app):
        device = devices.listed(door.event)[0]
        pairing.revoke(device)

    expect(page.get_by_role("heading", name="This phone was taken off the gate")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Pair it anew").click()

    expect(page.get_by_role("heading", name="Pair this phone")).to_be_visible()
    assert page.evaluate("() => document.body.gate.engine.paired") is False


# --- Those who use it ------------------------------------------------------------------------------------------------


def test_a_steward_cannot_look_for_names_and_a_supervisor_can(door: Door, browse: Callable[..., Page]) -> None:
    steward, lead = entered(browse(PHONE), door), entered(browse(PHONE), door, role="supervisor")

    expect(steward.get_by_role("button", name="Find a name")).to_be_hidden()
    lead.get_by_role("button", name="Find a name").click()
    lead.get_by_label("Name", exact=True).fill("les")
    lead.keyboard.press("Enter")
    expect(lead.get_by_text("At least four letters.", exact=True)).to_be_visible()
    lead.get_by_label("Name", exact=True).fill("lestari")
    lead.get_by_role("button", name="Scan it").click()

    expect(verdict(lead, "in")).to_contain_text("Ayu L.")


def test_a_supervisor_lets_somebody_in_anyway_and_a_steward_is_not_asked(
    door: Door, browse: Callable[..., Page]
) -> None:
    steward, lead = entered(browse(PHONE), door), entered(browse(PHONE), door, role="supervisor")

    for page in (steward, lead):
        for said in ("in", "again"):
            page.evaluate("() => { document.body.gate.scanning.last.text = ''; }")
            wedge(page, door.codes["ayu" if page is steward else "press"])
            verdict(page, said)
            if said == "in":
                page.keyboard.press("Escape")
    expect(steward.get_by_role("button", name="Let them in anyway")).to_be_hidden()
    lead.get_by_role("button", name="Let them in anyway").click()

    verdict(lead, "in")


def test_a_scan_is_taken_back_from_the_list_of_the_last_ones(door: Door, desk: Page) -> None:
    page = entered(desk, door)
    wedge(page, door.codes["ayu"])
    verdict(page, "in")
    page.keyboard.press("Escape")

    page.locator(".beside-scanner").get_by_role("button", name="Annul").click()

    expect(page.locator(".beside-scanner .scan")).to_contain_text("annulled")
    expect(page.locator("[data-inside]")).to_have_text("0")
    everything_sent(page)


def test_a_booth_asks_the_visitor_before_it_keeps_their_name(door: Door, phone: Page, axe: Callable[..., None]) -> None:
    page = entered(phone, door, role="booth", place="Pustaka Kecil")

    wedge(page, door.codes["ayu"])
    expect(verdict(page, "in")).to_contain_text("Welcome")
    sheet = page.get_by_role("dialog", name="A visitor at your booth")
    expect(sheet).to_contain_text("May “Pustaka Kecil” write to you about what you saw here?")
    axe(page)
    sheet.get_by_role("button", name="Keep it").click()
    expect(sheet.get_by_text("Say yes or no to the question first.")).to_be_visible()
    sheet.locator("[name=consent][value=yes]").check()
    sheet.locator("[name=warmth][value=hot]").check()
    sheet.get_by_label("Note").fill("Wants the catalogue")
    sheet.get_by_role("button", name="Keep it").click()
    expect(sheet).to_be_hidden()
    everything_sent(page)

    page.get_by_role("button", name="Leads").click()
    leads = page.get_by_role("dialog", name="Leads")
    expect(leads).to_contain_text("Wants the catalogue")
    expect(leads).to_contain_text("Hot")


# --- How it looks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", [SMALL, DESK], ids=["phone", "desk"])
def test_nobody_is_shut_out_of_any_screen(
    door: Door, browse: Callable[..., Page], axe: Callable[..., None], device: dict[str, Any]
) -> None:
    page = browse(device)
    page.goto("/g/")
    expect(page.locator("[data-screen=pair]")).to_be_visible()
    axe(page)
    entered(page, door, role="supervisor")
    axe(page)
    for name in ("type", "names", "history", "more"):
        page.locator(f"[data-screen=scan] [data-open={name}]").click()
        expect(page.locator(f"[data-dialog={name}]")).to_be_visible()
        axe(page)
        page.locator(f"[data-dialog={name}] [data-close]").first.click()
    for code in (door.codes["group"], ELSEWHERE):
        wedge(page, code)
        page.locator("dialog.verdict[open]").wait_for()
        axe(page, ("light",))
        page.locator("[data-go-on]").click()
    page.evaluate("() => document.body.gate.show('choose')")
    axe(page)
    page.locator("[data-screen=choose] [data-lock]").click()
    axe(page, ("light",))


@pytest.mark.parametrize("language", ["en", "id", "pl", "zh-Hans"])
def test_every_screen_fits_a_small_phone_in_each_language(
    door: Door, browse: Callable[..., Page], language: str
) -> None:
    page = browse(SMALL)
    page.goto(f"/g/?lang={language}#pair={door.pairing('supervisor')}")
    page.locator("[data-pair] [name=name]").fill("Rani")
    page.locator("[data-pair] [name=pin]").fill(PIN)
    page.locator("[data-pair-send]").click()
    wide = {"choose": sideways(page, "[data-screen=choose]")}
    page.locator(".place").first.click()
    wide["scan"] = sideways(page, "[data-screen=scan]")
    for name in ("type", "names", "history", "more"):
        page.locator(f"[data-screen=scan] [data-open={name}]").click()
        wide[name] = sideways(page, f"[data-dialog={name}]")
        page.locator(f"[data-dialog={name}] [data-close]").first.click()
    for said, code in (("in", door.codes["group"]), ("again", door.codes["ayu"]), ("no", ELSEWHERE)):
        if said == "again":
            wedge(page, code)
            verdict(page, "in")
            page.evaluate("() => { document.body.gate.scanning.last.text = ''; }")
        wedge(page, code)
        verdict(page, said)
        wide[said] = sideways(page, "dialog.verdict")
        button = page.locator("[data-go-on]").bounding_box()
        assert button and button["y"] + button["height"] <= 640
        page.locator("[data-go-on]").click()

    assert set(wide.values()) == {0}, wide


def sideways(page: Page, selector: str) -> int:
    """Tell how many pixels a part is wider than the phone."""
    page.locator(selector).wait_for()
    return int(page.locator(selector).evaluate("part => Math.max(0, part.scrollWidth - part.clientWidth)"))


def test_nothing_moves_where_somebody_asks_for_stillness(door: Door, browse: Callable[..., Page]) -> None:
    still, moving = entered(browse(PHONE), door), entered(browse(PHONE, **MOVING), door)

    for page in (still, moving):
        wedge(page, ELSEWHERE)
        verdict(page, "no")

    animation = "shape => getComputedStyle(shape).animationName"
    assert still.locator(".verdict .shape.is-no").evaluate(animation) == "none"
    assert moving.locator(".verdict .shape.is-no").evaluate(animation) == "verdict-in"
