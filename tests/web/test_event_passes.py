"""Passes on the console: found, given out, given anew, revoked; their history; and the keys that sign them."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.events import passes, queries, written
from referral.links import qr
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now
from tests import factories as make
from tests.factories import send
from tests.web.gating import paired, scan

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass

PASSES = "/b/night-fair/campaigns/fair/events/night/passes"


@pytest.fixture
def organiser(app: Flask, brand: Brand) -> FlaskClient:
    """Sign an organiser in."""
    return make.staff(app, brand, "organiser")


@pytest.fixture
def night(app: Flask, fair: Campaign) -> Event:
    """Make an event that is open; nobody gets its passes by joining."""
    with make.saved(app):
        return make.event(fair, gives_passes=False)


def kept(app: Flask, night: Event) -> list[Pass]:
    """List all passes of an event by number."""
    with make.saved(app):
        return queries.page(night, None, 1_000)


def address(gate_pass: Pass) -> str:
    """Give the address of a pass's page."""
    return f"{PASSES}/{ids.show(gate_pass.id)}"


def numbers(page: str) -> list[int]:
    """List the numbers of the passes on a page."""
    return [int(number) for number in re.findall(rf'<a href="{PASSES}/[0-9A-Z]+">([0-9]+)</a>', page)]


# --- Giving out ------------------------------------------------------------------------------------------------------


def test_a_pass_is_given_to_somebody_by_the_code_of_their_link_or_by_name(
    app: Flask, fair: Campaign, night: Event, organiser: FlaskClient
) -> None:
    with make.saved(app):
        ayu, budi = make.fan(fair, "Ayu Lestari"), make.fan(fair, "Budi")
        code = make.code_of(ayu)
    assert "No pass yet" in organiser.get(PASSES).text

    first = send(organiser, PASSES, {"fan": code.lower(), "number": "1", "admits": "1", "label": "Speaker"})
    second = send(organiser, PASSES, {"fan": " budi ", "number": "1", "admits": "3"})
    again = send(organiser, PASSES, {"fan": code, "number": "1", "admits": "1"})

    one, two = kept(app, night)
    assert [answer.location for answer in (first, second, again)] == [address(one), address(two), address(one)]
    assert [(one.fan_id, one.label, one.admits), (two.fan_id, two.label, two.admits)] == [
        (ayu.id, "Speaker", 1),
        (budi.id, None, 3),
    ]
    assert "Ayu Lestari" in organiser.get(address(one)).text


def test_many_passes_that_are_nobodys_are_made_at_once(app: Flask, night: Event, organiser: FlaskClient) -> None:
    answer = send(
        organiser,
        PASSES,
        {
            "number": "40",
            "admits": "28",
            "label": "School",
            "valid_from": "2027-05-20T08:00",
            "valid_until": "2027-05-20T12:30",
        },
    )

    assert (answer.status_code, answer.location) == (303, PASSES)
    made = kept(app, night)
    assert {(one.fan_id, one.label, one.admits) for one in made} == {(None, "School", 28)}
    assert len(made) == 40
    # On the clocks of Jakarta, which are seven hours ahead.
    assert made[0].valid_from is not None
    assert f"{made[0].valid_from:%H:%M}" == "01:00"
    assert "40 passes are made." in organiser.get(PASSES).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"fan": "00000000"}, "Nobody in this campaign has this name."),
        ({"fan": "Nobody"}, "Nobody in this campaign has this name."),
        ({"fan": "Siti"}, "Several people in this campaign have this name."),
        ({"fan": "Ayu", "number": "2"}, "One person has one pass."),
        ({"number": "0"}, "Between 1 and 10000 passes"),
        ({"number": "10001"}, "Between 1 and 10000 passes"),
        ({"number": "some"}, "Between 1 and 10000 passes"),
        ({"number": "٣"}, "Between 1 and 10000 passes"),
        ({"admits": "1000"}, "A pass lets in between 1 and 999 people."),
        ({"label": "x" * 81}, "at most 80"),
        ({"valid_from": "tomorrow"}, "Write a day and a time like"),
        ({"valid_from": "2027-05-20T08:00", "valid_until": "2027-05-20T08:00"}, "A pass must end after it begins."),
    ],
)
def test_passes_that_cannot_be_come_back(
    app: Flask, fair: Campaign, night: Event, organiser: FlaskClient, fields: dict[str, Any], words: str
) -> None:
    with make.saved(app):
        for name in ("Ayu", "Siti", "Siti"):
            make.fan(fair, name)

    answer = send(organiser, PASSES, {"number": "1", "admits": "1"} | fields)

    assert answer.status_code == 400
    assert words in answer.text
    for name, value in fields.items():
        assert f'name="{name}"' in answer.text
        assert f'value="{value}"' in answer.text
    assert kept(app, night) == []


def test_a_brands_own_link_is_no_person(app: Flask, fair: Campaign, night: Event, organiser: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(fair).code

    answer = send(organiser, PASSES, {"fan": code})

    assert answer.status_code == 400
    assert "There is no such person" in answer.text


# --- Finding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def some(app: Flask, fair: Campaign, night: Event) -> list[Pass]:
    """Give out three passes: Ayu's, a school's, and Łukasz's with a reference of the shop's."""
    with make.saved(app):
        ayu, lukasz = make.fan(fair, "Ayu Lestari"), make.fan(fair, "Łukasz Żak")
        make.gate_pass(night, ayu)
        make.gate_pass(night, label="School class 4b", admits=28)
        make.gate_pass(night, lukasz, external_id="ORDER-7")
        return queries.page(night, None, 10)


def found(client: FlaskClient, text: str) -> list[int]:
    """List the numbers of the passes that a search finds."""
    return numbers(client.get(PASSES, query_string={"search": text}).text)


def test_passes_are_found_by_number_code_reference_label_and_name(
    app: Flask, night: Event, some: list[Pass], organiser: FlaskClient
) -> None:
    with make.saved(app):
        pen = written.pen(night)
        short, token = pen.short(some[1]) or "", pen.token(some[0]) or ""

    assert found(organiser, "") == [3, 2, 1]
    assert found(organiser, "2") == [2]
    assert found(organiser, f" {short[:4]} {short[4:].lower()} ") == [2]
    assert found(organiser, token) == [1]
    assert found(organiser, f"HTTP://TULAR.TEST/P/{token}") == [1]
    assert found(organiser, "order-7") == []
    assert found(organiser, "ORDER-7") == [3]
    assert found(organiser, "class 4") == [2]
    assert found(organiser, "lestari") == [1]
    assert found(organiser, "ŻAK") == [3]
    assert found(organiser, "%") == []
    assert "No pass of this event is like that." in organiser.get(f"{PASSES}?search=nothing").text


def test_a_mistyped_short_code_finds_nobody(app: Flask, night: Event, some: list[Pass], organiser: FlaskClient) -> None:
    with make.saved(app):
        short = written.pen(night).short(some[1]) or ""

    assert found(organiser, short[:-1] + ("0" if short[-1] != "0" else "1")) == []


def test_a_pass_of_another_event_is_not_found(
    app: Flask, fair: Campaign, some: list[Pass], organiser: FlaskClient
) -> None:
    with make.saved(app):
        other = make.gate_pass(make.event(fair, "other"))
        token = make.token_of(other)

    assert found(organiser, token) == []
    assert organiser.get(address(other)).status_code == 404


def test_who_may_not_see_people_finds_nobody_by_name_and_sees_no_codes(
    app: Flask, night: Event, some: list[Pass], viewer: FlaskClient
) -> None:
    page = viewer.get(PASSES).text
    with make.saved(app):
        short = written.pen(night).short(some[0]) or ""

    assert numbers(page) == [3, 2, 1]
    assert found(viewer, "lestari") == []
    assert found(viewer, "class 4") == [2]
    assert "Lestari" not in page + viewer.get(address(some[0])).text
    assert f"{short[:4]} {short[4:]}" not in page + viewer.get(address(some[0])).text
    assert viewer.get(f"{address(some[0])}/code.svg").status_code == 403
    assert "code.svg" not in viewer.get(address(some[0])).text
    assert "Revoke" not in viewer.get(address(some[0])).text


def test_many_passes_are_read_page_by_page(app: Flask, night: Event, organiser: FlaskClient) -> None:
    send(organiser, PASSES, {"number": "120", "label": "Guest"})

    first = organiser.get(f"{PASSES}?search=guest").text
    [following] = re.findall(rf'href="({PASSES}\?search=guest&amp;before=[0-9]+)"', first)
    second = organiser.get(following.replace("&amp;", "&")).text

    assert numbers(first) == list(range(120, 70, -1))
    assert numbers(second) == list(range(70, 20, -1))
    assert numbers(organiser.get(f"{PASSES}?before=nonsense").text)[0] == 120


# --- One pass --------------------------------------------------------------------------------------------------------


def test_a_pass_shows_its_code(app: Flask, night: Event, some: list[Pass], organiser: FlaskClient) -> None:
    with make.saved(app):
        token = make.token_of(some[0])

    picture = organiser.get(f"{address(some[0])}/code.svg")
    download = organiser.get(f"{address(some[0])}/code.svg?download=1")

    assert picture.mimetype == "image/svg+xml"
    assert picture.text == qr.svg(f"HTTP://TULAR.TEST/P/{token}", title="Pass 1")
    assert picture.headers["Cache-Control"] == "no-store"
    assert download.headers["Content-Disposition"] == "attachment; filename=night-1.svg"


def test_the_code_of_another_systems_ticket_is_its_own(app: Flask, night: Event, organiser: FlaskClient) -> None:
    with make.saved(app):
        ticket = passes.issue(night, passes.PassTerms(foreign_code="k3j9x2mzp4qabc")).gate_pass

    picture = organiser.get(f"{address(ticket)}/code.svg").text

    assert picture == qr.svg("k3j9x2mzp4qabc", title="Pass 1")
    assert "The code of another system" in organiser.get(address(ticket)).text
    assert found(organiser, "k3j9x2mzp4qabc") == [1]


def test_a_pass_tells_its_whole_history_with_what_was_taken_back_and_its_conflicts(
    app: Flask, night: Event, some: list[Pass], organiser: FlaskClient, viewer: FlaskClient
) -> None:
    with make.saved(app):
        north, south = make.place(night, name="Gate north"), make.place(night, name="Gate south")
        token = make.token_of(some[0])
    rina, tomasz = paired(app, night, name="Rina"), paired(app, night, name="Tomasz")
    begun = now() - timedelta(minutes=10)
    wrong = scan(north, token, at=milliseconds(begun), id=str(uuid.uuid4()))
    rina.scans([wrong])
    rina.scan(north, token, kind="annul", annuls=wrong["id"], at=milliseconds(begun + timedelta(minutes=1)))
    rina.scan(north, token, at=milliseconds(begun + timedelta(minutes=2)))
    tomasz.scan(south, token, at=milliseconds(begun + timedelta(minutes=3)))
    tomasz.scan(south, token, said="again", at=milliseconds(begun + timedelta(minutes=4)))

    page = organiser.get(address(some[0])).text

    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr.*?</tr>", page, re.S)[1:]]
    assert ["Gate north" in row for row in rows] == [True, True, True, False, False]
    assert ["Rina" in row for row in rows] == [True, True, True, False, False]
    assert "taken back" in rows[0]
    assert "Taken back" in rows[1]
    assert "Two gates let the same pass in" in rows[3]
    assert "the device showed no" in rows[4]
    assert "Inside" in page
    assert "Looked at, settled" in page
    seen = viewer.get(address(some[0])).text
    assert "Gate south" in seen
    assert "Tomasz" not in seen


def test_a_lost_pass_is_given_anew_and_the_old_one_lets_nobody_in(
    app: Flask, night: Event, some: list[Pass], organiser: FlaskClient
) -> None:
    with make.saved(app):
        gate, token = make.place(night), make.token_of(some[0])

    answer = send(organiser, f"{address(some[0])}/reissue")

    new = kept(app, night)[-1]
    assert (answer.status_code, answer.location) == (303, address(new))
    assert new.fan_id == some[0].fan_id
    with make.saved(app):
        fresh = make.token_of(new)
    phone = paired(app, night)
    assert phone.scan(gate, token)["reason"] == "revoked"
    assert phone.scan(gate, fresh)["verdict"] == "applied"
    old = organiser.get(address(some[0])).text
    assert f'<a href="{address(new)}">pass 4</a>' in old
    assert "Replaced" in old
    assert f'<a href="{address(some[0])}">pass 1</a>' in organiser.get(address(new)).text
    again = send(organiser, f"{address(some[0])}/reissue")
    assert again.status_code == 303
    assert "This pass was revoked before." in organiser.get(address(some[0])).text
    assert len(kept(app, night)) == 4


def test_a_pass_is_revoked_with_a_reason(app: Flask, some: list[Pass], organiser: FlaskClient) -> None:
    assert send(organiser, f"{address(some[1])}/revoke", {"reason": "no reason of ours"}).status_code == 400

    answer = send(organiser, f"{address(some[1])}/revoke", {"reason": "refunded"})

    assert (answer.status_code, answer.location) == (303, address(some[1]))
    page = organiser.get(address(some[1])).text
    assert "It was given back" in page
    assert "Revoked" in page
    assert f'action="{address(some[1])}/revoke"' not in page
    assert send(organiser, f"{PASSES}/{ids.show(1)}/revoke", {"reason": "lost"}).status_code == 404
    assert send(organiser, f"{PASSES}/nonsense/revoke", {"reason": "lost"}).status_code == 404


# --- Keys ------------------------------------------------------------------------------------------------------------


def test_a_new_key_leaves_passes_valid_until_the_fifth_and_then_they_are_made_anew(
    app: Flask, night: Event, some: list[Pass], organiser: FlaskClient
) -> None:
    first = organiser.get(PASSES).text
    for _ in range(3):
        send(organiser, f"{PASSES}/rotate")
    fourth = organiser.get(PASSES).text
    send(organiser, f"{PASSES}/rotate")
    fifth = organiser.get(PASSES).text

    assert "Passes that are out stay valid" in first
    assert "With a new one the oldest goes" not in first
    assert "With a new one the oldest goes" in fourth
    assert "3 passes were signed with keys that are gone" in fifth
    assert "Make a new pass, or the gate does not take it." in organiser.get(address(some[0])).text
    assert "code.svg" not in organiser.get(address(some[0])).text

    assert send(organiser, f"{PASSES}/renew").status_code == 303

    assert "signed with keys that are gone" not in organiser.get(PASSES).text
    assert [one.number for one in kept(app, night) if one.revoked_at is None] == [4, 5, 6]


def test_a_closed_event_gives_out_no_passes(app: Flask, night: Event, organiser: FlaskClient) -> None:
    send(organiser, "/b/night-fair/campaigns/fair/events/night/close")

    page, answer = organiser.get(PASSES).text, send(organiser, PASSES, {"number": "1"})

    assert "Give out passes" not in page
    assert (answer.status_code, answer.location) == (303, PASSES)
    assert "This event is closed." in organiser.get(PASSES).text
    assert kept(app, night) == []
