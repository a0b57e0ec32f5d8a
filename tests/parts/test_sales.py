"""Sales and refunds on both engines: kept once, credited to whoever told the buyer, taken back in proportion."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from referral.campaigns import actions as campaigns
from referral.campaigns.models import Campaign
from referral.campaigns.rules import PlanTerms
from referral.credits import queries as credits
from referral.errors import Conflict, Invalid, NotFound, Refusal
from referral.fans import queries as fans
from referral.fans.models import Fan
from referral.introductions import queries as introductions
from referral.people.rules import Contact
from referral.plumbing import clock
from referral.plumbing.db import db, of_brand
from referral.plumbing.money import Money
from referral.plumbing.transaction import in_transaction
from referral.sales import checks, queries
from referral.sales.actions import Recorded, record, refund
from referral.sales.requests import SaleRequest
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

T = TypeVar("T")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PRICE = Money(850_000_00, "IDR")


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Make a campaign that promises 5 % after 14 days."""
    with make.saved(app), clock.at(NOON):
        return make.campaign(make.brand())


def asked(**said: Any) -> SaleRequest:
    return SaleRequest(**{"external_id": "order-1", "amount": PRICE, **said})


def somebody(email: str = "citra@people.example") -> Contact:
    return Contact.of(name="Citra", email=email)


def refused(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as found:
        work()
    return found.value


def earned(campaign: Campaign, fan: Fan) -> int:
    return credits.earned_by_fan(campaign, [fan.id]).get(fan.id, 0)


# --- Whom a sale is credited to --------------------------------------------------------------------------------------


def test_a_sale_three_generations_down_credits_its_direct_introducer_only(app: Flask, campaign: Campaign) -> None:
    with make.saved(app), clock.at(NOON):
        ayu, budi, citra, dewi = make.chain(campaign, "Ayu", "Budi", "Citra", "Dewi")

        done = record(campaign, asked(buyer_fan_id=dewi.id))

        [line] = done.credits
        assert (line.fan_id, line.generation, line.amount) == (citra.id, 2, Money(42_500_00, "IDR"))
        assert (line.status, line.available_at) == ("waiting", NOON + 14 * DAY)
        assert (line.why.code, line.why.sale, line.why.base) == ("introduced", "order-1", PRICE)
        assert (line.why.terms.kind, line.why.terms.basis_points, line.why.terms.version) == ("percent", 500, 1)
        assert [earned(campaign, fan) for fan in (ayu, budi, citra, dewi)] == [0, 0, 42_500_00, 0]
        assert checks.verify() == []


@pytest.mark.parametrize("evidence", ["click", "code"])
def test_a_buyer_nobody_knew_becomes_a_fan_of_the_click_or_the_code(
    app: Flask, campaign: Campaign, evidence: str
) -> None:
    with make.saved(app):
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        said = {"click_id": make.click(budi)} if evidence == "click" else {"code": make.code_of(budi).lower()}

        done = record(campaign, asked(buyer=somebody(), **said))

        citra = fans.by_id(campaign, done.sale.buyer_id or 0)
        told = introductions.primary(citra)
        assert told is not None
        assert (citra.generation, told.introducer_id, done.sale.attribution) == (2, budi.id, evidence)
        assert [line.fan_id for line in done.credits] == [budi.id]
        assert [earned(campaign, fan) for fan in (ayu, budi)] == [0, 42_500_00]


def test_the_next_sale_of_the_same_buyer_needs_no_code(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        record(campaign, asked(buyer=somebody(), code=make.code_of(ayu)))

        done = record(campaign, asked(external_id="order-2", buyer=somebody("CITRA@people.example")))

        assert (done.sale.attribution, done.sale.introducer_id) == ("introduced", ayu.id)
        assert earned(campaign, ayu) == 85_000_00


@pytest.mark.parametrize("named", ["contact", "fan"])
def test_who_told_first_keeps_the_sales_and_another_teller_is_kept_beside(
    app: Flask, campaign: Campaign, named: str
) -> None:
    with make.saved(app):
        ayu, budi = make.fan(campaign, "Ayu"), make.fan(campaign, "Budi")
        citra = make.fan(campaign, "Citra", told_by=ayu, email="citra@people.example")
        buyer = {"buyer": somebody()} if named == "contact" else {"buyer_fan_id": citra.id}

        done = record(campaign, asked(code=make.code_of(budi), **buyer))

        assert (done.sale.buyer_id, done.sale.introducer_id) == (citra.id, ayu.id)
        tellers = {introducer for _, introducer, _ in introductions.recorded_pairs(campaign, [citra.id])}
        assert tellers == {ayu.id, budi.id}
        first = introductions.primary(citra)
        assert first is not None
        assert first.introducer_id == ayu.id


def test_nobody_earns_on_what_they_buy_by_their_own_link(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu", email="ayu@people.example")

        done = record(campaign, asked(buyer=somebody("ayu@people.example"), code=make.code_of(ayu)))

        assert (done.sale.buyer_id, done.sale.attribution, done.credits) == (ayu.id, "own_link", ())
        assert done.sale.transaction_id is None
        assert introductions.primary(ayu) is None


def test_a_poster_earns_nobody_anything_and_its_buyer_is_a_fan_all_the_same(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        done = record(campaign, asked(buyer=somebody(), code=make.link(campaign).code))

        assert (done.sale.attribution, done.sale.introducer_id, done.credits) == ("brand_link", None, ())
        assert fans.by_id(campaign, done.sale.buyer_id or 0).generation == 0


def test_a_buyer_without_a_name_is_credited_by_the_code_they_gave(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")

        done = record(campaign, asked(code=make.code_of(ayu)))

        assert (done.sale.buyer_id, done.sale.introducer_id, len(done.credits)) == (None, ayu.id, 1)
        assert fans.count(campaign) == 1


def test_a_sale_that_nobody_told_of_is_kept_without_a_transaction(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        done = record(campaign, asked(buyer=somebody()))

        assert (done.sale.attribution, done.sale.transaction_id, done.credits) == ("nobody_told", None, ())
        assert credits.campaign_total(campaign) == []
        assert checks.verify() == []


def test_recognition_only_keeps_the_introducer_and_credits_nothing(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand(), percent=0)
        ayu, budi = make.chain(campaign, "Ayu", "Budi")

        done = record(campaign, asked(buyer_fan_id=budi.id))

        assert (done.sale.introducer_id, done.sale.transaction_id, done.credits) == (ayu.id, None, ())
        assert checks.verify() == []


def test_a_sale_is_credited_under_the_terms_of_its_time(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        with clock.at(NOON):
            _, budi = make.chain(campaign, "Ayu", "Budi")
        with clock.at(NOON + 5 * DAY):
            campaigns.promise(campaign, PlanTerms.fixed(10_000_00, "IDR", 0))

        with clock.at(NOON + 6 * DAY):
            before = record(campaign, asked(buyer_fan_id=budi.id, at=NOON + 4 * DAY))
            after = record(campaign, asked(buyer_fan_id=budi.id, external_id="order-2"))

        assert [line.amount.minor for line in before.credits] == [42_500_00]
        assert [(line.amount.minor, line.why.terms.version) for line in after.credits] == [(10_000_00, 2)]
        assert checks.verify() == []


# --- The same sale again ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [None, NOON, datetime(2026, 5, 1, 19, 0, 0, 123_456, timezone(timedelta(hours=7)))])
def test_the_same_sale_again_answers_the_first_result(app: Flask, campaign: Campaign, at: datetime | None) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        request = asked(buyer=somebody(), code=make.code_of(ayu), at=at)
        first = record(campaign, request)
        told = first.sale.at

        with clock.at(clock.now() + timedelta(hours=1)):
            again = record(campaign, request)

        assert (first.hit, again.hit) == (False, True)
        assert (again.sale.id, again.credits) == (first.sale.id, first.credits)
        db.session.expire_all()
        assert first.sale.at == told
        assert queries.totals(campaign).count == 1
        assert earned(campaign, ayu) == 42_500_00


@pytest.mark.parametrize(
    "other",
    [
        {"amount": Money(850_000_01, "IDR")},
        {"buyer": Contact.of(email="somebody.else@people.example")},
        {"buyer": None},
        {"code": None},
        {"at": NOON},
    ],
)
def test_the_same_reference_with_other_content_is_refused(
    app: Flask, campaign: Campaign, other: dict[str, Any]
) -> None:
    with make.saved(app):
        said = {"buyer": somebody(), "code": make.code_of(make.fan(campaign, "Ayu"))}
        record(campaign, asked(**said))

        refusal = refused(lambda: record(campaign, asked(**(said | other))))

        assert isinstance(refusal, Conflict)
        assert (refusal.code, refusal.fields) == ("sale_differs", {"external_id": "order-1"})
        assert queries.totals(campaign).count == 1


def test_a_reference_is_one_sale_in_each_campaign(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        other = make.campaign(make.brand("day-fair"), "day")

        record(campaign, asked())
        done = record(other, asked(amount=Money(1, "IDR")))

        assert not done.hit


def at_once(app: Flask, brand_id: int, work: Callable[[], T], times: int) -> list[T]:
    """Run the same work in so many threads, each in a transaction of its own, as requests do."""

    def request(_: int) -> T:
        with app.app_context(), of_brand(brand_id):
            return in_transaction(work)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(request, range(times)))


def test_fifty_identical_sales_at_once_are_one_sale(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu = make.fan(campaign, "Ayu")
        request = asked(buyer=somebody(), code=make.code_of(ayu))

    def report() -> tuple[int, int, bool]:
        done = record(campaign, request)
        return done.sale.id, sum(line.amount.minor for line in done.credits), done.hit

    answers = at_once(app, campaign.brand_id, report, 50)

    assert len({(sale_id, amount) for sale_id, amount, _ in answers}) == 1
    assert [hit for *_, hit in answers].count(False) == 1
    with make.saved(app):
        assert queries.totals(campaign).count == 1
        assert fans.count(campaign) == 2
        assert earned(campaign, ayu) == 42_500_00
        assert checks.verify() == []


def test_ten_refunds_at_once_never_give_back_more_than_was_paid(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        record(campaign, asked(buyer_fan_id=budi.id))
    numbers = count()

    def give_back() -> bool:
        try:
            refund(campaign, "order-1", f"return-{next(numbers)}", Money(200_000_00, "IDR"))
        except Invalid:
            return False
        return True

    done = at_once(app, campaign.brand_id, give_back, 10)

    assert done.count(True) == 4
    with make.saved(app):
        assert queries.totals(campaign).net == Money(50_000_00, "IDR")
        assert earned(campaign, ayu) == 2_500_00
        assert checks.verify() == []


# --- What cannot be a sale -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"amount": Money(0, "IDR")}, "amount_not_positive"),
        ({"amount": Money(-1, "IDR")}, "amount_not_positive"),
        ({"amount": Money(100, "PLN")}, "currency_differs"),
        ({"code": "00000000"}, "code_unknown"),
        ({"code": "not a code at all"}, "code_unknown"),
        ({"code": ""}, "code_unknown"),
        ({"click_id": 1}, "click_unknown"),
        ({"buyer_fan_id": 1}, "buyer_unknown"),
        ({"external_id": ""}, "external_id_invalid"),
        ({"external_id": "x" * 121}, "external_id_invalid"),
        ({"external_id": "line\nbreak"}, "external_id_invalid"),
        ({"external_id": "nul\x00"}, "external_id_invalid"),
        ({"at": datetime(9999, 12, 31, tzinfo=UTC)}, "at_out_of_range"),
    ],
)
def test_a_mistaken_report_is_refused_and_leaves_nothing(
    app: Flask, campaign: Campaign, said: dict[str, Any], code: str
) -> None:
    with make.saved(app):
        refusal = refused(lambda: record(campaign, asked(**({"buyer": somebody()} | said))))

        assert isinstance(refusal, Invalid)
        assert refusal.code == code
        assert (queries.totals(campaign).count, fans.count(campaign)) == (0, 0)


def test_another_campaigns_code_click_and_fan_are_unknown_here(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        other = make.fan(make.campaign(make.brand("day-fair"), "day"), "Ewa")

        codes = [
            refused(lambda said=said: record(campaign, asked(**said))).code  # type: ignore[misc]
            for said in ({"code": make.code_of(other)}, {"click_id": make.click(other)}, {"buyer_fan_id": other.id})
        ]

        assert codes == ["code_unknown", "click_unknown", "buyer_unknown"]


# --- Refunds ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def sold(app: Flask, campaign: Campaign) -> tuple[Fan, Recorded]:
    """Make a sale by Ayu's word; she earned 42,500 rupiah."""
    with make.saved(app), clock.at(NOON):
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        return ayu, record(campaign, asked(buyer_fan_id=budi.id))


def test_two_refunds_of_the_whole_take_all_credit_back(
    app: Flask, campaign: Campaign, sold: tuple[Fan, Recorded]
) -> None:
    ayu, _ = sold
    with make.saved(app), clock.at(NOON + DAY):
        first = refund(campaign, "order-1", "return-1", Money(333_333_33, "IDR"))
        [before] = credits.balances(ayu, clock.now())
        second = refund(campaign, "order-1", "return-2", Money(516_666_67, "IDR"))
        [after] = credits.balances(ayu, clock.now())

        taken = [line.amount.minor for done in (first, second) for line in done.credits]
        assert taken == [-16_666_67, -25_833_33]
        assert (before.waiting.minor, before.ready.minor) == (25_833_33, 0)
        assert (after.waiting.minor, after.ready.minor) == (0, 0)
        assert [line.available_at for line in first.credits] == [NOON + 14 * DAY]
        assert {line.why.code for line in (*first.credits, *second.credits)} == {"refund"}
        assert checks.verify() == []


def test_a_refund_after_the_holding_days_is_taken_from_what_is_ready(
    app: Flask, campaign: Campaign, sold: tuple[Fan, Recorded]
) -> None:
    ayu, _ = sold
    with make.saved(app), clock.at(NOON + 20 * DAY):
        refund(campaign, "order-1", "return-1", Money(425_000_00, "IDR"))

        [balance] = credits.balances(ayu, clock.now())

        assert (balance.waiting.minor, balance.ready.minor) == (0, 21_250_00)


def test_the_same_refund_again_answers_the_first_result(
    app: Flask, campaign: Campaign, sold: tuple[Fan, Recorded]
) -> None:
    ayu, _ = sold
    with make.saved(app):
        first = refund(campaign, "order-1", "return-1", PRICE)
        again = refund(campaign, "order-1", "return-1", PRICE)

        assert (first.hit, again.hit) == (False, True)
        assert (again.refund.id, again.credits) == (first.refund.id, first.credits)
        assert earned(campaign, ayu) == 0


def test_the_same_refund_reference_with_another_amount_is_refused(
    app: Flask, campaign: Campaign, sold: tuple[Fan, Recorded]
) -> None:
    with make.saved(app):
        refund(campaign, "order-1", "return-1", Money(1, "IDR"))

        refusal = refused(lambda: refund(campaign, "order-1", "return-1", Money(2, "IDR")))

        assert isinstance(refusal, Conflict)
        assert refusal.code == "refund_differs"


def test_a_refund_above_what_is_left_is_refused_and_says_what_is_left(
    app: Flask, campaign: Campaign, sold: tuple[Fan, Recorded]
) -> None:
    ayu, _ = sold
    with make.saved(app):
        refund(campaign, "order-1", "return-1", Money(850_000_00 - 10_50, "IDR"))

        refusal = refused(lambda: refund(campaign, "order-1", "return-2", Money(10_51, "IDR")))

        assert isinstance(refusal, Invalid)
        assert (refusal.code, refusal.fields) == ("refund_above_sale", {"left": "10.50", "currency": "IDR"})
        assert earned(campaign, ayu) == 52


@pytest.mark.parametrize(
    ("sale", "reference", "amount", "kind", "code"),
    [
        ("order-9", "return-1", Money(1, "IDR"), NotFound, "sale_unknown"),
        ("order-1", "return-1", Money(0, "IDR"), Invalid, "amount_not_positive"),
        ("order-1", "return-1", Money(-1, "IDR"), Invalid, "amount_not_positive"),
        ("order-1", "return-1", Money(1, "PLN"), Invalid, "currency_differs"),
        ("order-1", "", Money(1, "IDR"), Invalid, "external_id_invalid"),
    ],
)
def test_a_mistaken_refund_is_refused(
    app: Flask,
    campaign: Campaign,
    sold: tuple[Fan, Recorded],
    sale: str,
    reference: str,
    amount: Money,
    kind: type[Refusal],
    code: str,
) -> None:
    with make.saved(app):
        refusal = refused(lambda: refund(campaign, sale, reference, amount))

        assert isinstance(refusal, kind)
        assert refusal.code == code


def test_a_sale_without_credit_is_refunded_without_a_transaction(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        record(campaign, asked(buyer=somebody()))

        done = refund(campaign, "order-1", "return-1", PRICE)

        assert (done.refund.transaction_id, done.credits) == (None, ())
        assert queries.totals(campaign).net == Money(0, "IDR")


# --- What is asked about sales ---------------------------------------------------------------------------------------


def test_sales_are_listed_page_by_page_with_what_was_refunded(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        budi = make.fan(campaign, "Budi")
        made = [make.sale(campaign, budi, f"{number}.00", external_id=f"order-{number}") for number in (1, 2, 3)]
        make.refund(campaign, made[1], "0.50")

        first = queries.page(campaign, None, 2)
        second = queries.page(campaign, first[-1].sale.id, 2)

        assert [line.sale.external_id for line in (*first, *second)] == ["order-3", "order-2", "order-1"]
        assert [line.net.text() for line in (*first, *second)] == ["3.00", "1.50", "1.00"]


def test_totals_value_and_days_are_sums_of_the_sales(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        _, budi, citra = make.chain(campaign, "Ayu", "Budi", "Citra")
        night = datetime(2026, 5, 2, 23, 59, 59, 999_000, tzinfo=UTC)
        one = make.sale(campaign, budi, "100.00", at=night)
        make.sale(campaign, budi, "50.00", at=night + timedelta(milliseconds=1))
        make.sale(campaign, citra, "7.00", at=night)
        make.refund(campaign, one, "30.00")

        totals = queries.totals(campaign)

        assert [totals.gross.text(), totals.refunded.text(), totals.net.text()] == ["157.00", "30.00", "127.00"]
        assert totals.count == 3
        days = [(bucket.start, bucket.count, bucket.gross.text()) for bucket in queries.by_time(campaign, "day")]
        assert days == [
            (datetime(2026, 5, 2, tzinfo=UTC), 2, "107.00"),
            (datetime(2026, 5, 3, tzinfo=UTC), 1, "50.00"),
        ]
        assert queries.by_time(campaign, "hour")[0].start == datetime(2026, 5, 2, 23, tzinfo=UTC)
        assert set(queries.behind(campaign, [one.sale.external_id, "unknown"])) == {one.sale.external_id}


def test_a_campaign_without_sales_sums_to_nothing(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        nothing = Money(0, "IDR")
        assert queries.totals(campaign) == queries.Totals(nothing, nothing, nothing, count=0)
        assert queries.by_time(campaign, "day") == []


def test_another_brands_sales_are_not_counted(app: Flask, campaign: Campaign) -> None:
    with make.saved(app):
        other = make.campaign(make.brand("day-fair"), "day")
        make.sale(other, make.fan(other, "Ewa"))

        assert queries.totals(campaign).count == 0
        assert queries.page(campaign, None, 10) == []
        assert refused(lambda: refund(campaign, "order-1", "return-1", PRICE)).code == "sale_unknown"
