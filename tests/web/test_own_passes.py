"""A fan's pass on their home: there at once, opened, mailed, made anew; and whether a big screen shows their name."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.events import passes, queries, wall_names
from referral.fans import queries as fans
from referral.plumbing import clock, outbox
from referral.plumbing.clock import now
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.events.models import Event, Pass
    from referral.fans.models import Fan

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")


def fair(app: Flask, name: str | None = "Ayu Lestari", **terms: Any) -> tuple[Event, Fan, FlaskClient]:
    """Make an event with a fan who has a pass; give a browser in which they are signed in."""
    with make.saved(app):
        campaign = make.campaign(make.brand())
        event = make.event(campaign, **terms)
        fan = make.fan(campaign, name, email="ayu@example.org")
        passes.welcome(campaign, [fan.id])
        person = make.person_of(fan)
    return event, fan, make.signed_in_person(app, person)


def home(client: FlaskClient) -> str:
    """Open a fan's home; give its text as a person reads it."""
    answer = client.get("/me/fair")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def held(app: Flask, event: Event, fan: Fan) -> tuple[Pass, str]:
    """Give a fan's pass, and its token."""
    with make.saved(app):
        gate_pass = queries.pass_of_fan(event, fan.id)
        assert gate_pass is not None
        return gate_pass, make.token_of(gate_pass)


# --- There at once ---------------------------------------------------------------------------------------------------


def test_who_joins_by_a_friends_link_has_a_pass_at_once(app: Flask, client: FlaskClient) -> None:
    event, ayu, _ = fair(app)
    with make.saved(app):
        code = make.code_of(ayu)

    answer = make.send(client, f"/c/fair/join?via={code}", {"name": "Budi", "contact": "budi@example.org"})

    page = home(client)
    assert answer.location == "/me/fair"
    with make.saved(app):
        budi = next(fan for fan, person in fans.page(queries.campaign_of(event), None, 9) if person.name == "Budi")
    gate_pass, token = held(app, event, budi)
    assert f'href="/p/{token}"' in page
    assert f"<dt>Number</dt><dd>{gate_pass.number}</dd>" in page
    assert "A night of books" in page


def test_a_story_without_an_event_speaks_of_no_pass(app: Flask) -> None:
    with make.saved(app):
        person = make.person_of(make.fan(make.campaign(make.brand()), "Ayu"))

    page = home(make.signed_in_person(app, person))

    assert "Your pass" not in page
    assert "They came because of you" not in page


def test_the_pass_and_the_link_are_not_the_same_code(app: Flask) -> None:
    event, ayu, client = fair(app)
    _, token = held(app, event, ayu)
    with make.saved(app):
        code = make.code_of(ayu)

    page = home(client)

    assert page.index(token) < page.index(f"/q/{code}.svg")
    assert "Send them your link: each gets a pass of their own" in page


def test_a_group_sees_how_many_its_pass_lets_in(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        fan = make.fan(campaign, "Ayu")
        make.gate_pass(make.event(campaign), fan, admits=4)
        person = make.person_of(fan)

    assert "4 people" in home(make.signed_in_person(app, person))


def test_another_systems_ticket_shows_its_own_code(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        fan = make.fan(campaign, "Ayu")
        make.gate_pass(make.event(campaign), fan, foreign_code="k3j9x2mzp4qabcde")
        person = make.person_of(fan)

    page = home(make.signed_in_person(app, person))

    assert "QR code of pass number 1" in page
    assert "Open it large" not in page


def test_a_pass_of_an_event_that_is_over_makes_room(app: Flask) -> None:
    _event, _fan, client = fair(app)

    with clock.at(now() + timedelta(days=5)):
        page = home(client)

    assert "Your pass" not in page
    assert "They came because of you" in page


def test_a_pass_that_was_taken_back_says_so(app: Flask) -> None:
    event, ayu, client = fair(app)
    with make.saved(app):
        own = queries.pass_of_fan(event, ayu.id)
        assert own is not None
        passes.revoke(own)

    page = home(client)

    assert "This pass was taken back" in page
    assert "Make a new pass" not in page
    assert make.send(client, "/me/fair/events/night/pass").location == "/me/fair#pass"
    with make.saved(app):
        assert queries.pass_of_fan(event, ayu.id) is None


def test_a_pass_can_be_printed_as_a_sheet(app: Flask) -> None:
    _event, _fan, client = fair(app)

    assert 'href="/me/fair/events/night/pass.pdf"' in home(client)
    assert client.get("/me/fair/events/night/pass.pdf").mimetype == "application/pdf"


# --- Lost it ---------------------------------------------------------------------------------------------------------


def test_a_lost_pass_is_made_anew_and_the_old_one_opens_nothing(app: Flask) -> None:
    event, ayu, client = fair(app)
    _, lost = held(app, event, ayu)

    answer = make.send(client, "/me/fair/events/night/pass", follow_redirects=True)

    _, fresh = held(app, event, ayu)
    assert "This is your new pass" in answer.text
    assert fresh in answer.text
    assert lost not in answer.text
    assert client.get(f"/P/{lost}").status_code == 410
    assert client.get(f"/P/{fresh}").status_code == 200


def test_a_new_pass_is_not_made_by_a_link(app: Flask) -> None:
    _event, _fan, client = fair(app)

    assert client.get("/me/fair/events/night/pass").status_code == 405


def test_after_the_event_was_closed_no_new_pass_is_made(app: Flask) -> None:
    event, ayu, client = fair(app)
    before, _ = held(app, event, ayu)
    with make.saved(app):
        queries.by_id(event.brand_id, event.id).closed_at = now()

    answer = make.send(client, "/me/fair/events/night/pass")

    assert answer.status_code == 303
    assert held(app, event, ayu)[0].id == before.id


@pytest.mark.parametrize("path", ["pass", "pass/mail", "wall"])
def test_somebody_elses_event_is_not_found(app: Flask, path: str) -> None:
    _event, _fan, client = fair(app)
    with make.saved(app):
        brand = make.brand("tea-house", name="Tea House")
        make.event(make.campaign(brand, "tea"), "tea")

    assert make.send(client, f"/me/fair/events/tea/{path}").status_code == 404
    assert make.send(client, f"/me/tea/events/tea/{path}").location == "/me/sign-in"


# --- By mail ---------------------------------------------------------------------------------------------------------


def test_a_pass_is_mailed_again_where_an_address_is_known(app: Flask) -> None:
    _event, _fan, client = fair(app)

    answer = make.send(client, "/me/fair/events/night/pass/mail", follow_redirects=True)

    assert "Your pass is on its way to ayu@example.org" in answer.text
    with app.app_context():
        assert outbox.waiting()[0] == 1


def test_without_an_address_nothing_is_offered_and_nothing_leaves(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        fan = make.fan(campaign, "Ayu", phone="+6281234567890")
        make.gate_pass(make.event(campaign), fan)
        person = make.person_of(fan)
    client = make.signed_in_person(app, person)

    assert "Send it to me by mail" not in home(client)
    assert make.send(client, "/me/fair/events/night/pass/mail").status_code == 303
    with app.app_context():
        assert outbox.waiting()[0] == 0


# --- On the wall -----------------------------------------------------------------------------------------------------


def on_wall(app: Flask, fan: Fan) -> int:
    """Count the events at which a fan's name may be shown."""
    with make.saved(app):
        return len(wall_names.shown_at(fan))


def test_a_name_is_on_no_wall_until_its_owner_says_so_and_comes_off_again(app: Flask) -> None:
    _event, ayu, client = fair(app)
    assert on_wall(app, ayu) == 0
    assert "Show my first name on the wall at A night of books" in home(client)

    for _ in range(2):
        make.send(client, "/me/fair/events/night/wall", {"shows": "1"})
    assert on_wall(app, ayu) == 1
    assert "Take my name off the wall" in home(client)

    for _ in range(2):
        make.send(client, "/me/fair/events/night/wall", {"shows": "0"})
    assert on_wall(app, ayu) == 0


def test_somebody_nameless_is_not_asked(app: Flask) -> None:
    _event, _fan, client = fair(app, name=None)

    assert "on the wall" not in home(client)


# --- Before joining --------------------------------------------------------------------------------------------------


def test_the_story_says_that_there_is_an_event_and_a_pass_at_once(app: Flask, client: FlaskClient) -> None:
    fair(app)

    page = html.unescape(client.get("/c/fair").text)

    assert "<strong>A night of books</strong>, Hall B, " in page
    assert "join in, and you have a pass at once." in page


@pytest.mark.parametrize("terms", [{"gives_passes": False}, {"days": "past"}])
def test_the_story_promises_no_pass_where_nobody_gets_one(
    app: Flask, client: FlaskClient, terms: dict[str, Any]
) -> None:
    if terms.get("days"):
        terms = {"days": [(now() - timedelta(days=3), now() - timedelta(days=2))]}
    fair(app, **terms)

    assert "pass at once" not in client.get("/c/fair").text
