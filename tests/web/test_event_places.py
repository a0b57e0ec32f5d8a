"""An event's places on the console: added, closed, opened again, with the codes that hang there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from referral.events import queries
from referral.links import queries as links
from referral.plumbing import ids
from tests import factories as make
from tests.factories import send

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")

PLACES = "/b/night-fair/campaigns/fair/events/night/places"


@pytest.fixture
def organiser(app: Flask, brand: Brand) -> FlaskClient:
    """Sign an organiser in."""
    return make.staff(app, brand, "organiser")


@pytest.fixture
def night(app: Flask, fair: Campaign) -> Event:
    """Make an event that is open."""
    with make.saved(app):
        return make.event(fair)


@pytest.mark.parametrize(("kind", "has_code"), [("gate", False), ("booth", True), ("poster", True), ("stage", True)])
def test_a_place_is_added_and_all_but_gates_have_a_code(
    app: Flask, fair: Campaign, night: Event, organiser: FlaskClient, kind: str, has_code: bool
) -> None:
    assert "No place yet" in organiser.get(PLACES).text

    answer = send(organiser, PLACES, {"kind": kind, "name": "  By the river "})

    assert (answer.status_code, answer.location) == (303, PLACES)
    page = organiser.get(PLACES).text
    assert "By the river" in page
    with make.saved(app):
        [place] = queries.places(night)
        code = links.by_id(fair, place.link_id).code if place.link_id is not None else None
    assert (place.kind, code is not None) == (kind, has_code)
    assert (f"/q/{code}.svg" in page, f"R/<wbr>{code}</a>" in page) == (has_code, has_code)


def test_people_who_joined_by_a_posters_code_are_counted_beside_it(
    app: Flask, fair: Campaign, night: Event, organiser: FlaskClient
) -> None:
    with make.saved(app):
        poster = make.place(night, "poster")
        make.fan(fair, "Ayu", told_by=links.by_id(fair, poster.link_id or 0))

    assert "<dt>People who joined by it</dt><dd>1</dd>" in organiser.get(PLACES).text


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("gate", "", "Name the place"),
        ("gate", "x" * 121, "at most 120"),
        ("window", "North", "Not a valid choice"),
    ],
)
def test_a_place_that_cannot_be_comes_back(
    app: Flask, night: Event, organiser: FlaskClient, kind: str, name: str, words: str
) -> None:
    answer = send(organiser, PLACES, {"kind": kind, "name": name})

    assert answer.status_code == 400
    assert words in answer.text
    assert f'value="{name}"' in answer.text
    with make.saved(app):
        assert queries.places(night) == []


def test_a_place_is_closed_and_opened_again(app: Flask, night: Event, organiser: FlaskClient) -> None:
    with make.saved(app):
        gate = make.place(night)
    one = f"{PLACES}/{ids.show(gate.id)}"

    assert send(organiser, f"{one}/close").status_code == 303
    closed = organiser.get(PLACES).text
    assert send(organiser, f"{one}/open").status_code == 303
    opened = organiser.get(PLACES).text

    assert (f'action="{one}/open"' in closed, f'action="{one}/close"' in closed) == (True, False)
    assert (f'action="{one}/open"' in opened, f'action="{one}/close"' in opened) == (False, True)
    assert send(organiser, f"{PLACES}/{ids.show(1)}/close").status_code == 404
    assert send(organiser, f"{PLACES}/nonsense/close").status_code == 404


def test_a_viewer_sees_the_places_and_changes_none(app: Flask, night: Event, viewer: FlaskClient) -> None:
    with make.saved(app):
        gate = make.place(night)

    page = viewer.get(PLACES).text

    assert gate.name in page
    assert "<form" not in page.partition("<main")[2]
    assert send(viewer, PLACES, {"kind": "gate", "name": "More"}).status_code == 403
    assert send(viewer, f"{PLACES}/{ids.show(gate.id)}/close").status_code == 403
