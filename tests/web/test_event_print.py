"""The print kit: who may print what, in which language, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from referral.events import passes, queries, to_print
from referral.events.passes import PassTerms
from referral.events.rules.codes import payload
from referral.events.to_print import Range
from referral.links import queries as links
from referral.plumbing import ids
from tests import factories as make
from tests.printed import codes, pages, picture

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")

KIT = "/b/night-fair/campaigns/fair/events/night/print"
A1, A3, A4 = (594.0, 841.0), (297.0, 420.0), (210.0, 297.0)


@pytest.fixture
def night(app: Flask, fair: Campaign) -> Event:
    """Make an event with a gate, a booth and a stage."""
    with make.saved(app):
        event = make.event(fair)
        for kind, name in (("gate", "East gate"), ("booth", "Penguin Books"), ("stage", "Main stage")):
            make.place(event, kind, name)
        return event


@pytest.fixture
def organiser(app: Flask, brand: Brand) -> FlaskClient:
    """Sign somebody in who runs events."""
    return make.staff(app, brand, "organiser")


def given_passes(app: Flask, event: Event, number: int, label: str | None = None) -> None:
    """Give out passes that are nobody's."""
    with make.saved(app):
        passes.issue_many(event, [PassTerms(label=label)] * number)


def held(app: Flask, event: Event, number: int) -> str:
    """Write what the QR code of a pass holds."""
    with make.saved(app):
        gate_pass = queries.pass_by_number(event, number)
        assert gate_pass is not None
        return payload("http://tular.test", make.token_of(gate_pass))


def test_the_kit_says_what_can_be_printed_and_how_large(app: Flask, night: Event, organiser: FlaskClient) -> None:
    given_passes(app, night, 3)

    page = organiser.get(KIT).text

    assert "There are 3 passes that let somebody in." in page
    for thing in ("posters", "cards", "banners", "volunteers"):
        assert f"{KIT}/{thing}.pdf" in page
    assert "A pass (29 × 29 squares)" in page
    assert "A place (25 × 25 squares)" in page
    assert "260 mm" in page  # a pass's code, read from 3 m
    assert "Print at 100%" in page
    assert "is-warning" not in page


@pytest.mark.settings(
    PUBLIC_URL="https://a-very-long-name-of-a-fair.books.and-more-of-it.example.org/with/a/path/to/it"
)
def test_a_code_that_is_too_dense_is_warned_of_and_printed_all_the_same(
    app: Flask, night: Event, organiser: FlaskClient
) -> None:
    given_passes(app, night, 1)

    page = organiser.get(KIT)

    assert page.status_code == 200
    assert "is-warning" in page.text
    assert "Badges: a code of 45 × 45 squares on 32 mm." in page.text
    assert "A shorter address of this installation would help." in page.text
    assert "It is too small for the distance" in page.text
    assert organiser.get(f"{KIT}/badges.pdf").mimetype == "application/pdf"


def test_badges_bear_names_numbers_and_codes_that_are_read(
    app: Flask, fair: Campaign, night: Event, organiser: FlaskClient
) -> None:
    with make.saved(app):
        make.gate_pass(night, make.fan(fair, "Łucja Wójcik"), label="Press", admits=4)
        make.gate_pass(night, make.fan(fair, "欧阳娜娜"))
        make.gate_pass(night, foreign_code="k3j9x2mzp4qabc")
    given_passes(app, night, 9)

    answer = organiser.get(f"{KIT}/badges.pdf?language=en")

    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=night-badges-1-12.pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    first, second = pages(answer.data)
    assert first.size == A4
    assert "Łucja\nWójcik" in first.text
    assert "欧阳娜娜" in first.text
    assert "Lets in 4 people" in first.text
    assert "No. 11" in second.text
    expected = [
        held(app, night, 1),
        held(app, night, 2),
        "k3j9x2mzp4qabc",
        *(held(app, night, n) for n in range(4, 11)),
    ]
    assert sorted(codes(picture(answer.data))) == sorted(expected)


def test_badges_are_printed_by_range_and_label(app: Flask, night: Event, organiser: FlaskClient) -> None:
    given_passes(app, night, 4)
    given_passes(app, night, 3, "Press")

    by_range = pages(organiser.get(f"{KIT}/badges.pdf?first=2&last=3").data)[0].text
    by_label = pages(organiser.get(f"{KIT}/badges.pdf?label=Press").data)[0].text

    assert [f"No. {n}" in by_range for n in (1, 2, 3, 4)] == [False, True, True, False]
    assert by_label.count("Press") == 3


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("first=900", "There is no pass in this range."),
        ("first=0", "Write a number of a pass."),
        ("first=one", "Not a valid integer value"),
        ("label=Nobody", "Not a valid choice"),
        ("language=xx", "Choose one of the languages."),
    ],
)
def test_a_range_that_cannot_be_right_comes_back(
    app: Flask, night: Event, organiser: FlaskClient, query: str, words: str
) -> None:
    given_passes(app, night, 1)

    answer = organiser.get(f"{KIT}/badges.pdf?{query}")

    assert answer.status_code == 400
    assert words in answer.text


def test_many_badges_come_in_files_that_together_hold_every_pass(
    app: Flask, night: Event, organiser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_print, "MOST", 4)
    given_passes(app, night, 10)
    with make.saved(app):
        gone = queries.pass_by_number(night, 3)
        assert gone is not None
        passes.revoke(gone, "lost")

    with make.saved(app):
        parts = to_print.files(night)
        counts = [to_print.count(night, part) for part in parts]

    assert parts == [Range(1, 5), Range(6, 9), Range(10, None)]
    assert counts == [4, 4, 1]
    page = organiser.get(KIT).text
    assert "first=6&amp;last=9" in page
    answer = organiser.get(f"{KIT}/badges.pdf")
    assert answer.status_code == 400
    assert "9 passes are more than one file can hold" in answer.text


def test_a_name_in_letters_that_we_do_not_have_leaves_a_line_to_write_on(
    app: Flask, fair: Campaign, night: Event, organiser: FlaskClient
) -> None:
    with make.saved(app):
        make.gate_pass(night, make.fan(fair, "ליאת"))
        make.gate_pass(night, make.fan(fair, "Budi 🎉"))

    text = pages(organiser.get(f"{KIT}/badges.pdf").data)[0].text

    assert "No. 1" in text
    assert "Budi\n" in text


def test_who_sees_no_people_prints_no_names(
    app: Flask, fair: Campaign, night: Event, monkeypatch: pytest.MonkeyPatch, brand: Brand
) -> None:
    with make.saved(app):
        make.gate_pass(night, make.fan(fair, "Ayu Wulandari"))
    marketer = make.staff(app, brand, "marketer")
    monkeypatch.setattr("referral.web.event_print.may_here", lambda permission: permission != "see_people")

    assert "Wulandari" not in pages(marketer.get(f"{KIT}/badges.pdf").data)[0].text


def test_who_may_not_let_people_in_prints_no_badges(app: Flask, night: Event, viewer: FlaskClient) -> None:
    given_passes(app, night, 1)
    with make.saved(app):
        printed = queries.pass_by_number(night, 1)
        assert printed is not None

    assert viewer.get(KIT).status_code == 200
    assert f"{KIT}/badges.pdf" not in viewer.get(KIT).text
    assert viewer.get(f"{KIT}/badges.pdf").status_code == 403
    assert viewer.get(f"{KIT}/passes/{ids.show(printed.id)}.pdf").status_code == 403
    assert viewer.get(f"{KIT}/posters.pdf").status_code == 200


def test_posters_lead_to_their_places_links(app: Flask, fair: Campaign, night: Event, organiser: FlaskClient) -> None:
    with make.saved(app):
        booth, stage = (place for place in queries.places(night) if place.kind != "gate")
        known = links.by_ids(fair, [one.link_id for one in (booth, stage) if one.link_id is not None])
        wanted = [f"HTTP://TULAR.TEST/V/{known[one.link_id or 0].code}" for one in (booth, stage)]

    both = organiser.get(f"{KIT}/posters.pdf").data
    one = organiser.get(f"{KIT}/posters.pdf?place={ids.show(stage.id)}").data
    small = organiser.get(f"{KIT}/cards.pdf?place={ids.show(booth.id)}").data

    assert [page.size for page in pages(both)] == [A3, A3]
    assert [codes(picture(both, number, 72)) for number in (0, 1)] == [[wanted[0]], [wanted[1]]]
    assert "Main\nstage" in pages(one)[0].text or "Main stage" in pages(one)[0].text
    assert codes(picture(small, dpi=150)) == [wanted[0]] * 4


def test_a_gates_banner_leads_to_the_story(app: Flask, night: Event, organiser: FlaskClient) -> None:
    banner = organiser.get(f"{KIT}/banners.pdf").data

    assert [page.size for page in pages(banner)] == [A1]
    assert codes(picture(banner, dpi=36)) == ["http://tular.test/c/fair"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "How to scan"), ("id", None), ("pl", None), ("zh-Hans", None)],
)
def test_volunteers_cards_are_printed_in_each_language(
    app: Flask, night: Event, organiser: FlaskClient, language: str, words: str | None
) -> None:
    answer = organiser.get(f"{KIT}/volunteers.pdf?language={language}")

    (page,) = pages(answer.data)
    assert page.size == A4
    assert f"/Lang ({language})".encode() in answer.data
    if words is not None:
        assert page.text.count(words) == 4


def test_a_visitor_prints_their_own_pass_and_nobody_elses(app: Flask, fair: Campaign, night: Event) -> None:
    with make.saved(app):
        ayu, budi = make.fan(fair, "Ayu Wulandari"), make.fan(fair, "Budi")
        held = payload("http://tular.test", make.token_of(make.gate_pass(night, ayu)))
        person, other = make.person_of(ayu), make.person_of(budi)

    mine = make.signed_in_person(app, person).get("/me/fair/events/night/pass.pdf")

    assert codes(picture(mine.data)) == [held]
    assert "Ayu Wulandari" in pages(mine.data)[0].text
    assert make.signed_in_person(app, other).get("/me/fair/events/night/pass.pdf").status_code == 404
    assert app.test_client().get("/me/fair/events/night/pass.pdf").status_code == 302


def test_a_revoked_pass_is_not_printed(app: Flask, night: Event, organiser: FlaskClient) -> None:
    given_passes(app, night, 2)
    with make.saved(app):
        gone = queries.pass_by_number(night, 1)
        assert gone is not None
        passes.revoke(gone, "lost")

    answer = organiser.get(f"{KIT}/passes/{ids.show(gone.id)}.pdf")
    assert answer.status_code == 303
    assert "This pass lets nobody in any more" in organiser.get(answer.location).text
    assert "No. 1\n" not in pages(organiser.get(f"{KIT}/badges.pdf").data)[0].text


@pytest.mark.parametrize("thing", ["posters", "cards", "banners"])
def test_a_place_of_nobody_is_not_found(app: Flask, night: Event, organiser: FlaskClient, thing: str) -> None:
    assert organiser.get(f"{KIT}/{thing}.pdf?place=nothing").status_code == 404
    assert organiser.get(f"{KIT}/{thing}.pdf?place={ids.show(ids.new_id())}").status_code == 404


def test_where_there_is_no_place_yet_the_kit_says_so(app: Flask, fair: Campaign, organiser: FlaskClient) -> None:
    with make.saved(app):
        make.event(fair)

    answer = organiser.get(f"{KIT}/posters.pdf")

    assert (answer.status_code, answer.location) == (303, KIT)
    page = organiser.get(KIT).text
    assert "There is no booth, stage or poster yet." in page
    assert "There is no gate yet." in page
    assert "There is no pass to print yet." in page
