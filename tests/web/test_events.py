"""Events on the console: made and changed with their hours, and closed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from referral.events import queries
from referral.plumbing.clock import now
from tests import factories as make
from tests.factories import send
from tests.web.gating import Phone, paired

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Place

EVENTS = "/b/night-fair/campaigns/fair/events"
NIGHT = f"{EVENTS}/night"
FORM: dict[str, Any] = {
    "name": "Books by lantern",
    "slug": "",
    "venue": "Hall B",
    "timezone": "Europe/Warsaw",
    "days-first": "2027-05-20",
    "days-last": "2027-05-22",
    "days-opens": "20:00",
    "days-closes": "04:00",
    "early_minutes": "30",
    "capacity": "1 200",
    "reentry": "daily",
    "gives_passes": "y",
    "cost": "25000000",
}


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


def hours(app: Flask, fair: Campaign, slug: str) -> list[tuple[str, str]]:
    """Write an event's days on the clocks of its place."""
    with make.saved(app):
        event = queries.in_campaign(fair, slug)
        zone = ZoneInfo(event.timezone)
        return [
            tuple(f"{at.astimezone(zone):%m-%d %H:%M}" for at in (day.opens_at, day.closes_at))  # type: ignore[misc]
            for day in queries.days(event)
        ]


# --- Making one ------------------------------------------------------------------------------------------------------


def test_a_campaign_without_events_says_what_an_event_is_and_what_to_do(
    fair: Campaign, organiser: FlaskClient, viewer: FlaskClient
) -> None:
    page, seen = organiser.get(EVENTS).text, viewer.get(EVENTS).text

    assert "where the story becomes a crowd" in page
    assert f'href="{EVENTS}/new"' in page
    assert "where the story becomes a crowd" in seen
    assert f'href="{EVENTS}/new"' not in seen


def test_an_organiser_makes_an_event_whose_nights_end_on_the_next_morning(
    app: Flask, fair: Campaign, organiser: FlaskClient
) -> None:
    answer = send(organiser, f"{EVENTS}/new", FORM)

    assert (answer.status_code, answer.location) == (303, f"{EVENTS}/books-by-lantern/places")
    assert hours(app, fair, "books-by-lantern") == [
        ("05-20 20:00", "05-21 04:00"),
        ("05-21 20:00", "05-22 04:00"),
        ("05-22 20:00", "05-23 04:00"),
    ]
    with make.saved(app):
        event = queries.in_campaign(fair, "books-by-lantern")
    assert (event.capacity, event.early_minutes, event.cost_minor, event.gives_passes) == (
        1200,
        30,
        2_500_000_000,
        True,
    )
    assert "Books by lantern" in organiser.get(EVENTS).text


def test_a_new_event_is_on_the_clocks_of_the_brand_and_then_of_the_last_event(
    app: Flask, brand: Brand, fair: Campaign, organiser: FlaskClient
) -> None:
    first = organiser.get(f"{EVENTS}/new").text
    with make.saved(app):
        make.event(fair, timezone="Asia/Makassar")
    second = organiser.get(f"{EVENTS}/new").text

    assert 'value="Asia/Jakarta"' in re.findall(r'<input[^>]*id="timezone"[^>]*>', first)[0]
    assert 'value="Asia/Makassar"' in re.findall(r'<input[^>]*id="timezone"[^>]*>', second)[0]
    assert '<option value="Europe/Warsaw">Warsaw</option>' in first


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Give the event a name."),
        ({"name": "x" * 121}, "at most 120"),
        ({"slug": "no spaces"}, "The short name takes"),
        ({"slug": "taken"}, "The short name taken is taken."),
        ({"timezone": ""}, "Choose the time zone of the place."),
        ({"timezone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ({"days-first": "", "days-last": "", "days-opens": "", "days-closes": ""}, "Say on at least one day"),
        ({"days-closes": ""}, "A row needs its first day"),
        ({"days-opens": "25:00"}, "Write a time like 08:00"),
        ({"days-first": "2027-02-30"}, "Write a day like 2026-11-20."),
        ({"days-last": "2027-05-19"}, "The last day must not come before the first."),
        ({"days-last": "2029-05-19"}, "at most 400 days"),
        (
            {"days-first": "2027-03-28", "days-last": "", "days-opens": "02:30"},
            "On Mar 28, 2027 clocks are put",
        ),
        ({"early_minutes": "-5"}, "The minutes must be between 0 and 720."),
        ({"capacity": "0"}, "The capacity must be between 1 and"),
        ({"capacity": "many"}, "The capacity must be between 1 and"),
        ({"reentry": "twice"}, "Not a valid choice"),
        ({"cost": "a lot"}, "An amount is written like"),
        ({"cost": "-5"}, "The cost must be an amount"),
        ({"venue": "x" * 201}, "The place is too long"),
    ],
)
def test_an_event_that_cannot_be_comes_back_with_everything_that_was_typed(
    app: Flask, fair: Campaign, organiser: FlaskClient, fields: dict[str, Any], words: str
) -> None:
    with make.saved(app):
        make.event(fair, "taken")

    answer = send(organiser, f"{EVENTS}/new", FORM | fields)

    assert answer.status_code == 400
    assert words in answer.text
    for name, value in (FORM | fields).items():
        if name not in ("reentry", "gives_passes") and value:
            assert f'name="{name}"' in answer.text
            assert f'value="{value}"' in answer.text, name
    with make.saved(app):
        assert [event.slug for event in queries.of_campaign(fair)] == ["taken"]


def test_all_that_is_wrong_is_said_at_once(fair: Campaign, organiser: FlaskClient) -> None:
    answer = send(organiser, f"{EVENTS}/new", FORM | {"capacity": "many", "cost": "a lot", "days-opens": "late"})

    assert "Look at the rows that are marked." in answer.text
    assert "Write a time like 08:00" in answer.text
    assert "The capacity must be between 1 and" in answer.text
    assert "An amount is written like" in answer.text


def test_one_more_row_can_be_had_without_a_script_and_nothing_is_made_by_it(
    app: Flask, fair: Campaign, organiser: FlaskClient
) -> None:
    answer = send(organiser, f"{EVENTS}/new", FORM | {"more": "1", "name": ""})

    assert answer.status_code == 200
    assert answer.text.count('name="days-first"') == 2
    assert 'value="2027-05-20"' in answer.text
    assert "error-summary" not in answer.text
    with make.saved(app):
        assert queries.of_campaign(fair) == []


def test_several_rows_are_read_and_empty_ones_left_out(app: Flask, fair: Campaign, organiser: FlaskClient) -> None:
    rows = {
        "days-first": ["2027-05-20", "", "2027-05-22"],
        "days-last": ["2027-05-21", "", ""],
        "days-opens": ["10:00", "", "12:00"],
        "days-closes": ["18:00", "", "16:00"],
    }

    assert send(organiser, f"{EVENTS}/new", FORM | rows).status_code == 303

    assert hours(app, fair, "books-by-lantern") == [
        ("05-20 10:00", "05-20 18:00"),
        ("05-21 10:00", "05-21 18:00"),
        ("05-22 12:00", "05-22 16:00"),
    ]


# --- Changing one ----------------------------------------------------------------------------------------------------


def test_an_event_is_changed_row_by_row_or_day_by_day(app: Flask, fair: Campaign, organiser: FlaskClient) -> None:
    send(organiser, f"{EVENTS}/new", FORM)
    lantern = f"{EVENTS}/books-by-lantern"
    together, single = organiser.get(f"{lantern}/edit").text, organiser.get(f"{lantern}/edit?single=1").text
    with make.saved(app):
        before = [day.id for day in queries.days(queries.in_campaign(fair, "books-by-lantern"))]

    rows = {
        "days-first": ["2027-05-20", "2027-05-21", "2027-05-22"],
        "days-last": ["", "", ""],
        "days-opens": ["20:00", "18:00", "20:00"],
        "days-closes": ["04:00", "04:00", "04:00"],
    }
    answer = send(organiser, f"{lantern}/edit?single=1", FORM | rows | {"slug": "another"})

    assert (together.count('name="days-first"'), single.count('name="days-first"')) == (2, 4)
    assert (answer.status_code, answer.location) == (303, lantern)
    assert [opens for opens, _ in hours(app, fair, "books-by-lantern")] == ["05-20 20:00", "05-21 18:00", "05-22 20:00"]
    with make.saved(app):
        assert [day.id for day in queries.days(queries.in_campaign(fair, "books-by-lantern"))] == before


def test_hours_that_no_row_can_say_stay_as_they_are(app: Flask, fair: Campaign, organiser: FlaskClient) -> None:
    opens = now().replace(microsecond=0)
    with make.saved(app):
        make.event(fair, days=[(opens, opens + timedelta(days=10))])

    page = organiser.get(f"{NIGHT}/edit").text
    answer = send(organiser, f"{NIGHT}/edit", {**FORM, "name": "Ten days"})

    assert "they stay as they are" in page
    assert answer.status_code == 303
    with make.saved(app):
        [day] = queries.days(queries.in_campaign(fair, "night"))
    assert (day.opens_at, day.closes_at) == (opens, opens + timedelta(days=10))


def test_a_day_on_which_people_came_is_not_left_out(
    app: Flask, rina: Phone, north: Place, organiser: FlaskClient
) -> None:
    with make.saved(app):
        token = make.token_of(make.gate_pass(queries.by_id(north.brand_id, north.event_id)))
    assert rina.scan(north, token)["verdict"] == "applied"

    answer = send(organiser, f"{NIGHT}/edit", FORM)

    assert answer.status_code == 400
    assert "People came on a day that you left out." in answer.text


def test_an_event_is_closed_for_good(app: Flask, fair: Campaign, night: Event, organiser: FlaskClient) -> None:
    assert send(organiser, f"{NIGHT}/close").status_code == 303

    page = organiser.get(NIGHT).text
    assert "Closed" in page
    assert "Close the event for good" not in organiser.get(f"{NIGHT}/edit").text
    with make.saved(app):
        assert queries.in_campaign(fair, "night").closed_at is not None


def test_the_big_screen_gets_another_address(app: Flask, night: Event, organiser: FlaskClient) -> None:
    before = organiser.get(f"/wall/{night.wall_key}").status_code

    assert send(organiser, f"{NIGHT}/wall").status_code == 303

    assert (before, organiser.get(f"/wall/{night.wall_key}").status_code) == (200, 404)
    [address] = set(re.findall(r'href="(/wall/[^"]+)"', organiser.get(NIGHT).text))
    assert organiser.get(address).status_code == 200
