"""Whom to ask first: chosen by how far a word goes, beside those who told the most, the difference said plainly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from referral.clicks import actions as clicks
from referral.clicks.actions import Row
from referral.people.models import Person
from referral.plumbing.clock import milliseconds
from referral.plumbing.db import db
from referral.plumbing.ids import new_id
from referral.spread import queries, seeds
from referral.spread.touches import touches
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan
    from referral.links.models import Link

FIRST = "/b/night-fair/campaigns/fair/first"
DAY = datetime(2026, 5, 1, 12, tzinfo=UTC)


def names(page: str, title: str) -> list[str]:
    """Read the names in a list of the page, by its title."""
    found = page.split(f"<caption><strong>{title}</strong>")
    return re.findall(r'<th scope="row">(.*?)</th>', found[1].split("</table>")[0]) if len(found) > 1 else []


def visits(link: Link, number: int, channel: str = "whatsapp", *, at: datetime = DAY, verdict: str = "counted") -> None:
    """Let people follow a link so many times."""
    whose = (milliseconds(at), link.brand_id, link.campaign_id, link.id, 0)
    said = (channel, "tap", "phone", None, None, None, verdict)
    clicks.keep([Row(new_id(), *whose, *said) for _ in range(number)])


def story(fair: Campaign) -> tuple[Fan, Fan, Fan]:
    """Let one tell somebody who told seven, and another tell three who told nobody."""
    ayu, budi = make.chain(fair, "Ayu", "Budi")
    make.crowd(fair, 7, told_by=budi)
    citra = make.fan(fair, "Citra")
    make.crowd(fair, 3, told_by=citra)
    return ayu, budi, citra


# --- What the page says ----------------------------------------------------------------------------------------------


def test_before_anybody_came_the_page_says_what_to_do(marketer: FlaskClient, fair: Campaign) -> None:
    page = marketer.get(FIRST)

    assert page.status_code == 200
    assert "Nobody has come yet" in page.text


@pytest.mark.parametrize("people", [1, 3])
def test_where_nobody_told_anybody_there_is_nothing_to_choose_by(
    app: Flask, marketer: FlaskClient, fair: Campaign, people: int
) -> None:
    with make.saved(app):
        make.crowd(fair, people)

    page = marketer.get(FIRST).text

    assert "Nobody has told anybody yet" in page
    assert ("1 person is here" if people == 1 else "3 people are here") in page
    assert "<table" not in page


def test_where_fewer_told_somebody_than_are_asked_for_there_is_no_choice(
    app: Flask, marketer: FlaskClient, fair: Campaign
) -> None:
    with make.saved(app):
        make.chain(fair, "Ayu", "Budi", "Citra")

    page = marketer.get(f"{FIRST}?k=3").text

    assert "Only 2 people have told anybody here so far" in page
    assert names(page, "Ask these first") == ["Ayu", "Budi"]
    assert names(page, "Those who told the most") == []
    assert "every telling is taken to work one time in two" in page


def test_whose_word_goes_far_comes_before_who_told_more(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        for number in range(4):
            # One tells two, each of whom tells six: further than who tells three that tell nobody.
            far = make.fan(fair, f"Far {number}")
            for _ in range(2):
                make.crowd(fair, 6, told_by=make.fan(fair, "Between", told_by=far))
            make.crowd(fair, 3, told_by=make.fan(fair, f"Near {number}"))

    page = marketer.get(f"{FIRST}?k=3").text

    assert names(page, "Those who told the most") == ["Between", "Between", "Between"]
    assert all(name.startswith("Far ") for name in names(page, "Ask these first"))
    assert "the choice adds" in page


def test_where_counting_is_enough_the_page_says_so(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        for number, told in enumerate((9, 7, 5, 1)):
            make.crowd(fair, told, told_by=make.fan(fair, f"Teller {number}"))

    page = marketer.get(f"{FIRST}?k=3").text

    assert "counting would have been enough" in page
    assert names(page, "Ask these first") == ["Teller 0", "Teller 1", "Teller 2"]
    assert names(page, "Those who told the most") == []


def test_the_page_asks_for_as_many_as_are_wanted_and_for_five_otherwise(
    app: Flask, marketer: FlaskClient, fair: Campaign
) -> None:
    with make.saved(app):
        for number in range(12):
            make.chain(fair, f"Teller {number}", "Friend")

    listed = {k: len(names(marketer.get(f"{FIRST}?k={k}").text, "Ask these first")) for k in ("3", "10", "20")}

    assert listed == {"3": 3, "10": 10, "20": 12}
    for wrong in ("", "?k=", "?k=0", "?k=4", "?k=-1", "?k=9999999999", "?k=x", "?k=%00", "?k=٣"):
        page = marketer.get(FIRST + wrong)
        assert page.status_code == 200
        assert len(names(page.text, "Ask these first")) == 5


def test_the_page_says_the_same_until_something_happens(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        story(fair)

    one, two = (marketer.get(FIRST).text for _ in range(2))

    assert names(one, "Ask these first") == names(two, "Ask these first")
    assert re.findall(r">[\d.]+<", one) == re.findall(r">[\d.]+<", two)


def test_only_who_may_see_people_opens_the_page(app: Flask, viewer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        story(fair)

    assert viewer.get(FIRST).status_code == 403


def test_hostile_names_are_written_as_words(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        make.fan(fair, "Budi", told_by=make.fan(fair, "<script>alert(1)</script>", email="ayu@example.org"))

    page = marketer.get(FIRST).text

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_who_was_erased_is_not_to_be_asked_but_still_passes_the_story_on(
    app: Flask, marketer: FlaskClient, brand: Brand, fair: Campaign
) -> None:
    with make.saved(app):
        _ayu, budi, _citra = story(fair)
        person = make.person_of(budi)
    before = marketer.get(FIRST).text
    with make.saved(app):
        db.session.execute(
            update(Person)
            .where(Person.brand_id == brand.id, Person.id == person.id)
            .values(erased_at=DAY, name=None, email=None, email_key=None)
        )

    after = marketer.get(FIRST).text

    assert names(before, "Ask these first") == ["Budi", "Citra", "Ayu"]
    assert names(after, "Ask these first") == ["Ayu", "Citra"]


# --- The touch history -----------------------------------------------------------------------------------------------


def test_a_telling_works_as_often_as_visits_by_its_channel_led_to_somebody(app: Flask, fair: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(fair, "Ayu")
        link, poster = make.link_of(ayu), make.link(fair)
        visits(link, 40, "whatsapp")
        visits(link, 10, "email", at=DAY + timedelta(days=1))
        visits(link, 70, "whatsapp", verdict="bot")
        visits(poster, 500, "whatsapp")

        found = touches(fair, queries.forest(fair)).conversion

    whole = 1 / 52
    assert found.is_seen
    assert found.whole == pytest.approx(whole)
    assert found.of("whatsapp") == pytest.approx(2 * whole / 42)
    assert found.of("email") == pytest.approx(2 * whole / 12)


def test_who_comes_by_a_fans_link_counts_for_its_channel(app: Flask, client: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(fair, "Ayu"))
    where = client.get(f"/r/{code}.wa", headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0"}).location
    make.send(client, where.replace("/c/fair", "/c/fair/join"), {"name": "Budi", "contact": "budi@example.org"})
    make.drain(app)

    with make.saved(app):
        found = touches(fair, queries.forest(fair))

    assert found.conversion.whole == pytest.approx(2 / 3)
    assert found.conversion.of("whatsapp") == pytest.approx((1 + 2 * 2 / 3) / 3)
    assert found.ties.chance.tolist() == pytest.approx([found.conversion.of("whatsapp")])


def test_later_tellers_have_ties_as_the_first_has(app: Flask, fair: Campaign) -> None:
    with make.saved(app):
        ayu, citra = make.fan(fair, "Ayu"), make.fan(fair, "Citra")
        budi = make.fan(fair, "Budi", told_by=ayu, email="budi@example.org")
        make.fan(fair, "Budi", told_by=citra, email="budi@example.org")

        forest = queries.forest(fair)
        ties = touches(fair, forest).ties

    ids = forest.ids
    told = {(int(ids[a]), int(ids[b])) for a, b in zip(ties.teller, ties.hearer, strict=True)}
    assert told == {(ayu.id, budi.id), (citra.id, budi.id)}


def test_what_is_another_campaigns_or_another_brands_is_not_looked_at(app: Flask, brand: Brand, fair: Campaign) -> None:
    with make.saved(app):
        mine = make.chain(fair, "Ayu", "Budi")
        for other in (make.campaign(brand, "other"), make.campaign(make.brand("theirs"), "theirs")):
            told = make.chain(other, "Dewi", "Eka", "Fajar")
            visits(make.link_of(told[0]), 30)

        found = touches(fair, queries.forest(fair))
        listed = seeds.first(fair, 5)

    assert found.ties.people == 2
    assert not found.conversion.is_seen
    assert [one.fan_id for one in listed.chosen] == [mine[0].id]


def test_what_was_learnt_is_checked_against_what_came_after(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        ayu, _budi = make.chain(fair, "Ayu", "Budi")
        visits(make.link_of(ayu), 60)
        visits(make.link_of(ayu), 50, at=DAY + timedelta(days=2))
        visits(make.link_of(ayu), 4, "email", at=DAY + timedelta(days=3))

    page = marketer.get(FIRST).text

    table = page.split('<caption class="unseen">Predicted and seen</caption>')[1].split("</table>")[0]
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table.split("<tr>")[2:]]
    assert [row.split(" to ")[0] for row in rows] == ["W WhatsApp 50 0", "E Mail 4 0"]
    assert all(row.endswith("0 as predicted") for row in rows)
