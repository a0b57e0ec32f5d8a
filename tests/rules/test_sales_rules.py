"""Rules of sales: by whose word a sale came, and which reports of a sale are the same report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import Invalid
from referral.introductions.rules import Teller
from referral.plumbing.money import Money
from referral.sales.rules import Attribution, Buyer, Evidence, attribute, check_amount, clean_moment, fingerprint

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SITI, BUDI, BUYER = 1, 2, 3

by_siti = Teller(link_id=10, fan_id=SITI, generation=0)
by_budi = Teller(link_id=20, fan_id=BUDI, generation=1)
by_the_buyer = Teller(link_id=30, fan_id=BUYER, generation=1)
by_a_poster = Teller(link_id=40, fan_id=None, generation=None)

told_by_siti = Buyer(BUYER, introducer_id=SITI, was_told=True)
told_by_a_poster = Buyer(BUYER, introducer_id=None, was_told=True)
told_by_nobody = Buyer(BUYER, introducer_id=None, was_told=False)


@pytest.mark.parametrize("evidence", ["click", "code"])
def test_a_new_buyer_was_introduced_by_whoever_owns_the_click_or_the_code(evidence: Evidence) -> None:
    assert attribute(None, by_siti, evidence) == Attribution(SITI, evidence)


def test_who_told_a_fan_first_keeps_their_sales_without_any_link() -> None:
    assert attribute(told_by_siti, None, None) == Attribution(SITI, "introduced")


@pytest.mark.parametrize("teller", [by_budi, by_a_poster, by_the_buyer, by_siti])
def test_who_told_a_fan_first_keeps_their_sales_whatever_link_they_buy_by(teller: Teller) -> None:
    assert attribute(told_by_siti, teller, "code") == Attribution(SITI, "introduced")


def test_nobody_earns_by_their_own_link() -> None:
    assert attribute(told_by_nobody, by_the_buyer, "click") == Attribution(None, "own_link")


def test_a_link_of_the_brands_own_earns_nobody_anything() -> None:
    assert attribute(None, by_a_poster, "click") == Attribution(None, "brand_link")
    assert attribute(told_by_nobody, by_a_poster, "click") == Attribution(None, "brand_link")
    assert attribute(told_by_a_poster, by_budi, "click") == Attribution(None, "brand_link")


def test_who_came_by_themselves_was_told_by_nobody() -> None:
    assert attribute(None, None, None) == Attribution(None, "nobody_told")
    assert attribute(told_by_nobody, None, None) == Attribution(None, "nobody_told")


def test_a_fan_whom_nobody_told_is_not_introduced_afterwards() -> None:
    assert attribute(told_by_nobody, by_budi, "code") == Attribution(None, "nobody_told")


ids = st.integers(1, 5)
buyers = st.none() | st.builds(Buyer, ids, st.none() | ids, st.booleans())
tellers = st.none() | st.builds(Teller, ids, st.none() | ids, st.just(0))


@given(buyers, tellers, st.sampled_from(["click", "code"]))
def test_an_introducer_is_named_exactly_for_the_reasons_that_pay(
    buyer: Buyer | None, teller: Teller | None, evidence: Evidence
) -> None:
    found = attribute(buyer, teller, evidence if teller else None)

    assert (found.introducer_id is not None) == (found.code in {"introduced", "click", "code"})


# --- Same report, or another -----------------------------------------------------------------------------------------

SAID: dict[str, Any] = {
    "amount": Money(15_000_000, "IDR"),
    "buyer_id": BUYER,
    "named": True,
    "click_id": None,
    "code": "K7M2Q9XD",
    "at": None,
}


def said(**changed: Any) -> str:
    return fingerprint(**{**SAID, **changed})


def test_the_same_words_have_the_same_fingerprint() -> None:
    assert said() == said()
    assert len(said()) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": Money(15_000_001, "IDR")},
        {"amount": Money(15_000_000, "PLN")},
        {"buyer_id": SITI},
        {"buyer_id": None},
        {"buyer_id": None, "named": False},
        {"click_id": 9},
        {"code": None},
        {"code": "K7M2Q9XE"},
        {"at": NOON},
    ],
)
def test_other_content_has_another_fingerprint(changed: dict[str, Any]) -> None:
    assert said(**changed) != said()


def test_a_buyer_nobody_knows_is_not_the_same_as_no_buyer() -> None:
    assert said(buyer_id=None, named=True) != said(buyer_id=None, named=False)


def test_the_same_moment_in_another_zone_is_the_same_content() -> None:
    jakarta = timezone(timedelta(hours=7))

    assert said(at=NOON) == said(at=NOON.astimezone(jakarta))
    assert said(at=NOON) != said(at=NOON.replace(tzinfo=jakarta))


# --- What cannot be a sale -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minor", [0, -1])
def test_a_sale_brings_something(minor: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_amount(Money(minor, "IDR"), "IDR")

    assert refused.value.code == "amount_not_positive"


def test_a_sale_is_in_the_campaigns_currency() -> None:
    with pytest.raises(Invalid) as refused:
        check_amount(Money(100, "PLN"), "IDR")

    assert refused.value.code == "currency_differs"
    assert refused.value.fields == {"expected": "IDR"}


@pytest.mark.parametrize(
    "moment",
    [
        NOON + timedelta(days=1, seconds=1),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime(1970, 1, 21, tzinfo=UTC),
    ],
)
def test_a_moment_that_only_a_mistake_explains_is_refused(moment: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        clean_moment(moment, NOON)

    assert refused.value.code == "at_out_of_range"


@pytest.mark.parametrize("moment", [NOON, NOON - timedelta(days=400), NOON + timedelta(hours=14)])
def test_a_late_report_and_a_clock_that_runs_ahead_are_taken(moment: datetime) -> None:
    assert clean_moment(moment, NOON) == moment


def test_a_moment_is_kept_in_utc_to_the_millisecond() -> None:
    jakarta = timezone(timedelta(hours=7))

    found = clean_moment(datetime(2026, 5, 1, 18, 0, 0, 123_999, jakarta), NOON)

    assert found.isoformat() == "2026-05-01T11:00:00.123000+00:00"
