"""Visitors whom a booth met, and who is found by name at a door."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from referral.errors import Invalid, NotFound
from referral.events import leads, queries, search
from referral.events.models import Admission, Scan
from referral.events.rules.rights import SEARCH_SIGNS
from referral.plumbing import clock
from referral.plumbing.clock import now
from referral.plumbing.db import db, every_brand
from referral.plumbing.ids import new_id
from tests import factories as make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass, Place


@pytest.fixture
def fair(app: Flask) -> Iterator[Campaign]:
    """Make a campaign, and stay inside its brand's house."""
    with app.app_context(), every_brand():
        yield make.campaign(make.brand())
        db.session.rollback()


@pytest.fixture
def event(fair: Campaign) -> Event:
    """Make an event."""
    return make.event(fair)


@pytest.fixture
def booth(event: Event) -> Place:
    """Make a booth."""
    return make.place(event, "booth", "Booth 4")


@pytest.fixture
def siti(event: Event, fair: Campaign) -> Pass:
    """Make a pass of somebody with a name."""
    return make.gate_pass(event, make.fan(fair, "Siti Rahma", email="siti@people.example"))


def scanned(event: Event, place: Place, gate_pass: Pass, nonce: str) -> Scan:
    """Put a reading of a pass into the log."""
    made = Scan(
        brand_id=event.brand_id,
        event_id=event.id,
        nonce=nonce,
        kind="visit",
        place_id=place.id,
        pass_id=gate_pass.id,
        at=now() - timedelta(minutes=5),
        received_at=now(),
        verdict="applied",
        digest="0" * 64,
    )
    db.session.add(made)
    db.session.flush()
    return made


# --- Leads -----------------------------------------------------------------------------------------------------------


def test_a_booth_writes_a_visitor_down_once_and_adds_to_it(event: Event, booth: Place, siti: Pass) -> None:
    first, was_new = leads.meet(event, booth, siti, consent=True, warmth="warm", note="20 chairs", by="Budi")

    again, is_new = leads.meet(event, booth, siti, warmth="hot")

    [lead] = leads.listed(event)
    assert (was_new, is_new, again.id == first.id) == (True, False, True)
    assert (lead.warmth, lead.note, lead.taken_by) == ("hot", "20 chairs", "Budi")
    assert (lead.name, lead.email, lead.number) == ("Siti Rahma", "siti@people.example", siti.number)


def test_a_visitor_who_did_not_agree_is_a_number(event: Event, booth: Place, siti: Pass) -> None:
    leads.meet(event, booth, siti, warmth="hot")

    [lead] = leads.listed(event)

    assert (lead.name, lead.email, lead.phone, lead.consented_at) == (None, None, None, None)
    assert lead.number == siti.number


def test_consent_that_is_taken_back_takes_the_name_back(event: Event, booth: Place, siti: Pass) -> None:
    leads.meet(event, booth, siti, consent=True)

    leads.meet(event, booth, siti, consent=False)

    assert leads.listed(event)[0].name is None


def test_consent_keeps_its_first_moment_and_is_not_lost_by_a_later_note(event: Event, booth: Place, siti: Pass) -> None:
    lead, _ = leads.meet(event, booth, siti, consent=True)
    agreed = lead.consented_at

    with clock.at(now() + timedelta(hours=1)):
        leads.meet(event, booth, siti, consent=True)
        leads.meet(event, booth, siti, note="called")

    assert lead.consented_at == agreed


def test_whoever_is_erased_has_no_name_at_a_booth_any_more(fair: Campaign, event: Event, booth: Place) -> None:
    fan = make.fan(fair, "Siti Rahma", email="siti@people.example")
    leads.meet(event, booth, make.gate_pass(event, fan), consent=True, note="20 chairs")

    make.person_of(fan).erased_at = now()
    db.session.flush()

    [lead] = leads.listed(event)
    assert (lead.name, lead.email, lead.note) == (None, None, "20 chairs")


def test_a_pass_that_is_nobodys_is_a_lead_too(event: Event, booth: Place) -> None:
    leads.meet(event, booth, make.gate_pass(event, label="Press"), consent=True)

    [lead] = leads.listed(event)

    assert (lead.name, lead.label) == (None, "Press")


def test_each_booth_has_its_own_leads(event: Event, booth: Place, siti: Pass) -> None:
    other = make.place(event, "booth", "Booth 5")
    leads.meet(event, booth, siti, note="ours")
    leads.meet(event, other, siti, note="theirs")

    assert [lead.note for lead in leads.listed(event, [booth.id])] == ["ours"]
    assert sorted(lead.note for lead in leads.listed(event)) == ["ours", "theirs"]
    assert leads.listed(event, []) == []


def test_a_lead_is_as_old_as_the_reading_it_comes_from_and_never_of_tomorrow(
    event: Event, booth: Place, siti: Pass
) -> None:
    reading = scanned(event, booth, siti, str(uuid.uuid4()))
    early, _ = leads.meet(event, booth, siti, scan=reading)
    late, _ = leads.meet(event, booth, make.gate_pass(event), at=now() + timedelta(days=1))

    assert early.at == reading.at
    assert late.at <= now()


def test_only_booths_write_visitors_down(event: Event, siti: Pass) -> None:
    with pytest.raises(Invalid, match="place_no_booth"):
        leads.meet(event, make.place(event, "gate"), siti)


def test_what_belongs_to_another_event_is_not_found(event: Event, booth: Place, siti: Pass) -> None:
    other = make.event(make.campaign(make.brand("other"), "other"), "other")

    with pytest.raises(NotFound, match="pass_unknown"):
        leads.meet(event, booth, make.gate_pass(other))
    with pytest.raises(NotFound, match="place_unknown"):
        leads.meet(event, make.place(other, "booth"), siti)
    assert leads.listed(other) == []


def test_a_reading_is_found_in_its_own_event_only(event: Event, booth: Place, siti: Pass) -> None:
    other = make.event(make.campaign(make.brand("other"), "other"), "other")
    nonce = str(uuid.uuid4())
    scanned(event, booth, siti, nonce)

    assert leads.scanned(event, nonce)[1].id == siti.id
    for whose, asked in ((other, nonce), (event, str(uuid.uuid4())), (event, "nonsense")):
        with pytest.raises(NotFound, match="scan_unknown"):
            leads.scanned(whose, asked)


# --- Search ----------------------------------------------------------------------------------------------------------


def names(event: Event, words: str) -> list[str | None]:
    """Search, and give the names that were found."""
    return [one.name for one in search.by_name(event, words, now())]


@pytest.mark.parametrize("words", ["siti", "SITI", "rahma", "ti rah", "  siti   rahma "])
def test_somebody_is_found_by_a_part_of_their_name_in_any_case(event: Event, siti: Pass, words: str) -> None:
    [found] = search.by_name(event, words, now())

    assert (found.name, found.number, found.is_inside) == ("Siti Rahma", siti.number, False)
    assert found.code == make.token_of(siti)


@pytest.mark.parametrize(("name", "words"), [("Łukasz Żak", "łukasz"), ("ŁUKASZ", "Łuka"), ("Straße", "strasse")])
def test_letters_outside_of_a_to_z_are_folded_alike_on_both_engines(
    fair: Campaign, event: Event, name: str, words: str
) -> None:
    make.gate_pass(event, make.fan(fair, name))

    assert names(event, words) == [name]


@pytest.mark.parametrize("words", ["", "sit", "s i t", "    ", "%%%%", "____", "a%_%", "\\\\\\\\", "....", "\0\0\0\0"])
def test_fewer_than_four_letters_find_nobody(event: Event, siti: Pass, words: str) -> None:
    with pytest.raises(Invalid, match="search_too_short") as refused:
        search.by_name(event, words, now())

    assert refused.value.fields == {"least": SEARCH_SIGNS}


@pytest.mark.parametrize("words", ["siti%rahma", "siti_rahma", "s_ti rahma", "siti%", "%siti", "[a-z]iti", "sitirahma"])
def test_wildcards_are_signs_like_any_other(event: Event, siti: Pass, words: str) -> None:
    assert names(event, words) == []


def test_a_search_lists_twenty_at_most(fair: Campaign, event: Event) -> None:
    for _ in range(23):
        make.gate_pass(event, make.fan(fair, "Siti"))

    assert len(names(event, "siti")) == 20


def test_a_pass_that_opens_no_door_is_not_found(fair: Campaign, event: Event, siti: Pass) -> None:
    siti.revoked_at = now()
    db.session.flush()

    assert names(event, "siti") == []


def test_a_pass_that_is_nobodys_is_found_by_what_is_printed_on_it(fair: Campaign, event: Event) -> None:
    make.gate_pass(event, label="Press corps")
    make.gate_pass(event, make.fan(fair, "Budi"), label="Press corps")

    found = search.by_name(event, "press", now())

    assert [(one.name, one.label) for one in found] == [(None, "Press corps")]


def test_nobody_of_another_event_is_found(event: Event, siti: Pass) -> None:
    other = make.event(make.campaign(make.brand("other"), "other"), "other")

    assert names(other, "siti") == []


def test_a_search_says_who_is_inside_today(event: Event, siti: Pass) -> None:
    today, tomorrow = queries.days(event)
    for day, inside in ((today, 1), (tomorrow, 0)):
        db.session.add(
            Admission(
                brand_id=event.brand_id,
                pass_id=siti.id,
                day_id=day.id,
                event_id=event.id,
                people=1,
                inside=inside,
                greens=1,
                changed=new_id(),
            )
        )
    db.session.flush()

    assert search.by_name(event, "siti", now())[0].is_inside
    assert not search.by_name(event, "siti", now() + timedelta(days=1))[0].is_inside
