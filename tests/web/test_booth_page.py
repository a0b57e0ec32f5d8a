"""A booth's code on a visitor's own phone: the same record as when its staff read their pass, and a name by consent."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from referral.events import actions as events
from referral.events import leads, passes, queries, scanning
from referral.events.models import BoothLead, Scan
from referral.events.rules.records import Record
from referral.fans import queries as fans
from referral.introductions import queries as introductions
from referral.links import queries as links
from referral.plumbing import clock, ids
from referral.plumbing.clock import now
from referral.plumbing.db import db
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from referral.events.models import Event, Place
    from referral.fans.models import Fan

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")


class Hall:
    """An event with a booth, and a fan with a pass whose phone this is."""

    def __init__(self, app: Flask, kind: str = "booth", *, email: str | None = "ayu@example.org") -> None:
        self.app = app
        with make.saved(app):
            self.campaign = make.campaign(make.brand())
            self.event: Event = make.event(self.campaign)
            self.place: Place = make.place(self.event, kind, "Second-hand comics")
            phone = None if email else "+6281234567890"
            self.ayu: Fan = make.fan(self.campaign, "Ayu Lestari", email=email, phone=phone)
            passes.welcome(self.campaign, [self.ayu.id])
            person = make.person_of(self.ayu)
            self.code = "" if kind == "gate" else links.by_id(self.campaign, self.place.link_id or 0).code
        self.client = make.signed_in_person(app, person)

    def page(self, client: FlaskClient | None = None, status: int = 200) -> str:
        """Open the booth's page; give its text as a person reads it."""
        answer = (client or self.client).get(f"/V/{self.code}")
        assert answer.status_code == status
        return html.unescape(answer.text)

    def say(self, client: FlaskClient | None = None, **fields: str) -> TestResponse:
        """Press the button."""
        found = re.search(r'name="visit"[^>]*value="([^"]+)"', self.page(client))
        visit = {"visit": found[1]} if found else {}
        return make.send(client or self.client, f"/v/{self.code}", visit | fields)

    def scans(self) -> list[Scan]:
        """List the log."""
        with make.saved(self.app):
            return list(db.session.scalars(select(Scan).order_by(Scan.id)))

    def leads(self) -> list[BoothLead]:
        """List whom booths met."""
        with make.saved(self.app):
            return list(db.session.scalars(select(BoothLead)))


# --- I was here ------------------------------------------------------------------------------------------------------


def test_a_visitor_reads_where_they_are_and_says_so(app: Flask) -> None:
    hall = Hall(app)

    page = hall.page()
    answer = hall.say()

    assert "Second-hand comics" in page
    assert "A night of books" in page
    assert "I was here" in page
    assert answer.location == f"/v/{hall.code}"
    assert "You were here" in hall.page()


def test_it_is_the_same_record_as_when_the_staff_reads_the_pass(app: Flask) -> None:
    hall = Hall(app)
    hall.say()
    with make.saved(app):
        event = queries.by_id(hall.event.brand_id, hall.event.id)
        held = queries.pass_of_fan(event, hall.ayu.id)
        assert held is not None
        said = {
            "id": str(uuid.uuid4()),
            "kind": "visit",
            "code": make.token_of(held),
            "place": ids.show(hall.place.id),
        }
        scanning.take(event, [Record.read(said)], received_at=now())

    own, staffs = hall.scans()

    alike = ("kind", "place_id", "pass_id", "event_id", "people", "verdict", "reason", "device_id", "code")
    assert [getattr(own, name) for name in alike] == [getattr(staffs, name) for name in alike]
    assert (own.kind, own.verdict) == ("visit", "applied")


def test_what_the_staff_read_before_is_seen_on_the_visitors_phone(app: Flask) -> None:
    hall = Hall(app)
    with make.saved(app):
        event = queries.by_id(hall.event.brand_id, hall.event.id)
        held = queries.pass_of_fan(event, hall.ayu.id)
        assert held is not None
        said = {"id": str(uuid.uuid4()), "kind": "visit", "code": make.token_of(held), "place": ids.show(hall.place.id)}
        scanning.take(event, [Record.read(said)], received_at=now())

    assert "You were here" in hall.page()


def test_a_button_pressed_twice_is_one_visit(app: Flask) -> None:
    hall = Hall(app)
    visit = str(uuid.uuid4())

    for _ in range(2):
        assert make.send(hall.client, f"/v/{hall.code}", {"visit": visit}).status_code == 303

    assert len(hall.scans()) == 1


def test_a_visit_opens_no_gate_and_makes_no_arrival(app: Flask) -> None:
    hall = Hall(app)
    hall.say()

    with make.saved(app):
        assert queries.days_entered(hall.event) == set()


@pytest.mark.parametrize("visit", ["", "x", "' OR 1=1", "0" * 36])
def test_a_form_that_is_not_ours_writes_nothing_or_a_visit_of_its_own(app: Flask, visit: str) -> None:
    hall = Hall(app)

    answer = make.send(hall.client, f"/v/{hall.code}", {"visit": visit})

    assert answer.status_code == (303 if not visit else 400)
    assert len(hall.scans()) == (0 if visit else 1)


# --- They may write to me --------------------------------------------------------------------------------------------


def test_the_box_is_empty_and_without_it_the_booth_learns_no_name(app: Flask) -> None:
    hall = Hall(app)

    page = hall.page()
    hall.say()

    assert "They may write to me: they see my name and ayu@example.org." in page
    assert not re.search(r'<input[^>]*name="consent"[^>]*checked', page)
    assert hall.leads() == []
    assert "They see that somebody came by, and not who." in hall.page()


def test_who_ticks_the_box_can_be_written_to(app: Flask) -> None:
    hall = Hall(app)

    hall.say(consent="y")

    with make.saved(app):
        [lead] = leads.listed(hall.event)
    assert (lead.name, lead.email) == ("Ayu Lestari", "ayu@example.org")
    assert "They may write to you: they see your name and ayu@example.org." in hall.page()


def test_what_was_allowed_can_be_allowed_later_and_taken_back_even_after_the_event(app: Flask) -> None:
    hall = Hall(app)
    hall.say()
    hall.say(consent="y")
    assert [lead.consented_at is not None for lead in hall.leads()] == [True]

    with clock.at(now() + timedelta(days=5)):
        assert "This event is over" in hall.page()
        make.send(hall.client, f"/v/{hall.code}", {"consent": "no"})

    assert [lead.consented_at for lead in hall.leads()] == [None]
    with make.saved(app):
        assert [lead.name for lead in leads.listed(hall.event)] == [None]


def test_somebody_with_a_phone_reads_that_it_is_their_number(app: Flask) -> None:
    hall = Hall(app, email=None)

    assert "they see my name and +6281234567890." in hall.page()


def test_a_stage_counts_and_asks_for_nothing(app: Flask) -> None:
    hall = Hall(app, "stage")

    page = hall.page()
    hall.say(consent="y")

    assert "They may write to me" not in page
    assert hall.leads() == []
    assert len(hall.scans()) == 1


# --- Who is nobody here yet ------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_joins_by_the_booth_and_comes_back(app: Flask) -> None:
    hall, client = Hall(app), app.test_client()

    page = hall.page(client)
    [address] = re.findall(r'href="(/c/fair[^"]+)"', page)
    story = client.get(address)
    [join] = re.findall(r'action="(/c/fair/join[^"]+)"', html.unescape(story.text))
    answer = make.send(client, join.partition("#")[0], {"name": "Budi", "contact": "budi@example.org"})

    assert f"via={hall.code}" in address
    assert answer.location == f"/v/{hall.code}"
    assert "Good to see you, Budi" in hall.page(client)
    with make.saved(app):
        budi = next(fan for fan, person in fans.page(hall.campaign, None, 9) if person.name == "Budi")
        told = introductions.primary(budi)
    assert told is not None
    assert (told.introducer_id, told.link_id) == (None, hall.place.link_id)
    hall.say(client)
    assert len(hall.scans()) == 1


def test_who_joins_by_a_poster_or_a_friend_goes_home(app: Flask) -> None:
    hall, client = Hall(app), app.test_client()

    answer = make.send(client, f"/c/fair/join?via={hall.code}", {"name": "Budi", "contact": "budi@example.org"})

    assert answer.location == "/me/fair"


def test_a_form_that_was_reloaded_still_leads_back(app: Flask, client: FlaskClient) -> None:
    hall = Hall(app)

    answer = client.get(f"/c/fair/join?via={hall.code}&visit=1")

    assert f"via={hall.code}" in answer.location
    assert "visit=1" in answer.location


def test_who_signs_in_by_mail_comes_back_to_the_booth(app: Flask, client: FlaskClient) -> None:
    hall = Hall(app)
    hall.page(client)

    with client.session_transaction() as kept:
        assert kept["next"] == f"/v/{hall.code}"


def test_who_is_not_signed_in_cannot_say_so(app: Flask, client: FlaskClient) -> None:
    hall = Hall(app)

    answer = make.send(client, f"/v/{hall.code}", {"visit": str(uuid.uuid4()), "consent": "y"})

    assert answer.location == f"/v/{hall.code}"
    assert hall.scans() == []


def test_a_fan_of_another_story_of_the_brand_joins_this_one_first(app: Flask) -> None:
    hall = Hall(app)
    with make.saved(app):
        brand = queries.campaign_of(hall.event).brand_id
        assert brand
        eka = make.fan(make.campaign(make.brand("tea-house", name="Tea House"), "tea"), "Eka")
        person = make.person_of(eka)

    assert "Join in, and say that you were here" in hall.page(make.signed_in_person(app, person))


# --- What is not open ------------------------------------------------------------------------------------------------


def test_a_booth_that_was_closed_takes_no_visits(app: Flask) -> None:
    hall = Hall(app)
    with make.saved(app):
        events.close_place(queries.place(hall.event, hall.place.id))

    assert "Nobody is here any more" in hall.page()
    make.send(hall.client, f"/v/{hall.code}", {"visit": str(uuid.uuid4())})
    assert hall.scans() == []


def test_after_the_event_nothing_is_noted(app: Flask) -> None:
    hall = Hall(app)

    with clock.at(now() + timedelta(days=5)):
        assert "This event is over" in hall.page()
        make.send(hall.client, f"/v/{hall.code}", {"visit": str(uuid.uuid4())})

    assert hall.scans() == []


def test_a_revoked_pass_notes_nothing(app: Flask) -> None:
    hall = Hall(app)
    with make.saved(app):
        held = queries.pass_of_fan(hall.event, hall.ayu.id)
        assert held is not None
        passes.revoke(held)

    assert "You have no pass for this event" in hall.page()


def test_a_poster_leads_to_its_story(app: Flask) -> None:
    hall = Hall(app, "poster")

    assert hall.client.get(f"/v/{hall.code}").location == f"/R/{hall.code}"


def test_a_fans_own_code_and_nonsense_are_no_place(app: Flask) -> None:
    hall = Hall(app)
    with make.saved(app):
        own = make.code_of(hall.ayu)

    for code in (own, "K7M2Q9XD", "nowhere", "0" * 80):
        assert hall.client.get(f"/v/{code}").status_code == 404
