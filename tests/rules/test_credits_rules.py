"""Rules of credit: what a sale earns, what a refund takes back, what may be paid out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from referral.credits.rules import (
    Account,
    Posting,
    Terms,
    available_at,
    balance,
    divide,
    post_refund,
    post_sale,
    reward,
    status,
    sums,
    take_back,
)
from referral.plumbing.money import LARGEST, Money

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

amounts = st.integers(1, LARGEST)
percents = st.builds(
    Terms, st.just("percent"), st.integers(0, 10_000), st.just(0), st.just("IDR"), st.integers(0, 365), st.just(1)
)
fixed = st.builds(
    Terms, st.just("fixed"), st.just(0), st.integers(0, LARGEST), st.just("IDR"), st.integers(0, 365), st.just(1)
)


def percent_terms(basis_points: int, holding_days: int = 14) -> Terms:
    return Terms("percent", basis_points, 0, "IDR", holding_days, 1)


def fixed_terms(minor: int) -> Terms:
    return Terms("fixed", 0, minor, "IDR", 14, 1)


# --- What a sale earns -----------------------------------------------------------------------------------------------


def test_five_percent_of_850000_rupiah_is_42500() -> None:
    assert reward(percent_terms(500), Money(850_000_00, "IDR")) == Money(42_500_00, "IDR")


@pytest.mark.parametrize(("sale", "earned"), [(5, 0), (15, 2), (25, 2), (35, 4), (45, 4)])
def test_a_half_unit_goes_to_the_even_neighbour(sale: int, earned: int) -> None:
    assert reward(percent_terms(1000), Money(sale, "IDR")).minor == earned


def test_a_fixed_reward_is_never_more_than_the_sale() -> None:
    assert reward(fixed_terms(10_000), Money(25_000, "IDR")).minor == 10_000
    assert reward(fixed_terms(10_000), Money(9_999, "IDR")).minor == 9_999


def test_recognition_only_earns_nothing() -> None:
    assert reward(Terms("none", 0, 0, "IDR", 0, 1), Money(100, "IDR")) == Money(0, "IDR")


def test_terms_say_nothing_about_a_sale_in_another_currency() -> None:
    with pytest.raises(ValueError, match="PLN"):
        reward(percent_terms(500), Money(100, "PLN"))


@given(terms=percents | fixed, sale=amounts)
def test_a_reward_lies_between_nothing_and_the_sale(terms: Terms, sale: int) -> None:
    earned = reward(terms, Money(sale, "IDR"))

    assert 0 <= earned.minor <= sale
    assert earned.currency == "IDR"


@given(terms=percents | fixed, sales=st.tuples(amounts, amounts))
def test_a_larger_sale_never_earns_less(terms: Terms, sales: tuple[int, int]) -> None:
    small, large = (reward(terms, Money(sale, "IDR")).minor for sale in sorted(sales))

    assert small <= large


@given(terms=percents | fixed, sale=amounts, fan_id=st.integers(0, 2**63 - 1))
def test_what_a_sale_and_its_refund_post_sums_to_zero(terms: Terms, sale: int, fan_id: int) -> None:
    earned = reward(terms, Money(sale, "IDR"))
    ready = available_at(terms, NOON)

    given_, taken = post_sale(fan_id, earned, ready), post_refund(fan_id, earned, ready)

    assert not any(sums(given_).values())
    assert not any(sums(taken).values())
    by_account = {
        account: sum(p.amount for p in (*given_, *taken) if p.account == account) for account in accounts(given_)
    }
    assert not any(by_account.values())
    assert all(posting.amount for posting in given_)


def accounts(postings: tuple[Posting, ...]) -> set[Account]:
    return {posting.account for posting in postings}


def test_a_sale_credits_the_fan_and_takes_it_from_the_campaigns_rewards() -> None:
    assert post_sale(7, Money(500, "IDR"), NOON) == (
        Posting(Account.of_fan(7), 500, "IDR", NOON),
        Posting(Account.rewards(), -500, "IDR", None),
    )


def test_nothing_earned_is_nothing_posted() -> None:
    assert post_sale(7, Money(0, "IDR"), NOON) == ()
    assert post_refund(7, Money(0, "IDR"), NOON) == ()


def test_accounts_have_names_that_fit_their_column() -> None:
    assert Account.rewards().name == "rewards"
    assert Account.of_fan(7).name == "fan:7"
    assert len(Account.of_fan(2**63 - 1).name) <= 40


def test_currencies_are_summed_apart() -> None:
    postings = [Posting(Account.rewards(), 5, "IDR"), Posting(Account.rewards(), -5, "PLN")]

    assert sums(postings) == {"IDR": 5, "PLN": -5}


# --- What several share ----------------------------------------------------------------------------------------------

parts_of_a_whole = st.lists(st.integers(0, 20), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("amount", "parts", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (1, [1, 1, 1], [1, 0, 0]),
        (0, [1, 1], [0, 0]),
        (10, [1, 5, 1], [2, 7, 1]),
        (11, [1, 5, 1], [2, 8, 1]),
        (7, [3], [7]),
    ],
)
def test_what_is_left_over_goes_to_the_greatest_fraction_and_of_equal_ones_to_the_earlier(
    amount: int, parts: list[int], shares: list[int]
) -> None:
    assert divide(amount, parts) == shares


@given(st.integers(0, LARGEST), parts_of_a_whole)
def test_shares_sum_to_what_is_divided_and_none_is_a_unit_off(amount: int, parts: list[int]) -> None:
    shares = divide(amount, parts)

    assert sum(shares) == amount
    for share, part in zip(shares, parts, strict=True):
        assert abs(share * sum(parts) - amount * part) < sum(parts)


@given(amounts, st.integers(1, 12), st.data())
def test_refunds_take_from_several_no_more_than_each_was_given_and_in_the_end_all_of_it(
    sale: int, people: int, data: st.DataObject
) -> None:
    given_to = divide(data.draw(st.integers(0, sale)), [1] * people)
    steps = sorted({*data.draw(st.lists(st.integers(0, sale), max_size=6)), 0, sale})

    taken = [
        [take_back(share, sale, before, after - before) for before, after in pairwise(steps)] for share in given_to
    ]

    assert all(min(each) >= 0 for each in taken)
    assert [sum(each) for each in taken] == given_to


@pytest.mark.parametrize(("amount", "parts"), [(-1, [1]), (1, []), (1, [0]), (1, [2, -1])])
def test_nothing_negative_is_divided_and_nothing_without_parts(amount: int, parts: list[int]) -> None:
    with pytest.raises(ValueError, match="whole"):
        divide(amount, parts)


# --- What a refund takes back ----------------------------------------------------------------------------------------


@st.composite
def refunded_sales(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """Draw a credit, the sale that gave it, and refunds that do not exceed the sale."""
    sale = draw(amounts)
    credited = draw(st.integers(0, sale))
    cuts = sorted(draw(st.lists(st.integers(0, sale), max_size=8)))
    return credited, sale, [after - before for before, after in pairwise([0, *cuts]) if after > before]


def taken_in_turn(credited: int, sale: int, refunds: list[int]) -> list[int]:
    return [take_back(credited, sale, sum(refunds[:turn]), refund) for turn, refund in enumerate(refunds)]


@given(refunded_sales())
def test_parts_take_back_together_what_one_refund_of_their_sum_would_have(drawn: tuple[int, int, list[int]]) -> None:
    credited, sale, refunds = drawn

    assert sum(taken_in_turn(credited, sale, refunds)) == take_back(credited, sale, 0, sum(refunds))


@given(refunded_sales(), st.randoms())
def test_the_order_of_refunds_does_not_matter_to_their_sum(drawn: tuple[int, int, list[int]], chance: object) -> None:
    credited, sale, refunds = drawn
    shuffled = sorted(refunds, key=lambda _: chance.random())  # type: ignore[attr-defined]

    assert sum(taken_in_turn(credited, sale, refunds)) == sum(taken_in_turn(credited, sale, shuffled))


@given(refunded_sales())
def test_refunding_the_rest_takes_back_exactly_the_whole_credit(drawn: tuple[int, int, list[int]]) -> None:
    credited, sale, refunds = drawn
    rest = sale - sum(refunds)

    assert sum(taken_in_turn(credited, sale, [*refunds, rest])) == credited


@given(refunded_sales())
def test_no_refund_gives_credit_or_takes_more_than_there_is(drawn: tuple[int, int, list[int]]) -> None:
    credited, sale, refunds = drawn

    taken = taken_in_turn(credited, sale, refunds)

    assert all(part >= 0 for part in taken)
    assert sum(taken) <= credited


@given(refunded_sales())
def test_what_is_taken_back_is_within_half_a_unit_of_the_exact_share(drawn: tuple[int, int, list[int]]) -> None:
    credited, sale, refunds = drawn

    taken = take_back(credited, sale, 0, sum(refunds))

    assert 2 * abs(taken * sale - credited * sum(refunds)) <= sale


@given(sale=amounts, before=st.integers(-1, LARGEST + 1), refund=st.integers(-1, LARGEST + 1))
def test_a_refund_outside_of_the_sale_is_a_mistake(sale: int, before: int, refund: int) -> None:
    assume(before < 0 or refund < 0 or before + refund > sale)

    with pytest.raises(ValueError, match="refunds lie"):
        take_back(1, sale, before, refund)


# --- What may be paid out --------------------------------------------------------------------------------------------


def test_credit_is_ready_after_the_days_it_is_held() -> None:
    assert available_at(percent_terms(500, holding_days=14), NOON) == NOON + timedelta(days=14)


def test_a_balance_is_parted_by_the_moment_from_which_entries_are_ready() -> None:
    entries = [(500, NOON - HOUR), (300, NOON), (200, NOON + HOUR), (-50, NOON + HOUR)]

    found = balance("IDR", entries, NOON)

    assert found.ready == Money(800, "IDR")
    assert found.waiting == Money(150, "IDR")


@given(
    st.lists(st.tuples(st.integers(-LARGEST, LARGEST), st.integers(-100, 100).map(lambda hours: NOON + hours * HOUR))),
    st.randoms(),
)
def test_no_entry_is_lost_or_counted_twice_in_whatever_order(
    entries: list[tuple[int, datetime]], chance: object
) -> None:
    shuffled = sorted(entries, key=lambda _: chance.random())  # type: ignore[attr-defined]

    found = balance("IDR", entries, NOON)

    assert found.ready.minor + found.waiting.minor == sum(amount for amount, _ in entries)
    assert balance("IDR", shuffled, NOON) == found


@pytest.mark.parametrize(
    ("amount", "taken", "moment", "expected"),
    [
        (500, 0, NOON + HOUR, "waiting"),
        (500, 0, NOON, "ready"),
        (500, 499, NOON, "ready"),
        (500, 500, NOON, "taken_back"),
        (500, 500, NOON + HOUR, "taken_back"),
        (-200, 0, NOON + HOUR, "taken_back"),
    ],
)
def test_an_entry_waits_is_ready_or_is_taken_back(amount: int, taken: int, moment: datetime, expected: str) -> None:
    assert status(amount, taken, moment, NOON) == expected
