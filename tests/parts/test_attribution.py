"""Attribution on both engines: who is credited under a campaign's rule, to the last minor unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from referral.campaigns.rules import Attribution as Model
from referral.credits import queries as credits
from referral.people.rules import Contact
from referral.plumbing import clock
from referral.plumbing.db import db
from referral.plumbing.money import Money
from referral.sales import checks, queries
from referral.sales.actions import Recorded, again, refund
from tests import factories as make
from tests.application import application, settings_for_tests
from tests.parts.selling import DAY, NOON, sold, told_thrice, under

if TYPE_CHECKING:
    from flask import Flask


def given(done: Recorded) -> dict[int, int]:
    return {line.fan_id: line.amount.minor for line in done.credits}


# --- Rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "who"), [(Model.FIRST, [0]), (Model.LAST, [2]), (Model.SPLIT, [0, 1, 2])])
def test_the_campaign_says_who_is_credited_where_several_told_a_buyer(app: Flask, model: Model, who: list[int]) -> None:
    with make.saved(app), clock.at(NOON + 9 * DAY):
        campaign = under(model)
        tellers, buyer = told_thrice(campaign)

        done = sold(campaign, buyer_fan_id=buyer.id, code=make.code_of(tellers[2]))

        assert [share.fan_id for share in done.shares] == [tellers[place].id for place in who]
        assert [line.fan_id for line in done.credits] == [tellers[place].id for place in who]
        assert {share.whole for share in done.shares} == {len(who)}
        assert again(campaign, done.sale).credits == done.credits
        assert checks.verify() == []


@pytest.mark.parametrize(
    ("currency", "price", "reward", "shares"),
    [
        ("JPY", "1000", 50, [17, 17, 16]),
        ("IDR", "200.00", 10_00, [3_34, 3_33, 3_33]),
        ("USD", "0.40", 2, [1, 1]),
        ("USD", "850000.20", 42_500_01, [14_166_67, 14_166_67, 14_166_67]),
    ],
)
def test_a_split_reward_is_divided_to_the_last_minor_unit(
    app: Flask, currency: str, price: str, reward: int, shares: list[int]
) -> None:
    with make.saved(app), clock.at(NOON + 9 * DAY):
        campaign = under(Model.SPLIT, currency=currency)
        tellers, buyer = told_thrice(campaign)

        done = sold(campaign, price=price, buyer_fan_id=buyer.id, code=make.code_of(tellers[2]))

        assert [line.amount.minor for line in done.credits] == shares
        assert sum(shares) == reward
        assert len(done.shares) == 3
        assert checks.verify() == []


@pytest.mark.parametrize("price", ["1000", "7", "333", "20"])
def test_refunds_of_a_split_sale_take_back_from_each_what_they_were_given_and_never_more(
    app: Flask, price: str
) -> None:
    with make.saved(app), clock.at(NOON + 9 * DAY):
        campaign = under(Model.SPLIT, currency="JPY", percent=3333)
        tellers, buyer = told_thrice(campaign)
        done = sold(campaign, price=price, buyer_fan_id=buyer.id, code=make.code_of(tellers[2]))
        left = given(done)
        paid, part, number = int(price), max(int(price) // 7, 1), 0

        while paid:
            number += 1
            back = refund(campaign, "order-1", f"return-{number}", Money(min(part, paid), "JPY"))
            paid -= back.refund.amount
            for line in back.credits:
                assert (line.why.code, line.amount.minor < 0) == ("refund", True)
                left[line.fan_id] += line.amount.minor
            assert min(left.values()) >= 0
            assert checks.verify() == []

        assert set(left.values()) == {0}
        assert credits.campaign_total(campaign) == [Money(0, "JPY")]


def test_a_word_counts_for_as_many_days_as_the_campaign_says(app: Flask) -> None:
    with make.saved(app):
        with clock.at(NOON):
            campaign = under(Model.FIRST, days=30)
            ayu = make.fan(campaign, "Ayu")
            budi = make.fan(campaign, "Budi", told_by=ayu)
        found = []
        for number, days in enumerate((30, 31)):
            with clock.at(NOON + days * DAY):
                found.append(sold(campaign, number, buyer_fan_id=budi.id).sale)

        assert [(sale.introducer_id, sale.attribution) for sale in found] == [
            (ayu.id, "introduced"),
            (None, "window_over"),
        ]
        assert checks.verify() == []


def test_a_click_is_as_old_as_it_is_and_not_as_the_sale(app: Flask) -> None:
    with make.saved(app):
        with clock.at(NOON):
            campaign = under(Model.LAST, days=7)
            ayu = make.fan(campaign, "Ayu")
            click = make.click(ayu)

        with clock.at(NOON + 8 * DAY):
            late = sold(campaign, 1, click_id=click)
            buyer = Contact.of(email="citra@people.example")
            named = sold(campaign, 2, click_id=click, buyer=buyer)

        assert (late.sale.touched_at, late.sale.attribution, late.credits) == (NOON, "window_over", ())
        assert named.sale.attribution == "window_over"
        [citra] = queries.buyers(campaign).values()
        assert [told.introducer_id for told in citra.told] == [ayu.id]


# --- What was recorded before there were shares ----------------------------------------------------------------------


def test_the_migration_gives_each_sale_its_one_share_and_what_the_shop_saw(empty_database_url: str) -> None:
    with application(settings_for_tests(empty_database_url)) as app:
        cli = app.test_cli_runner()
        assert cli.invoke(args=["db", "upgrade", "0001"]).exit_code == 0
        with app.app_context():
            for statement in BEFORE:
                db.session.execute(text(statement))
            db.session.commit()

        done = cli.invoke(args=["db", "upgrade"], catch_exceptions=False)

        assert done.exit_code == 0, done.output
        with app.app_context():
            shares = db.session.execute(text("SELECT sale_id, fan_id, parts, whole, reason FROM sale_share")).all()
            seen = db.session.execute(text("SELECT id, evidence, touched_at FROM sale ORDER BY id")).all()
            hours = db.session.execute(text("SELECT link_id, hour, channel, verdict, clicks FROM click_hour")).all()
            ways = db.session.execute(text("SELECT link_id, value, clicks FROM click_trait WHERE trait = 'via'")).all()
        assert [tuple(row) for row in shares] == [(1, 7, 1, 1, "click")]
        assert [tuple(row) for row in seen] == [(1, "click", 500), (2, "code", 1000), (3, None, None)]
        assert {tuple(row) for row in hours} == {(0, 0, "qr", "counted", 1), (5, 0, "qr", "counted", 1)}
        assert {tuple(row) for row in ways} == {(0, "qr", 1), (5, "qr", 1)}
        assert cli.invoke(args=["db", "downgrade", "0001"], catch_exceptions=False).exit_code == 0
        with app.app_context():
            assert db.session.scalar(text("SELECT count(*) FROM sale")) == 3


_SALE = "INSERT INTO sale (brand_id, id, campaign_id, external_id, content_hash, amount, currency, attribution, at, "
BEFORE = (
    "INSERT INTO brand (id, slug, name, currency, locale, created_at) VALUES (1, 'b', 'B', 'IDR', 'en', 0)",
    "INSERT INTO campaign (brand_id, id, slug, name, currency, default_locale, ripening_days, created_at) "
    "VALUES (1, 1, 'c', 'C', 'IDR', 'en', 7, 0)",
    "INSERT INTO person (brand_id, id, created_at) VALUES (1, 1, 0)",
    "INSERT INTO fan (brand_id, id, campaign_id, person_id, generation, shows_name, locale, joined_at) "
    "VALUES (1, 7, 1, 1, 0, false, 'en', 0)",
    "INSERT INTO link (brand_id, id, campaign_id, fan_id, code, created_at) VALUES (1, 5, 1, 7, 'AAAAAAAA', 0)",
    "INSERT INTO click (brand_id, id, campaign_id, link_id, at, channel, verdict) "
    "VALUES (1, 9, 1, 5, 500, 'qr', 'counted')",
    _SALE + "created_at, introducer_id, link_id, click_id) "
    "VALUES (1, 1, 1, 'o-1', 'h', 100, 'IDR', 'click', 1000, 1000, 7, 5, 9)",
    _SALE + "created_at, link_id) VALUES (1, 2, 1, 'o-2', 'h', 100, 'IDR', 'nobody_told', 1000, 1000, 5)",
    _SALE + "created_at) VALUES (1, 3, 1, 'o-3', 'h', 100, 'IDR', 'nobody_told', 1000, 1000)",
    "INSERT INTO refund (brand_id, id, sale_id, external_id, amount, currency, at, created_at) "
    "VALUES (1, 1, 1, 'r-1', 10, 'IDR', 2000, 2000)",
)
