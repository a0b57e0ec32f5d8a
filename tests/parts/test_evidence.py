"""What tells by whom a buyer was told: a click, a code, a coupon, a name, all leading to the same rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from referral.campaigns.models import Campaign
from referral.errors import Conflict, Invalid, Refusal
from referral.fans.models import Fan
from referral.introductions import queries as introductions
from referral.links import actions as links
from referral.links import queries as found_links
from referral.people.rules import Contact
from referral.plumbing import clock
from referral.sales import checks, queries
from tests import factories as make
from tests.parts.selling import DAY, NOON, sold

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Make a campaign that promises 5 % to the first who told a buyer."""
    with make.saved(app), clock.at(NOON):
        return make.campaign(make.brand())


def refused(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as found:
        work()
    return found.value


def coupon(campaign: Campaign, code: str, fan: Fan) -> str:
    return links.make_coupon(campaign, code, make.link_of(fan)).coupon.code


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
