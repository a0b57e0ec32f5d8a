"""After an event: who came by whose word, in what way, what it cost and who stayed; for those who may see it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from referral.plumbing import ids
from tests import factories as make
from tests.parts.scanned import entry, nonce, taken

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event
    from referral.fans.models import Fan

RESULTS = "/b/night-fair/campaigns/fair/events/night/results"


@pytest.fixture
def people(app: Flask, fair: Campaign) -> list[Fan]:
    """Let a poster tell Ayu, Ayu tell Budi, and Budi tell Citra."""
    with make.saved(app):
        return make.chain(fair, "Ayu", "=Budi", "Citra", told_by=make.link(fair, "Tram stop"))


@pytest.fixture
def night(app: Flask, fair: Campaign, people: list[Fan]) -> Event:
    """Make an event to which all of them may come, and let Budi and Citra in; Citra goes to a booth."""
    with make.saved(app):
        event = make.event(fair, cost_minor=1_000_01)
        gate, booth = make.place(event), make.place(event, "booth", "Lantern Press")
        passes = [make.gate_pass(event, fan) for fan in people]
        tokens = [make.token_of(one) for one in passes]
    taken(
        app,
        event,
        entry(tokens[1], place_id=gate.id),
        entry(tokens[2], place_id=gate.id),
        entry(tokens[2], place_id=booth.id, kind="visit"),
    )
    return event


def test_an_event_to_which_nobody_came_says_what_to_do(app: Flask, brand: Brand, fair: Campaign) -> None:
    with make.saved(app):
        make.event(fair)

    page = make.staff(app, brand, "viewer").get(RESULTS)

    assert page.status_code == 200
    assert "Nobody has come in yet" in page.text


def test_arrivals_are_counted_by_who_told_them_and_in_what_way(app: Flask, brand: Brand, night: Event) -> None:
    page = make.staff(app, brand, "owner").get(RESULTS).text

    assert "2 arrivals" in page
    assert "of 3 passes that were given out" in page
    assert "IDR500.01" in page  # 1,000.01 for two
    assert '<th scope="row" class="has-meter">Ayu<svg' in page
    assert "=Budi" in page  # told Citra


def test_money_and_names_are_for_those_who_may_see_them(app: Flask, brand: Brand, night: Event) -> None:
    viewer = make.staff(app, brand, "viewer").get(RESULTS).text
    organiser = make.staff(app, brand, "organiser").get(RESULTS).text

    assert "2 arrivals" in viewer
    assert "IDR" not in viewer
    assert "Ayu" not in viewer
    assert "Ayu" in organiser
    assert "IDR" not in organiser


def test_the_files_hold_every_arrival_that_stands_and_who_is_credited(
    app: Flask, brand: Brand, night: Event, people: list[Fan]
) -> None:
    owner = make.staff(app, brand, "owner")

    arrivals = list(csv.DictReader(io.StringIO(owner.get(f"{RESULTS}/arrivals.csv").text)))
    credits = list(csv.DictReader(io.StringIO(owner.get(f"{RESULTS}/credits.csv").text)))

    ayu, budi, citra = (ids.show(fan.id) for fan in people)
    assert [(row["fan"], row["told_by"], row["generation"]) for row in arrivals] == [
        (budi, ayu, "1"),
        (citra, budi, "2"),
    ]
    assert [(row["fan"], row["name"], row["arrivals"], row["further_arrivals"]) for row in credits] == [
        (ayu, "Ayu", "1", "1"),
        (budi, "'=Budi", "1", "0"),
    ]


def test_an_annulled_arrival_stands_in_no_table_and_no_file(
    app: Flask, brand: Brand, fair: Campaign, people: list[Fan]
) -> None:
    with make.saved(app):
        event = make.event(fair)
        token = make.token_of(make.gate_pass(event, people[1]))
    came = entry(token)
    taken(app, event, came)
    taken(app, event, entry(token, id=nonce(), kind="annul", annuls=came.id))
    owner: FlaskClient = make.staff(app, brand, "owner")

    page = owner.get(RESULTS).text
    files = [owner.get(f"{RESULTS}/{name}.csv").text.strip().count("\n") for name in ("arrivals", "credits")]

    assert "Nobody has come in yet" in page
    assert files == [0, 0]
