"""Passes in the database: given to whoever joins, once; given anew, revoked; signed by a ring of keys."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.cli.importing import take_in
from referral.errors import Conflict, Gone, Invalid
from referral.events import actions, passes, queries
from referral.events.giving import Giver
from referral.events.models import Admission, Event, Pass
from referral.events.passes import PassTerms
from referral.events.rules.codes import MOST_NUMBER, Token, code_hash
from referral.events.rules.terms import EventTerms
from referral.events.written import pen
from referral.plumbing.clock import now
from referral.plumbing.db import db, every_brand, of_brand
from referral.plumbing.ids import new_id
from referral.plumbing.transaction import in_transaction
from tests import factories as make
from tests.factories import send

if TYPE_CHECKING:
    from flask import Flask

    from referral.campaigns.models import Campaign

OLDER = 120_000 << 22


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Make the brand `night-fair` with the campaign `fair`."""
    with make.saved(app):
        return make.campaign(make.brand())


def numbers(event: Event) -> list[int]:
    return [one.number for one in queries.page(event, None, 1000)]


def holders(event: Event) -> list[int | None]:
    return [one.fan_id for one in queries.page(event, None, 1000) if one.revoked_at is None]


# --- Events, days and places -----------------------------------------------------------------------------------------


def terms_of(event: Event, **said: Any) -> EventTerms:
    days = [(day.opens_at, day.closes_at) for day in queries.days(event)]
    return EventTerms(**{"slug": event.slug, "name": event.name, "timezone": event.timezone, "days": days, **said})


def test_a_new_event_has_secrets_of_its_own(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        one, other = make.event(campaign, "one"), make.event(campaign, "two")

        assert len({one.salt, other.salt, one.wall_key, other.wall_key}) == 4
        secrets = [key.secret for event in (one, other) for key in queries.ring(event)]
        assert len(set(secrets)) == 2
        assert [key.number for key in queries.ring(one)] == [0]


def test_an_event_is_changed_and_keeps_its_short_name(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)

        actions.change(event, terms_of(event, slug="another", name="Two nights", capacity=5, reentry="once", venue=" "))

        assert (event.slug, event.name, event.capacity, event.reentry, event.venue) == (
            "night",
            "Two nights",
            5,
            "once",
            None,
        )


def test_a_day_whose_hours_change_stays_the_same_day(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        first, second = queries.days(event)
        hour = timedelta(hours=1)

        actions.set_days(
            event,
            [
                (first.opens_at - hour, first.closes_at + hour),
                (second.opens_at, second.closes_at + hour),
                (second.closes_at + 5 * hour, second.closes_at + 9 * hour),
            ],
        )

        days = queries.days(event)
        assert [day.id for day in days[:2]] == [first.id, second.id]
        assert len(days) == 3


def test_all_days_can_be_put_off_by_one(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        start = now()
        days = [(start + timedelta(days=day), start + timedelta(days=day, hours=9)) for day in range(3)]
        event = make.event(campaign, days=days)
        later = [(opens + timedelta(days=1), closes + timedelta(days=1)) for opens, closes in days]

        actions.set_days(event, later)

        assert [(day.opens_at, day.closes_at) for day in queries.days(event)] == later


def test_a_day_on_which_people_came_is_not_left_out(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        first, second = queries.days(event)
        enter(event, make.gate_pass(event), first.id)

        with pytest.raises(Conflict, match="day_entered"):
            actions.set_days(event, [(second.opens_at, second.closes_at)])
        actions.set_days(event, [(first.opens_at, first.closes_at)])

        assert [day.id for day in queries.days(event)] == [first.id]


def enter(event: Event, gate_pass: Pass, day_id: int, people: int = 1) -> None:
    db.session.add(
        Admission(
            brand_id=event.brand_id,
            pass_id=gate_pass.id,
            day_id=day_id,
            event_id=event.id,
            people=people,
            inside=people,
            greens=people,
            changed=new_id(),
        )
    )
    db.session.flush()


def test_what_brings_people_has_a_link_and_a_gate_has_none(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)

        links = {kind: make.place(event, kind).link_id for kind in ("gate", "booth", "poster", "stage")}

        assert [kind for kind, link in links.items() if link is None] == ["gate"]
        with pytest.raises(Invalid, match="place_kind_unknown"):
            actions.add_place(event, "door", "A")


def test_a_closed_place_is_listed_only_where_it_is_asked_for(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        north, south = make.place(event, name="North"), make.place(event, name="South")

        actions.close_place(north)
        db.session.flush()

        assert queries.places(event) == [south]
        assert queries.places(event, closed=True) == [north, south]


# --- Given out -------------------------------------------------------------------------------------------------------


def test_passes_are_numbered_from_one_in_each_event(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        one, other = make.event(campaign, "one"), make.event(campaign, "two")

        for event in (one, other, one):
            make.gate_pass(event)
        passes.issue_many(one, [PassTerms()] * 150)

        assert numbers(one) == list(range(1, 153))
        assert numbers(other) == [1]


def test_a_pass_is_signed_and_known_by_its_hash(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        gate_pass = make.gate_pass(event, label="  Guest\tof honour ")

        text = make.token_of(gate_pass)

        token = Token.read(text)
        assert token is not None
        assert queries.signer(event).signed(token)
        assert token.pass_id == gate_pass.id
        assert gate_pass.code_hash == code_hash(event.salt, text)
        assert queries.pass_by_hash(event, code_hash(event.salt, text)) == gate_pass
        assert queries.signer(event).number_of_short(pen(event).short(gate_pass) or "") == gate_pass.number
        assert gate_pass.label == "Guest of honour"


def test_another_systems_ticket_is_known_by_its_own_code(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)

        ticket = make.gate_pass(event, foreign_code=" z3fsn8jyufm5kpk7 ")

        assert make.token_of(ticket) == "z3fsn8jyufm5kpk7"
        assert pen(event).token(ticket) is None
        assert queries.pass_by_hash(event, code_hash(event.salt, "z3fsn8jyufm5kpk7")) == ticket


def test_a_fan_has_one_pass_however_often_it_is_asked_for(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event, ayu = make.event(campaign), make.fan(campaign, "Ayu")

        first, again = passes.issue(event, PassTerms(ayu.id)), passes.issue(event, PassTerms(ayu.id, "Another"))

        assert (first.hit, again.hit, first.gate_pass) == (False, True, again.gate_pass)
        assert queries.pass_of_fan(event, ayu.id) == first.gate_pass


WRONG = [
    (PassTerms(admits=0), "admits_invalid"),
    (PassTerms(admits=1000), "admits_invalid"),
    (PassTerms(label="x" * 81), "pass_label_too_long"),
    (PassTerms(external_id=""), "external_id_invalid"),
    (PassTerms(foreign_code=" "), "foreign_code_invalid"),
    (PassTerms(foreign_code="x" * 201), "foreign_code_invalid"),
    (PassTerms(foreign_code="a\0b"), "foreign_code_invalid"),
]


@pytest.mark.engines("sqlite")
def test_what_no_pass_can_be_is_refused(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        for terms, code in WRONG:
            with pytest.raises(Invalid) as refused:
                passes.issue(event, terms)
            assert refused.value.code == code
        with pytest.raises(Invalid, match="valid_reversed"):
            passes.issue(event, PassTerms(valid_from=now(), valid_until=now() - timedelta(hours=1)))

        assert numbers(event) == []


def test_numbers_that_a_short_code_cannot_hold_are_not_given(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        event.next_number = MOST_NUMBER
        db.session.flush()

        last = make.gate_pass(event)

        assert last.number == MOST_NUMBER
        with pytest.raises(Conflict, match="passes_used_up"):
            make.gate_pass(event)
        db.session.rollback()


def test_a_closed_event_gives_out_nothing(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        actions.close(event)
        db.session.flush()

        with pytest.raises(Gone, match="event_closed"):
            make.gate_pass(event)
        make.fan(campaign, "Ayu")
        passes.welcome(campaign, [make.fan(campaign, "Budi").id])

        assert numbers(event) == []


def test_people_who_join_at_once_get_numbers_of_their_own(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        fan_ids = make.crowd(campaign, 12)
    barrier = threading.Barrier(4)

    def join(part: list[int]) -> None:
        with app.app_context(), of_brand(campaign.brand_id):
            barrier.wait()
            for fan_id in part:
                in_transaction(lambda: passes.welcome(campaign, [fan_id]))  # noqa: B023 - it is done at once
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(join, [fan_ids[start::4] for start in range(4)]))

    with make.saved(app):
        found = queries.by_id(campaign.brand_id, event.id)
        assert sorted(numbers(found)) == list(range(1, 13))
        assert sorted(filter(None, holders(found))) == sorted(fan_ids)


# --- Whoever joins has one -------------------------------------------------------------------------------------------


def test_whoever_joins_on_the_storys_page_has_a_pass_at_once(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        make.event(campaign)
        make.event(campaign, "for-guests", gives_passes=False)

    send(app.test_client(), "/c/fair/join", {"name": "Siti", "contact": "siti@people.example"})

    with make.saved(app):
        night, guests = (queries.in_campaign(campaign, slug) for slug in ("night", "for-guests"))
        assert (len(holders(night)), len(holders(guests))) == (1, 0)


def test_whoever_is_imported_has_a_pass_at_once(app: Flask, campaign: Campaign) -> None:
    rows = "".join(f"fan-{number},,2026-05-01T12:00:00Z,\n" for number in range(150))
    with make.saved(app):
        event = make.event(campaign)

        take_in(campaign, b"fan,told_by,at,channel\n" + rows.encode(), lambda *_: None)

        assert len(set(holders(event))) == 150


def test_an_event_that_is_over_gives_no_passes_any_more(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        over = make.event(campaign, days=[(now() - timedelta(days=3), now() - timedelta(days=2))])

        passes.welcome(campaign, [make.fan(campaign, "Ayu").id])

        assert numbers(over) == []


def look(app: Flask, giver: Giver) -> int:
    with app.app_context():
        given = giver.look()
        db.session.remove()
        return given


def test_the_worker_gives_passes_to_those_who_were_there_before(app: Flask, campaign: Campaign) -> None:
    giver = Giver()
    with make.saved(app):
        fan_ids = make.crowd(campaign, 130)
        make.crowd(make.campaign(make.brand("other"), "other-fair"), 3)
        event = make.event(campaign)

    assert [look(app, giver), look(app, giver)] == [130, 0]
    with make.saved(app):
        fan_ids += make.crowd(campaign, 2)
        make.event(campaign, "second-night")
    assert [look(app, giver), look(app, giver)] == [2 + 132, 0]

    with make.saved(app):
        found = queries.by_id(campaign.brand_id, event.id)
        assert holders(found) == fan_ids
        assert numbers(found) == list(range(1, 133))


def test_the_worker_works_in_parts(app: Flask, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("referral.events.giving.AT_ONCE", 3)
    with make.saved(app):
        make.event(campaign)
        make.crowd(campaign, 10)

    assert look(app, Giver()) == 10


def test_what_a_look_could_not_see_is_found_when_it_looks_at_everybody_again(app: Flask, campaign: Campaign) -> None:
    giver = Giver()
    with make.saved(app):
        event = make.event(campaign)
    look(app, giver)
    with make.saved(app):
        slow, quick = make.fan(campaign, "Ayu"), make.fan(campaign, "Budi")
    give_an_older_id(app, slow.id)

    seen = look(app, giver)
    giver.forget()

    assert (seen, look(app, giver)) == (1, 1)
    with make.saved(app):
        assert holders(queries.by_id(campaign.brand_id, event.id)) == [quick.id, slow.id - OLDER]


def give_an_older_id(app: Flask, fan_id: int) -> None:
    """Make somebody's id two minutes older, as that of a transaction that took so long."""
    with app.app_context(), every_brand():
        db.session.execute(db.text("DELETE FROM link WHERE fan_id = :id"), {"id": fan_id})
        db.session.execute(
            db.text("UPDATE fan SET id = :older WHERE id = :id"), {"older": fan_id - OLDER, "id": fan_id}
        )
        db.session.commit()


def test_a_pass_that_was_revoked_is_not_given_again_by_itself(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event, ayu = make.event(campaign), make.fan(campaign, "Ayu")
        passes.revoke(make.gate_pass(event, ayu))
        db.session.flush()
        passes.welcome(campaign, [ayu.id])

    assert look(app, Giver()) == 0
    with make.saved(app):
        assert holders(queries.by_id(campaign.brand_id, event.id)) == []


# --- Revoked and given anew ------------------------------------------------------------------------------------------


def test_a_pass_is_revoked_once_and_keeps_why(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        gate_pass = make.gate_pass(make.event(campaign))
        before = gate_pass.changed

        passes.revoke(gate_pass, "  refunded\x00 ")
        changed = gate_pass.changed
        passes.revoke(gate_pass, "lost")

        assert (gate_pass.revoked_reason, gate_pass.changed) == ("refunded", changed)
        assert changed > before


def test_a_lost_pass_is_given_anew_and_the_lost_one_lets_nobody_in(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event, ayu = make.event(campaign), make.fan(campaign, "Ayu")
        lost = make.gate_pass(event, ayu, label="Speaker", admits=3, external_id="t-1", valid_until=now())

        fresh = passes.reissue(event, lost)

        assert (lost.revoked_reason, lost.replaced_by_id, lost.external_id) == ("reissued", fresh.id, None)
        assert (fresh.fan_id, fresh.label, fresh.admits) == (ayu.id, "Speaker", 3)
        assert (fresh.external_id, fresh.valid_until) == ("t-1", lost.valid_until)
        assert (fresh.number, queries.pass_of_fan(event, ayu.id)) == (2, fresh)
        with pytest.raises(Conflict, match="pass_revoked"):
            passes.reissue(event, lost)


# --- The ring of keys ------------------------------------------------------------------------------------------------


def test_passes_of_the_last_four_keys_are_valid_and_older_ones_are_given_anew(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        made = []
        for _ in range(5):
            made.append(make.gate_pass(event))
            passes.rotate_key(event)
        ticket = make.gate_pass(event, foreign_code="z3fsn8jyufm5kpk7")

        writing = pen(event)
        assert [key.number for key in queries.ring(event)] == [2, 3, 4, 5]
        assert [writing.token(one) is None for one in made] == [True, True, False, False, False]
        assert [writing.short(one) is None for one in made] == [True, True, False, False, False]
        assert writing.code(ticket) == "z3fsn8jyufm5kpk7"
        assert [one.id for one in queries.of_retired_keys(event)] == [one.id for one in made[:2]]
        assert made[1].changed > made[4].changed > made[3].changed

        assert passes.reissue_old(event) == 2

        assert queries.of_retired_keys(event) == []
        assert [one.revoked_reason for one in made] == ["reissued", "reissued", None, None, None]
        assert queries.count(event) == 6
        assert passes.reissue_old(event) == 0


def test_a_token_of_a_retired_key_is_not_signed_any_more(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        event = make.event(campaign)
        token = Token.read(make.token_of(make.gate_pass(event)))
        assert token is not None

        signed = []
        for _ in range(5):
            signed.append(queries.signer(event).signed(token))
            passes.rotate_key(event)

        assert signed == [True, True, True, True, False]
