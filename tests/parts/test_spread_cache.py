"""How a spread stands is kept in memory and fed with what is new; it is always what the database holds."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from referral.campaigns import queries as campaigns
from referral.campaigns.models import Campaign
from referral.fans.models import Fan
from referral.introductions import actions
from referral.introductions.models import Introduction
from referral.introductions.rules import Arrival
from referral.people.models import Person
from referral.people.rules import Contact
from referral.plumbing import clock
from referral.plumbing.db import db, every_brand
from referral.plumbing.ids import new_id
from referral.plumbing.transaction import in_reading
from referral.spread import following, queries
from referral.spread.cache import Spread, Standing, spreads, standing
from referral.spread.following import Following, Mistaken
from referral.spread.rules.forest import Forest
from tests import factories as make
from tests.application import application, settings_for_tests

if TYPE_CHECKING:
    from flask import Flask

MINUTE = timedelta(minutes=1) // timedelta(milliseconds=1)


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    with make.saved(app):
        return make.campaign(make.brand())


def asked(app: Flask, campaign: Campaign) -> Standing:
    """Ask as a page does: in a transaction that only reads."""
    with app.app_context(), every_brand():
        return in_reading(lambda: standing(campaign))


def read_anew(app: Flask, campaign: Campaign) -> Standing:
    with app.app_context(), every_brand():
        return in_reading(lambda: Spread().standing(campaign))


@contextmanager
def reader(app: Flask) -> Iterator[None]:
    with app.app_context(), every_brand():
        try:
            yield
        finally:
            db.session.rollback()


def same(found: Forest, expected: Forest) -> None:
    for column in ("ids", "parent", "depth", "root", "size", "at_ms", "value"):
        assert getattr(found, column).tolist() == getattr(expected, column).tolist(), column
    for column in ("channel", "language", "place", "verdict"):
        assert getattr(found, column).tolist() == getattr(expected, column).tolist(), column


def with_id(campaign: Campaign, fan_id: int, told_by: int | None = None) -> None:
    """Let somebody in whose id was made at another time, as by another process."""
    moment = clock.now()
    person_id = new_id()
    db.session.add(Person(brand_id=campaign.brand_id, id=person_id, created_at=moment))
    db.session.flush()
    db.session.add(
        Fan(
            brand_id=campaign.brand_id,
            id=fan_id,
            campaign_id=campaign.id,
            person_id=person_id,
            generation=0 if told_by is None else 1,
            locale="en",
            joined_at=moment,
        )
    )
    db.session.flush()
    if told_by is not None:
        db.session.add(
            Introduction(
                brand_id=campaign.brand_id,
                campaign_id=campaign.id,
                fan_id=fan_id,
                introducer_id=told_by,
                channel="line",
                at=moment,
                is_primary=True,
            )
        )
    db.session.flush()


def test_a_campaign_without_fans_stands_as_an_empty_forest(app: Flask, campaign: Campaign) -> None:
    found = asked(app, campaign)

    assert (len(found.forest), found.newest, found.version) == (0, 0, "0-0-0.0.0")


def test_what_fans_came_by_is_known_of_each(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        booth = make.link(campaign, "Booth 4")
        ayu = make.fan(campaign, "Ayu", told_by=booth, locale="id")
        budi = make.fan(campaign, "Budi", told_by=ayu, channel="whatsapp", locale="pl")
        visit = make.click(budi, "counted")
        come = Arrival(Contact.of(email="c@example.org"), make.teller(campaign, budi), "line", clock.now(), visit)
        citra = actions.arrive(campaign, [come])[0].fan_id
        dewi = make.fan(campaign, "Dewi")
        make.refund(campaign, make.sale(campaign, budi, "100.00"), "30.00")
        make.sale(campaign, budi, "5.00")

    forest = asked(app, campaign).forest

    assert forest.ids.tolist() == [ayu.id, budi.id, citra, dewi.id]
    assert forest.parent.tolist() == [-1, 0, 1, -1]
    assert forest.channel.tolist() == ["poster", "whatsapp", "line", None]
    assert forest.language.tolist()[:2] == ["id", "pl"]
    assert forest.place.tolist() == ["Booth 4", "Booth 4", "Booth 4", None]
    assert forest.verdict.tolist() == [None, None, "counted", None]
    assert forest.value is not None
    assert forest.value.tolist() == [0, 75_00, 0, 0]


def test_nothing_is_made_again_while_nothing_changed(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        make.chain(campaign, "Ayu", "Budi")

    first, second = asked(app, campaign), asked(app, campaign)

    assert first is second
    assert first.keep("thing", object) is second.keep("thing", object)
    assert first.keep("thing", object, at=1) is not first.keep("thing", object, at=2)


def test_a_page_sees_one_standing_from_its_top_to_its_end(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        make.chain(campaign, "Ayu", "Budi")

    with app.test_request_context(), every_brand():
        first = in_reading(lambda: standing(campaign))
        with make.saved(app):
            make.fan(campaign, "Citra")
        second = in_reading(lambda: standing(campaign))

    assert first is second
    assert len(asked(app, campaign).forest) == 3


def test_newcomers_sales_and_refunds_are_seen_at_once_and_have_another_version(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        _, budi = make.chain(campaign, "Ayu", "Budi")
    versions = [asked(app, campaign).version]

    with make.saved(app):
        citra = make.fan(campaign, "Citra", told_by=budi)
    versions.append(asked(app, campaign).version)
    with make.saved(app):
        sold = make.sale(campaign, citra, "10.00")
    versions.append(asked(app, campaign).version)
    with make.saved(app):
        make.refund(campaign, sold, "4.00")
    found = asked(app, campaign)

    assert len({*versions, found.version}) == 4
    assert found.version.startswith(f"{citra.id:x}-3-")
    assert found.forest.size.tolist() == [3, 2, 1]
    assert found.forest.value is not None
    assert found.forest.value.tolist() == [0, 0, 6_00]


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_in_whatever_order_it_is_what_the_database_holds(
    app: Flask, campaign: Campaign, seed: int
) -> None:
    chance = random.Random(seed)
    known: list[Fan] = []
    sold = []
    with make.saved(app):
        posters = [make.link(campaign, label) for label in ("Door", "Till")]

    for _ in range(12):
        with make.saved(app):
            for _ in range(chance.randint(0, 6)):
                told_by = chance.choice([None, *posters, *known, *known])
                # Clocks disagree: some come before whoever told them.
                at = clock.now() + timedelta(seconds=chance.randint(-600, 600))
                known.append(make.fan(campaign, "Somebody", told_by=told_by, at=at, channel="line"))
            if known and chance.random() < 0.6:
                sold.append(make.sale(campaign, chance.choice(known), "9.00"))
            if sold and chance.random() < 0.4:
                make.refund(campaign, chance.choice(sold), "0.10")
        found, expected = asked(app, campaign), read_anew(app, campaign)

        same(found.forest, expected.forest)
        assert found.version == expected.version


def test_who_was_let_in_earlier_and_committed_later_is_noticed(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        early = new_id()
        make.fan(campaign, "Budi")
    asked(app, campaign)

    with make.saved(app):
        with_id(campaign, early, told_by=ayu.id)
    with app.app_context():
        spreads(app)._each[campaign.brand_id, campaign.id]._following._fans._window_due = 0
    found = asked(app, campaign)

    assert early in found.forest.ids.tolist()
    assert len(found.forest) == 3
    same(found.forest, read_anew(app, campaign).forest)


def test_who_was_let_in_very_much_earlier_is_noticed_when_all_are_counted(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
    seconds = [0.0]
    with reader(app):
        follows = Following(clock=lambda: seconds[0])
        follows.read_on(campaign)
    with make.saved(app):
        with_id(campaign, ayu.id - (60 * MINUTE << 22), told_by=ayu.id)
        db.session.flush()

    with reader(app):
        assert not follows.read_on(campaign)
        seconds[0] = following.WHOLE_SECONDS + 1
        with pytest.raises(Mistaken):
            follows.read_on(campaign)


def test_a_teller_who_was_missed_is_found_by_those_they_told(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
    asked(app, campaign)
    with make.saved(app):
        long_ago = ayu.id - (60 * MINUTE << 22)
        with_id(campaign, long_ago)
    asked(app, campaign)

    with make.saved(app):
        with_id(campaign, new_id(), told_by=long_ago)
    found = asked(app, campaign)

    assert len(found.forest) == 3
    assert sorted(found.forest.size.tolist()) == [1, 1, 2]


def test_a_verdict_that_the_worker_writes_later_is_learnt(
    app: Flask, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        budi = make.fan(campaign, "Budi", told_by=ayu)
        visit = new_id()
        told = db.session.query(Introduction).filter_by(fan_id=budi.id).one()
        told.click_id = visit
    before = asked(app, campaign)
    monkeypatch.setattr(following, "PENDING_SECONDS", 0.0)

    with make.saved(app):
        recorded = make.click(ayu, "own")
        db.session.query(Introduction).filter_by(fan_id=budi.id).one().click_id = recorded
    with app.app_context():
        spreads(app)._each[campaign.brand_id, campaign.id]._following._pending_due = 0
    after = asked(app, campaign)

    assert before.forest.verdict.tolist() == [None, None]
    assert after.forest.verdict.tolist() == [None, "own"]
    assert before.version != after.version


def test_what_is_not_committed_is_seen_by_its_own_transaction_and_kept_by_nobody(
    app: Flask, campaign: Campaign
) -> None:
    with make.saved(app):
        make.fan(campaign, "Ayu")
    asked(app, campaign)

    with app.app_context(), every_brand():
        make.fan(campaign, "Budi")
        inside = len(standing(campaign).forest)
        db.session.rollback()

    assert inside == 2
    assert len(asked(app, campaign).forest) == 1


def test_a_question_that_breaks_off_leaves_nothing_half_read(
    app: Flask, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make.saved(app):
        make.chain(campaign, "Ayu", "Budi")
    asked(app, campaign)
    with make.saved(app):
        make.sale(campaign, make.fan(campaign, "Citra"), "3.00")
    with monkeypatch.context() as broken:
        broken.setattr(following.introductions, "told_after", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            asked(app, campaign)

    found = asked(app, campaign)

    same(found.forest, read_anew(app, campaign).forest)


@pytest.mark.settings(SPREAD_CACHE_FANS=5)
def test_the_spreads_asked_for_longest_ago_are_forgotten(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        each = [make.campaign(brand, slug=f"story-{number}") for number in range(3)]
        for campaign, fans in zip(each, (3, 2, 9), strict=True):
            make.crowd(campaign, fans)

    for campaign in (*each[:2], each[0], each[2]):
        asked(app, campaign)
    kept = spreads(app)

    assert [campaign in kept for campaign in each] == [False, False, True]
    assert len(asked(app, each[0]).forest) == 3
    assert each[2] not in kept


def test_two_applications_keep_nothing_together(app: Flask, campaign: Campaign, database_url: str) -> None:
    with make.saved(app):
        make.fan(campaign, "Ayu")
    asked(app, campaign)

    with application(settings_for_tests(database_url)) as other:
        assert len(spreads(other)) == 0
        assert len(spreads(app)) == 1


def test_threads_that_ask_at_the_same_time_get_whole_forests(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        make.crowd(campaign, 30)
    found: list[Standing] = []
    threads = [threading.Thread(target=lambda: found.append(asked(app, campaign))) for _ in range(6)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [len(one.forest) for one in found] == [30] * 6
    assert len({id(one) for one in found}) == 1


def test_measures_follow_newcomers_and_the_time(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        campaign.ripening_days = 7
        moment = clock.now()
        ayu = make.fan(campaign, "Ayu", at=moment - timedelta(days=8))
        make.fan(campaign, "Budi", told_by=ayu, at=moment - timedelta(days=2))

    def measured(at: object = moment) -> queries.Measures:
        with app.app_context(), every_brand(), clock.at(at):  # type: ignore[arg-type]
            return in_reading(lambda: queries.measures(campaigns.by_id(campaign.brand_id, campaign.id)))

    first, second = measured(), measured()
    later = measured(moment + timedelta(days=6))
    with make.saved(app):
        make.fan(campaign, "Citra", told_by=ayu, at=moment)
    newer = measured()

    assert first is second
    assert (first.k_factor, later.k_factor, newer.k_factor) == (1.0, 0.5, 2.0)
    assert (first.reach, newer.reach) == (2, 3)
