"""How an event's doors do just now: who is inside, what needs somebody to look, and what else there is to open."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from referral.events import actions, devices, queries
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now
from tests import factories as make
from tests.factories import send
from tests.web.gating import Phone, paired, scan

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Place

EVENTS = "/b/night-fair/campaigns/fair/events"
NIGHT = f"{EVENTS}/night"


@pytest.fixture
def organiser(app: Flask, brand: Brand) -> FlaskClient:
    """Sign an organiser in."""
    return make.staff(app, brand, "organiser")


@pytest.fixture
def night(app: Flask, fair: Campaign) -> Event:
    """Make an event that is open."""
    with make.saved(app):
        return make.event(fair, capacity=3)


@pytest.fixture
def north(app: Flask, night: Event) -> Place:
    """Make its first gate."""
    with make.saved(app):
        return make.place(night, name="Gate north")


@pytest.fixture
def rina(app: Flask, night: Event, north: Place) -> Phone:
    """Pair a phone."""
    return paired(app, night, name="Rina")


def figures(page: str) -> list[str]:
    """Give the big numbers of the doors."""
    return re.findall(r"<strong>([^<]*)</strong>\s*<p>", page)


def test_the_doors_count_who_is_inside_and_who_came_by_somebodys_word(
    app: Flask, fair: Campaign, night: Event, north: Place, rina: Phone, viewer: FlaskClient
) -> None:
    with make.saved(app):
        ayu, budi = make.chain(fair, "Ayu", "Budi")
        tokens = [make.token_of(make.gate_pass(night, fan)) for fan in (ayu, budi)]
        group = make.token_of(make.gate_pass(night, admits=10))
    for token in tokens:
        rina.scan(north, token)
    rina.scan(north, group, people=4)
    rina.scan(north, tokens[0], kind="exit", at=milliseconds(now()))

    page = viewer.get(f"{NIGHT}/now").text

    # inside, came today, by somebody's word, a minute, refused
    assert figures(page) == ["5", "6", "1", "0.4", "0"]
    assert "of 3 who fit in" in page
    assert "Full: the doors let people in all the same." in page
    assert "<html" not in page
    [row] = re.findall(r"<tr>\s*<th scope=\"row\">Gate north.*?</tr>", page, re.S)
    assert re.findall(r">([0-9.]+)</td>", row) == ["6", "0.4", "1", "6"]


def test_what_was_annulled_or_refused_is_not_counted_as_people(
    app: Flask, night: Event, north: Place, rina: Phone, viewer: FlaskClient
) -> None:
    with make.saved(app):
        token = make.token_of(make.gate_pass(night))
    entry = scan(north, token)
    rina.scans([entry])
    rina.scan(north, "nonsense-of-somebody", said="no")
    rina.scan(north, token, kind="annul", annuls=entry["id"])

    page = viewer.get(f"{NIGHT}/now").text

    assert figures(page) == ["0", "0", "0", "0", "1"]


def test_the_page_asks_for_its_doors_again_and_again(night: Event, viewer: FlaskClient) -> None:
    page = viewer.get(NIGHT).text

    assert f'hx-get="{NIGHT}/now"' in page
    assert 'hx-trigger="every 5s"' in page


def test_a_new_event_says_what_is_to_be_done_before_its_doors_open(
    night: Event, north: Place, organiser: FlaskClient
) -> None:
    page = organiser.get(NIGHT).text

    assert "Before the doors open" in page
    assert re.search(r'<li class="is-done"><a href="[^"]*/places"', page)
    assert re.search(r'<li aria-current="step"><a href="[^"]*/devices"', page)


def test_two_gates_that_let_the_same_pass_in_are_shown_with_times_and_volunteers_and_settled(
    app: Flask, fair: Campaign, night: Event, north: Place, rina: Phone, organiser: FlaskClient
) -> None:
    with make.saved(app):
        south = make.place(night, name="Gate south")
        token = make.token_of(make.gate_pass(night, make.fan(fair, "Citra Dewi")))
    tomasz = paired(app, night, name="Tomasz")
    first = now() - timedelta(minutes=5)
    rina.scan(north, token, at=milliseconds(first))
    tomasz.scan(south, token, at=milliseconds(first + timedelta(seconds=40)))

    page = organiser.get(NIGHT).text
    [settle] = set(re.findall(rf'action="({NIGHT}/conflicts/[^"]+/settle)"', page))
    answer = send(organiser, settle)
    after = organiser.get(NIGHT).text

    assert "1 conflict to look at" in page
    assert "Citra Dewi" in page
    zone = ZoneInfo("Asia/Jakarta")
    for gate, at, volunteer in (("Gate north", first, "Rina"), ("Gate south", first + timedelta(seconds=40), "Tomasz")):
        assert re.search(rf"{gate}, <time[^>]*>{at.astimezone(zone):%H:%M:%S}</time>, {volunteer}", page)
    assert answer.status_code == 303
    assert "conflict to look at" not in after
    assert send(organiser, f"{NIGHT}/conflicts/{ids.show(1)}/settle").status_code == 404
    assert send(organiser, f"{NIGHT}/conflicts/nonsense/settle").status_code == 404


def test_a_viewer_sees_a_conflict_without_names_and_settles_nothing(
    app: Flask, fair: Campaign, night: Event, north: Place, rina: Phone, viewer: FlaskClient
) -> None:
    with make.saved(app):
        token = make.token_of(make.gate_pass(night, make.fan(fair, "Citra Dewi")))
    rina.scan(north, token)
    paired(app, night, name="Tomasz").scan(north, token)

    page = viewer.get(NIGHT).text

    assert "1 conflict to look at" in page
    assert not [name for name in ("Citra", "Rina", "Tomasz", "settled</button>") if name in page]


def test_a_phone_with_unsent_scans_or_a_wrong_clock_is_named(
    app: Flask, night: Event, rina: Phone, organiser: FlaskClient
) -> None:
    assert "Phones to look after" not in organiser.get(NIGHT).text
    with make.saved(app):
        device = devices.by_id(night, rina.device.id)
        device.unsent, device.clock_offset_ms = 37, -2 * 3_600_000

    page = organiser.get(NIGHT).text

    assert "Rina" in page
    assert "37 scans that are not sent yet" in page
    assert "Its clock is 2 hours fast." in page


def test_what_further_pages_there_are_is_linked(night: Event, organiser: FlaskClient, viewer: FlaskClient) -> None:
    page, seen = organiser.get(NIGHT).text, viewer.get(NIGHT).text

    assert f'href="{NIGHT}/print"' in page
    assert f'href="{NIGHT}/results"' in page
    assert f'href="{NIGHT}/edit"' in page
    assert f'href="{NIGHT}/edit"' not in seen
    assert f"{NIGHT}/scans.csv" in page
    assert f"{NIGHT}/scans.csv" not in seen


def test_a_closed_day_is_spoken_of_as_closed(app: Flask, fair: Campaign, viewer: FlaskClient) -> None:
    opened = now() - timedelta(days=3)
    with make.saved(app):
        make.event(fair, days=[(opened, opened + timedelta(hours=8))])

    page = viewer.get(NIGHT).text

    assert "The doors are closed" in page
    assert "Over" in page


def test_an_event_of_another_campaign_is_not_found(
    app: Flask, brand: Brand, night: Event, organiser: FlaskClient
) -> None:
    with make.saved(app):
        make.campaign(brand, "other")

    assert organiser.get("/b/night-fair/campaigns/other/events/night").status_code == 404
    assert organiser.get(f"{EVENTS}/nothing").status_code == 404


def test_places_that_are_closed_keep_their_numbers_on_the_page(
    app: Flask, night: Event, north: Place, rina: Phone, viewer: FlaskClient
) -> None:
    with make.saved(app):
        token = make.token_of(make.gate_pass(night))
    rina.scan(north, token)
    with make.saved(app):
        actions.close_place(queries.place(night, north.id))
        make.place(night, name="Gate south")

    page = viewer.get(f"{NIGHT}/now").text

    assert "Gate north" in page
    assert "Gate south" in page
