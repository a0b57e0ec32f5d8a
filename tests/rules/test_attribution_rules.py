"""Rules of attribution: by whose word a sale came, of all who told the buyer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.campaigns.rules import Attribution as Model
from referral.sales.rules import (
    Attribution,
    Evidence,
    Reason,
    Share,
    Touch,
    attribute,
)
from tests.rules.touching import BUDI, BUYER, DAY, NOON, SITI, alone, by, models, people, told, touch, windows


def decide(
    *met: Touch, model: Model = Model.FIRST, window: int = 0, buyer: int | None = BUYER
) -> tuple[list[int], Reason]:
    found = attribute(met, NOON, buyer, model, window)
    return [share.introducer_id for share in found.shares], found.reason


# --- The first who told ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evidence", ["click", "code", "coupon", "name"])
def test_a_new_buyer_was_introduced_by_whomever_the_evidence_leads_to(evidence: Evidence) -> None:
    assert decide(touch(SITI, 0, evidence)) == ([SITI], evidence)


def test_who_told_a_fan_first_keeps_their_sales_without_any_link() -> None:
    assert decide(touch(SITI, 9)) == ([SITI], "introduced")


@pytest.mark.parametrize("introducer", [BUDI, None, BUYER, SITI])
def test_who_told_a_fan_first_keeps_their_sales_whatever_link_they_buy_by(introducer: int | None) -> None:
    assert decide(touch(SITI, 9), touch(introducer, 0, "code")) == ([SITI], "introduced")


@pytest.mark.parametrize("model", list(Model))
def test_nobody_earns_by_their_own_link(model: Model) -> None:
    assert decide(alone(3), touch(BUYER, 0, "click"), model=model) == ([], "own_link")


@pytest.mark.parametrize("model", list(Model))
def test_a_link_of_the_brands_own_earns_nobody_anything(model: Model) -> None:
    assert decide(touch(None, 0, "click"), model=model) == ([], "brand_link")
    assert decide(alone(3), touch(None, 0, "click"), model=model) == ([], "brand_link")


def test_who_was_told_by_a_poster_is_introduced_by_nobody_afterwards() -> None:
    assert decide(touch(None, 5), touch(BUDI, 0, "click")) == ([], "brand_link")


@pytest.mark.parametrize("model", list(Model))
def test_who_came_by_themselves_was_told_by_nobody(model: Model) -> None:
    assert decide(model=model) == ([], "nobody_told")
    assert decide(alone(3), model=model) == ([], "nobody_told")


def test_a_fan_whom_nobody_told_is_not_introduced_afterwards() -> None:
    assert decide(alone(3), touch(BUDI, 0, "code")) == ([], "nobody_told")
    assert decide(alone(3), touch(BUDI, 0)) == ([], "nobody_told")


# --- The last, and all of them ---------------------------------------------------------------------------------------


def test_the_last_who_told_wins_over_the_first() -> None:
    assert decide(touch(SITI, 9), touch(BUDI, 0, "coupon"), model=Model.LAST) == ([BUDI], "coupon")
    assert decide(touch(SITI, 9), touch(BUDI, 2), model=Model.LAST) == ([BUDI], "introduced")


def test_a_poster_that_is_the_last_touch_gives_to_nobody() -> None:
    assert decide(touch(SITI, 9), touch(None, 1, "click"), model=Model.LAST) == ([], "brand_link")


def test_ones_own_coming_and_ones_own_link_do_not_stand_in_the_way_of_the_last_who_told() -> None:
    assert decide(alone(20), touch(SITI, 9), touch(BUYER, 0, "code"), model=Model.LAST) == ([SITI], "introduced")


def test_all_who_told_have_equal_parts_and_the_earliest_is_named_first() -> None:
    met = [alone(20), touch(BUDI, 1), touch(SITI, 9), touch(None, 5), touch(BUDI, 0, "click")]

    found = attribute(met, NOON, BUYER, Model.SPLIT, 0)

    assert found == Attribution((Share(SITI, 1, 2, "introduced"), Share(BUDI, 1, 2, "introduced")), "introduced")
    assert found.introducer_id == SITI


# --- The window, and clocks ------------------------------------------------------------------------------------------


def test_what_is_older_than_the_window_counts_no_more() -> None:
    assert decide(touch(SITI, 9), touch(BUDI, 2), window=7) == ([BUDI], "introduced")
    assert decide(alone(9), touch(BUDI, 0, "code"), window=7) == ([BUDI], "code")
    assert decide(touch(SITI, 9), touch(BUDI, 2), model=Model.SPLIT, window=7) == ([BUDI], "introduced")


def test_a_touch_exactly_as_old_as_the_window_counts() -> None:
    assert decide(touch(SITI, 7), window=7) == ([SITI], "introduced")
    assert decide(touch(SITI, 7.001), window=7) == ([], "window_over")


@pytest.mark.parametrize("model", list(Model))
def test_when_the_window_leaves_nobody_it_is_said_so(model: Model) -> None:
    assert decide(touch(SITI, 40), touch(BUDI, 31, "click"), model=model, window=30) == ([], "window_over")
    assert decide(alone(40), model=model, window=30) == ([], "nobody_told")


def test_a_click_counts_from_when_it_happened_and_not_from_the_sale() -> None:
    assert decide(touch(SITI, 31, "click"), model=Model.LAST, window=30) == ([], "window_over")


@pytest.mark.parametrize(("model", "window"), [(Model.FIRST, 30), (Model.LAST, 0), (Model.SPLIT, 0), (Model.SPLIT, 30)])
def test_what_lies_after_the_sale_counts_only_where_a_wrong_clock_explains_it(model: Model, window: int) -> None:
    assert decide(touch(SITI, -1, "click"), model=model, window=window) == ([SITI], "click")
    assert decide(touch(SITI, -1.001, "click"), model=model, window=window) == ([], "nobody_told")


def test_who_told_a_fan_first_keeps_a_sale_that_is_reported_late() -> None:
    assert decide(touch(SITI, -12), touch(BUDI, 0, "code")) == ([SITI], "introduced")
    assert decide(alone(-12), touch(BUDI, 0, "code")) == ([], "nobody_told")


def test_a_shops_clock_that_is_behind_does_not_make_a_code_the_first_touch() -> None:
    assert decide(touch(SITI, -0.5), touch(BUDI, 0, "code")) == ([SITI], "introduced")
    assert decide(alone(-0.5), touch(BUDI, 0, "code")) == ([], "nobody_told")


# --- What holds for all touches --------------------------------------------------------------------------------------

coming = st.integers(-24, 24 * 60).map(lambda hours: Touch(None, None, NOON - timedelta(hours=hours), "alone"))
histories = st.lists(told, max_size=8).flatmap(lambda found: coming.map(lambda one: [*found, one]) | st.just(found))


@given(histories, people, models, windows)
def test_the_shares_sum_to_the_whole_and_nobody_has_two(
    met: list[Touch], buyer: int | None, model: Model, window: int
) -> None:
    found = attribute(met, NOON, buyer, model, window)

    assert sum(share.parts for share in found.shares) == (found.shares[0].whole if found.shares else 0)
    assert len({share.whole for share in found.shares}) <= 1
    assert len({share.introducer_id for share in found.shares}) == len(found.shares)


@given(histories, people, models, windows, st.randoms(use_true_random=False))
def test_the_order_in_which_touches_are_listed_does_not_matter(
    met: list[Touch], buyer: int | None, model: Model, window: int, random: Any
) -> None:
    shuffled = random.sample(met, len(met))

    assert attribute(shuffled, NOON, buyer, model, window) == attribute(met, NOON, buyer, model, window)


@given(told, people, windows)
def test_all_rules_agree_where_there_is_one_touch(met: Touch, buyer: int | None, window: int) -> None:
    first, last, split = (attribute([met], NOON, buyer, model, window) for model in Model)

    assert first == last == split


@given(histories, people, models)
def test_nobody_earns_on_their_own_purchase(met: list[Touch], buyer: int | None, model: Model) -> None:
    assert buyer is None or buyer not in {share.introducer_id for share in attribute(met, NOON, buyer, model, 0).shares}


@given(histories, people, models, windows)
def test_an_introducer_is_named_exactly_for_the_reasons_that_pay(
    met: list[Touch], buyer: int | None, model: Model, window: int
) -> None:
    found = attribute(met, NOON, buyer, model, window)

    assert bool(found.shares) == (found.reason in {"introduced", "name", "coupon", "code", "click"})


@given(histories, people, st.sampled_from([Model.LAST, Model.SPLIT]), windows)
def test_a_window_never_adds_an_introducer(met: list[Touch], buyer: int | None, model: Model, window: int) -> None:
    within = {share.introducer_id for share in attribute(met, NOON, buyer, model, window).shares}

    assert within <= {share.introducer_id for share in attribute(met, NOON, buyer, model, 0).shares}


@given(histories, people, models, windows)
def test_a_window_is_as_if_nothing_older_had_happened(
    met: list[Touch], buyer: int | None, model: Model, window: int
) -> None:
    recent = [one for one in met if not window or one.at >= NOON - window * DAY]

    assert by(attribute(met, NOON, buyer, model, window)) == by(attribute(recent, NOON, buyer, model, 0))


@given(histories, people, windows)
def test_a_split_gives_every_introducer_exactly_one_part(met: list[Touch], buyer: int | None, window: int) -> None:
    start = NOON - window * DAY if window else NOON - 10_000 * DAY
    told = {one.introducer_id for one in met if start <= one.at <= NOON + DAY} - {None, buyer}

    found = attribute(met, NOON, buyer, Model.SPLIT, window)

    assert {share.introducer_id for share in found.shares} == told
    assert all(share.parts == 1 for share in found.shares)
