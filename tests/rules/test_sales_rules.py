"""Rules of sales: which reports of a sale are the same report, and what cannot be a sale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from referral.errors import Invalid
from referral.plumbing.money import Money
from referral.sales.rules import (
    check_amount,
    clean_moment,
    fingerprint,
)
from tests.rules.touching import BUYER, NOON, SITI

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
        {"coupon": "AYU-10"},
        {"spoken_of": SITI},
    ],
)
def test_other_content_has_another_fingerprint(changed: dict[str, Any]) -> None:
    assert said(**changed) != said()


def test_what_was_hashed_before_there_were_coupons_and_names_has_the_same_fingerprint() -> None:
    assert said() == "3547ee12597a0dfbb85ee9a822996ec54d7659d865df58a3e2af64d4d1f54922"


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
