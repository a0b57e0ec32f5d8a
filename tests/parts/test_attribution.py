"""Attribution on both engines: whatever tells by whom a buyer was told leads to the same rule, and changes no entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from referral.campaigns.models import Campaign
from referral.campaigns.rules import Attribution as Model
from referral.credits import queries as credits
from referral.errors import Conflict, Invalid, Refusal
from referral.fans import queries as fans
from referral.fans.models import Fan
from referral.introductions import queries as introductions
from referral.links import actions as links
from referral.links import queries as found_links
from referral.people.rules import Contact
from referral.plumbing import clock
from referral.plumbing.db import Base, db
from referral.plumbing.money import Money
from referral.sales import checks, queries
from referral.sales.actions import Recorded, SaleRequest, again, record, refund
from referral.sales.rules import Comparison, compare
from tests import factories as make
from tests.application import application, settings_for_tests

if TYPE_CHECKING:
    from flask import Flask

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Make a campaign that promises 5 % to the first who told a buyer."""
    with make.saved(app), clock.at(NOON):
        return make.campaign(make.brand())


def under(model: Model, days: int = 0, currency: str = "IDR", **promise: Any) -> Campaign:
    """Make a campaign with another rule, inside `saved`."""
    made = make.campaign(make.brand(f"brand-{model}", currency=currency), f"under-{model}", **promise)
    made.attribution, made.attribution_days = model.value, days
    db.session.flush()
    return made


def sold(campaign: Campaign, number: int = 1, price: str = "1000", **said: Any) -> Recorded:
    return record(campaign, SaleRequest(f"order-{number}", Money.of_decimal(price, campaign.currency), **said))


def refused(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as found:
        work()
    return found.value


def coupon(campaign: Campaign, code: str, fan: Fan) -> str:
    return links.make_coupon(campaign, code, make.link_of(fan)).coupon.code


def given(done: Recorded) -> dict[int, int]:
    return {line.fan_id: line.amount.minor for line in done.credits}


# --- Evidence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evidence", ["click", "code", "coupon", "name"])
@pytest.mark.parametrize("buyer", ["new", "nobody"])
def test_each_way_to_say_who_told_leads_to_the_same_introducer_and_why_says_which_it_was(
    app: Flask, campaign: Campaign, evidence: str, buyer: str
) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu Lestari")
        ways: dict[str, dict[str, Any]] = {
            "click": {"click_id": make.click(ayu)},
            "code": {"code": make.code_of(ayu).lower()},
            "coupon": {"coupon": coupon(campaign, "ayu-10", ayu).lower()},
            "name": {"told_by_name": "  ayu   LESTARI "},
        }
        said = ways[evidence]
        if buyer == "new":
            said["buyer"] = Contact.of(name="Citra", email="citra@people.example")

        done = sold(campaign, **said)

        [line] = done.credits
        [share] = done.shares
        assert (line.fan_id, line.why.code, line.why.parts, line.why.whole) == (ayu.id, evidence, 1, 1)
        assert (share.fan_id, share.reason, done.sale.introducer_id) == (ayu.id, evidence, ayu.id)
        assert (done.sale.attribution, done.sale.evidence, done.sale.link_id) == (
            evidence,
            evidence,
            make.link_of(ayu).id,
        )
        assert introductions.brought(ayu) == (1 if buyer == "new" else 0)
        assert sold(campaign, **said).hit
        assert checks.verify() == []


def test_a_click_says_more_than_a_code_a_code_more_than_a_coupon_and_a_coupon_more_than_a_name(
    app: Flask, campaign: Campaign
) -> None:
    with make.saved(app):
        ayu, budi, citra, dewi = (make.fan(campaign, name) for name in ("Ayu", "Budi", "Citra", "Dewi"))
        said: dict[str, Any] = {"told_by_name": "dewi"}
        found = [sold(campaign, 1, **said)]
        stronger: list[dict[str, Any]] = [
            {"coupon": coupon(campaign, "CITRA", citra)},
            {"code": make.code_of(budi)},
            {"click_id": make.click(ayu)},
        ]
        for number, more in enumerate(stronger, 2):
            said |= more
            found.append(sold(campaign, number, **said))

        assert [done.sale.introducer_id for done in found] == [dewi.id, citra.id, budi.id, ayu.id]
        assert [done.sale.attribution for done in found] == ["name", "coupon", "code", "click"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"coupon": "NEVER-MADE"}, "coupon_unknown"),
        ({"coupon": "no coupon!"}, "coupon_unknown"),
        ({"coupon": ""}, "coupon_unknown"),
        ({"told_by_name": "Zofia"}, "name_unknown"),
        ({"told_by_name": " \x00 "}, "name_unknown"),
        ({"told_by_name": "x" * 5000}, "name_unknown"),
        ({"told_by_name": "Ay%"}, "name_unknown"),
        ({"told_by_name": "A_u"}, "name_unknown"),
        ({"told_by_name": "Budi"}, "name_ambiguous"),
        ({"told_by_name": "Ewa"}, "name_unknown"),
        ({"coupon": "EWA-10"}, "coupon_unknown"),
    ],
)
def test_all_that_a_sale_says_of_who_told_must_be_right(
    app: Flask, campaign: Campaign, said: dict[str, Any], code: str
) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        make.fan(campaign, "Budi")
        make.fan(campaign, "BUDI")
        other = make.campaign(make.brand("day-fair"), "day")
        coupon(other, "EWA-10", make.fan(other, "Ewa"))

        refusal = refused(lambda: sold(campaign, code=make.code_of(ayu), **said))

        assert isinstance(refusal, Invalid)
        assert refusal.code == code
        assert queries.totals(campaign).count == 0


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Łukasz Żak", "łukasz żak"),
        ("ŁUKASZ ŻAK", "Łukasz Żak"),
        ("Groß", "GROSS"),
        ("Zoë", "zoe\u0308"),
        ("İpek", "i\u0307pek"),
        ("小明", " 小明 "),
        ("100% Ayu_1", "100% ayu_1"),
        (r"back\slash", r"BACK\SLASH"),
    ],
)
def test_a_name_is_the_same_in_whatever_case_and_language(
    app: Flask, campaign: Campaign, name: str, spoken: str
) -> None:
    with make.saved(app):
        make.fan(campaign, "Somebody else")
        fan = make.fan(campaign, name, external_id="bearer")

        assert sold(campaign, told_by_name=spoken).sale.introducer_id == fan.id


def test_a_coupon_that_is_switched_off_counts_for_what_was_sold_before(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        made = links.make_coupon(campaign, "AYU", make.link_of(ayu)).coupon
        with clock.at(NOON + DAY):
            links.switch(made, on=False)

        with clock.at(NOON + 2 * DAY):
            refusal = refused(lambda: sold(campaign, 1, coupon="ayu"))
            before = sold(campaign, 2, coupon="ayu", at=NOON)
            links.switch(made, on=True)
            after = sold(campaign, 3, coupon="ayu")

        assert refusal.code == "coupon_off"
        assert before.sale.introducer_id == after.sale.introducer_id == ayu.id


def test_a_coupon_stands_for_one_link_of_its_campaign(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu, budi = make.fan(campaign, "Ayu"), make.fan(campaign, "Budi")
        first = links.make_coupon(campaign, " ten-off ", make.link_of(ayu))

        same = links.make_coupon(campaign, "TEN-OFF", make.link_of(ayu))
        taken = refused(lambda: links.make_coupon(campaign, "ten-off", make.link_of(budi)))
        wrong = [
            refused(lambda code=code: links.make_coupon(campaign, code, make.link_of(ayu))).code  # type: ignore[misc]
            for code in ("", "-", "A B", "É", "ß", "x" * 41, "A--")
        ]

        assert (first.hit, same.hit, same.coupon.id) == (False, True, first.coupon.id)
        assert isinstance(taken, Conflict)
        assert (taken.code, taken.fields) == ("coupon_taken", {"coupon": "TEN-OFF"})
        assert wrong == ["coupon_invalid"] * 7
        assert [one.code for one, _ in found_links.coupons(campaign, None, 10)] == ["TEN-OFF"]


def test_a_coupon_of_a_poster_credits_nobody(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        links.make_coupon(campaign, "HALL-B", make.link(campaign))

        done = sold(campaign, coupon="hall-b")

        assert (done.sale.attribution, done.shares, done.credits) == ("brand_link", (), ())


def test_the_same_sale_by_a_name_that_somebody_else_bears_by_now_is_the_same_sale(
    app: Flask, campaign: Campaign
) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        first = sold(campaign, told_by_name="Ayu")
        make.fan(campaign, "ayu")

        repeated = sold(campaign, told_by_name="AYU")
        others = [
            refused(lambda said=said: sold(campaign, **said)).code  # type: ignore[misc]
            for said in ({}, {"told_by_name": "Budi"}, {"coupon": "AYU"})
        ]

        assert (repeated.hit, repeated.sale.id, repeated.sale.introducer_id) == (True, first.sale.id, ayu.id)
        assert others == ["sale_differs"] * 3


# --- Rules -----------------------------------------------------------------------------------------------------------


def told_thrice(campaign: Campaign) -> tuple[list[Fan], Fan]:
    """Let three people tell somebody, one a day, the last of them at the sale."""
    tellers = [make.fan(campaign, name, at=NOON) for name in ("Ayu", "Budi", "Citra")]
    buyer = make.fan(campaign, "Dewi", told_by=tellers[0], at=NOON + DAY, email="dewi@people.example")
    make.fan(campaign, "Dewi", told_by=tellers[1], at=NOON + 2 * DAY, email="dewi@people.example")
    return tellers, buyer


@pytest.mark.parametrize(("model", "who"), [(Model.FIRST, [0]), (Model.LAST, [2]), (Model.SPLIT, [0, 1, 2])])
def test_the_campaign_says_who_is_credited_where_several_told_a_buyer(app: Flask, model: Model, who: list[int]) -> None:
    with make.saved(app), clock.at(NOON + 9 * DAY):
        campaign = under(model)
        tellers, buyer = told_thrice(campaign)

        done = sold(campaign, buyer_fan_id=buyer.id, code=make.code_of(tellers[2]))

        assert [share.fan_id for share in done.shares] == [tellers[place].id for place in who]
        assert [line.fan_id for line in done.credits] == [tellers[place].id for place in who]
        assert {share.whole for share in done.shares} == {len(who)}
        for place, fan in enumerate(tellers):
            assert len(queries.by_word_of(fan, None, 10)) == (place in who)
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


# --- The same sales under another rule -------------------------------------------------------------------------------


def rows_of(*tables: str) -> dict[str, list[Any]]:
    """Read whole tables, as they stand."""
    return {name: sorted(db.session.execute(Base.metadata.tables[name].select()).all()) for name in tables}


def rerun(campaign: Campaign, model: Model, days: int = 0) -> Comparison:
    return compare(queries.cases(campaign, 1000), queries.buyers(campaign), model, days)


@pytest.fixture(params=list(Model))
def lived(request: pytest.FixtureRequest, app: Flask) -> Campaign:
    """Make a campaign under each rule, with sales of every kind in it."""
    with make.saved(app), clock.at(NOON):
        campaign = under(request.param)
        tellers, buyer = told_thrice(campaign)
        ayu, budi, citra = tellers
        poster = make.link(campaign)
        guest = make.fan(campaign, "Eko", told_by=poster, at=NOON + DAY)
    with make.saved(app), clock.at(NOON + 9 * DAY):
        click = make.click(budi)
        contact = Contact.of(email="fitri@people.example")
        sold(campaign, 1, "1000.00", buyer_fan_id=buyer.id, code=make.code_of(citra))
        sold(campaign, 2, "10.01", buyer_fan_id=guest.id, code=make.code_of(ayu))
        sold(campaign, 3, "500.00", buyer=contact, click_id=click)
        sold(campaign, 4, "70.00", buyer=contact, told_by_name="ayu")
        sold(campaign, 5, "30.00", buyer_fan_id=ayu.id, code=make.code_of(ayu))
        sold(campaign, 6, "5.00")
        sold(campaign, 7, "6.00", code=poster.code)
        refund(campaign, "order-1", "return-1", Money(100_00, "IDR"))
        make.fan(campaign, "Dewi", told_by=make.fan(campaign, "Gita"), email="dewi@people.example")
        assert checks.verify() == []
    return campaign


def test_a_re_run_under_the_same_rule_finds_what_is_recorded(app: Flask, lived: Campaign) -> None:
    with make.saved(app):
        found = rerun(lived, Model(lived.attribution))

        assert (found.sales, found.changed) == (7, 0)
        assert [line.difference for line in found.lines] == [0] * len(found.lines)
        assert sum(line.before for line in found.lines) == queries.totals(lived).net.minor


def test_a_re_run_under_another_rule_finds_what_that_rule_would_have_recorded(app: Flask, lived: Campaign) -> None:
    with make.saved(app):
        names = fans.names(lived)
        found = {
            model: {names.get(line.introducer_id or 0) or "nobody": line.after for line in rerun(lived, model).lines}
            for model in Model
        }

    # What is left of order 1 is 900.00; the buyer of 3 and 4 was told by Budi, then by Ayu.
    assert worth(found[Model.FIRST]) == {"Ayu": 900_00, "Budi": 570_00, "nobody": 51_01}
    assert worth(found[Model.LAST]) == {"Citra": 900_00, "Ayu": 80_01, "Budi": 500_00, "nobody": 41_00}
    assert worth(found[Model.SPLIT]) == {
        "Ayu": 300_00 + 10_01 + 35_00,
        "Budi": 300_00 + 500_00 + 35_00,
        "Citra": 300_00,
        "nobody": 41_00,
    }


def worth(found: dict[str, int]) -> dict[str, int]:
    return {name: amount for name, amount in found.items() if amount}


def test_looking_at_another_rule_changes_no_row(app: Flask, lived: Campaign) -> None:
    tables = ("ledger_entry", "ledger_transaction", "ledger_account", "sale", "sale_share", "refund", "introduction")
    with make.saved(app):
        before = rows_of(*tables)

    with make.saved(app):
        for model in Model:
            rerun(lived, model, 1)

    with make.saved(app):
        assert rows_of(*tables) == before
        assert all(before.values())


def test_a_re_run_asks_as_often_for_many_sales_as_for_few(app: Flask, campaign: Campaign) -> None:
    asked = []
    for count in (2, 20):
        with make.saved(app):
            ayu = make.fan(campaign, "Ayu")
            for _ in range(count):
                make.sale(campaign, make.fan(campaign, "Somebody", told_by=ayu))
        with make.saved(app):
            statements: list[str] = []

            def note(connection: Any, cursor: Any, statement: str, *_: Any, to: list[str] = statements) -> None:
                to.append(statement)

            db.session.connection()
            event.listen(db.engine, "before_cursor_execute", note)
            assert rerun(campaign, Model.SPLIT).sales >= count
            event.remove(db.engine, "before_cursor_execute", note)
            asked.append(len(statements))

    assert asked == [4, 4]


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
