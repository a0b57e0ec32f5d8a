"""What is known of a buyer as touches, and the same sales under another rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.campaigns.rules import Attribution as Model
from referral.sales.rules import (
    Buyer,
    Case,
    Evidence,
    Line,
    Reason,
    Told,
    Touch,
    attribute,
    compare,
    touches,
)
from tests.rules.touching import BUDI, BUYER, DAY, LINKS, NOON, SITI, alone, by, models, people, told, touch, windows

SALE = 1000  # its id; what was known before it has a smaller one


# --- What a buyer's touches are --------------------------------------------------------------------------------------


def introduction(number: int, introducer_id: int | None, days_before: float, first: bool = False) -> Told:
    return Told(number, introducer_id, LINKS[introducer_id], NOON - days_before * DAY, first)


def test_a_buyer_nobody_named_has_only_what_the_sale_says_of_itself() -> None:
    assert touches(None, touch(SITI, 0, "code"), SALE) == [touch(SITI, 0, "code")]
    assert touches(None, None, SALE) == []


def test_who_became_a_fan_by_the_sale_was_none_before() -> None:
    newcomer = Buyer(SALE + 1, NOON, (introduction(SALE + 2, SITI, 0, first=True),))

    assert touches(newcomer, touch(SITI, 0, "code"), SALE) == [touch(SITI, 0, "code")]


def test_what_is_learned_of_a_buyer_after_a_sale_changes_nothing_about_it() -> None:
    buyer = Buyer(BUYER, NOON - 9 * DAY, (introduction(1, SITI, 9, first=True), introduction(SALE + 1, BUDI, 0)))

    assert touches(buyer, None, SALE) == [touch(SITI, 9)]


def test_who_was_told_by_nobody_first_came_alone() -> None:
    buyer = Buyer(BUYER, NOON - 9 * DAY, (introduction(2, BUDI, 3),))

    assert touches(buyer, None, SALE) == [alone(9), touch(BUDI, 3)]


@pytest.mark.parametrize("first", [introduction(1, SITI, 9, first=True), None])
def test_a_late_report_makes_nobody_the_first_teller(first: Told | None) -> None:
    later = introduction(2, BUDI, 30)
    buyer = Buyer(BUYER, NOON - 9 * DAY, (later, first) if first else (later,))

    found = attribute(touches(buyer, None, SALE), NOON, BUYER, Model.FIRST, 0)

    assert by(found) == ([(SITI, 1, 1)] if first else [])


# Who told a buyer first, and by what the shop saw at the sale: the rule as it was before there were others.
def as_it_was(first: Told | None, knows: bool, own: Touch | None) -> tuple[int | None, Reason]:
    if knows and first is not None:
        return (first.introducer_id, "introduced") if first.introducer_id else (None, "brand_link")
    if own is None:
        return None, "nobody_told"
    if own.introducer_id is None:
        return None, "brand_link"
    if not knows:
        assert own.evidence != "alone"
        return own.introducer_id, own.evidence
    return None, "own_link" if own.introducer_id == BUYER else "nobody_told"


@given(
    st.none() | st.sampled_from([SITI, BUDI, 0]),
    st.booleans(),
    st.none() | st.sampled_from([SITI, BUDI, BUYER, 0]),
    st.sampled_from(["click", "code"]),
    st.integers(-50, 50),
)
def test_the_first_without_a_window_is_the_rule_that_campaigns_had_before(
    first: int | None, knows: bool, seen: int | None, evidence: Evidence, days: int
) -> None:
    told = introduction(1, first or None, days, first=True) if first is not None else None
    own = touch(seen or None, 0, evidence) if seen is not None else None
    buyer = Buyer(BUYER, NOON - days * DAY, (told,) if told else ()) if knows else None
    if not knows and seen == BUYER:
        return  # whoever the shop does not name is nobody's equal

    found = attribute(touches(buyer, own, SALE), NOON, BUYER if knows else None, Model.FIRST, 0)

    assert (found.introducer_id, found.reason) == as_it_was(told, knows, own)


# --- The same sales under another rule -------------------------------------------------------------------------------


def case(net: int, own: Touch | None, *shares: tuple[int, int]) -> Case:
    return Case(SALE, NOON, net, BUYER, own, shares)


def test_the_same_sales_are_divided_under_another_rule() -> None:
    buyers = {BUYER: Buyer(BUYER, NOON - 9 * DAY, (introduction(1, SITI, 9, first=True),))}
    cases = [case(101, touch(BUDI, 0, "code"), (SITI, 1)), case(50, None, (SITI, 1)), case(7, None)]

    last = compare(cases, buyers, Model.LAST, 0)
    split = compare(cases, buyers, Model.SPLIT, 0)
    none = compare(cases, {}, Model.SPLIT, 0)

    assert last.lines == (
        Line(BUDI, before=0, after=101, sales_before=0, sales_after=1),
        Line(SITI, before=151, after=57, sales_before=2, sales_after=2),
        Line(None, before=7, after=0, sales_before=1, sales_after=0),
    )
    assert (last.sales, last.changed) == (3, 2)
    assert {line.introducer_id: line.after for line in split.lines} == {SITI: 51 + 50 + 7, BUDI: 50, None: 0}
    assert none.lines[0] == Line(SITI, before=151, after=0, sales_before=2, sales_after=0)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.none() | told, people), max_size=8), models, windows)
def test_a_comparison_gives_away_exactly_what_was_sold(
    sold: list[tuple[int, Touch | None, int | None]], model: Model, window: int
) -> None:
    cases = [case(net, own, *([(now, 1)] if now else [])) for net, own, now in sold]

    found = compare(cases, {}, model, window)

    total = sum(net for net, *_ in sold)
    assert sum(line.before for line in found.lines) == sum(line.after for line in found.lines) == total
    assert sum(line.difference for line in found.lines) == 0
