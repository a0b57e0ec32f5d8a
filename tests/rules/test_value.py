"""What a fan's word was worth sums to the revenue, and agrees with the definition by brute force."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules import value as rules
from referral.spread.rules.forest import Forest
from referral.spread.rules.labels import Labels
from referral.spread.rules.value import Missing, missing_without, path_credit

T8 = (None, 0, 0, 1, 1, 2, 3, 3)
BOUGHT = (0, 100, 0, 100, 50, 200, 100, 0)
EVERYTHING = [
    rules.downstream_value,
    rules.extended_revenue,
    path_credit,
    lambda forest: rules.decayed_value(forest, 0.5),
]


def grown(parents: Sequence[int | None], values: Sequence[int] | None) -> Forest:
    n = len(parents)
    return Forest.from_edges(range(n), parents, range(n), [None] * n, values)


def forests(most: int, least: int, largest: int) -> st.SearchStrategy[tuple[list[int | None], list[int]]]:
    """Draw parents and values of up to ``most`` people; a root now and then."""
    return st.integers(1, most).flatmap(
        lambda n: st.tuples(
            st.tuples(*(st.one_of(st.none(), *[st.integers(0, i - 1)] * 3) if i else st.none() for i in range(n))).map(
                list
            ),
            st.lists(st.integers(least, largest), min_size=n, max_size=n),
        )
    )


def way(parents: Sequence[int | None], fan: int) -> list[int]:
    above: list[int] = []
    at: int | None = fan
    while at is not None:
        above.append(at)
        at = parents[at]
    return above


def shapley(parents: Sequence[int | None], values: Sequence[int], with_buyer: bool) -> list[Fraction]:
    """Take Shapley's definition at its word: every coalition of people, and what each adds to it."""
    n = len(parents)
    needed = [sum(1 << one for one in way(parents, fan)[0 if with_buyer else 1 :]) for fan in range(n)]

    def worth(coalition: int) -> int:
        return sum(values[fan] for fan in range(n) if needed[fan] and needed[fan] & coalition == needed[fan])

    found = [Fraction(0)] * n
    for coalition in range(1 << n):
        size = coalition.bit_count()
        for fan in range(n):
            if not coalition >> fan & 1:
                weight = Fraction(math.factorial(size) * math.factorial(n - size - 1), math.factorial(n))
                found[fan] += weight * (worth(coalition | 1 << fan) - worth(coalition))
    return found


def exact(parents: Sequence[int | None], values: Sequence[int], with_buyer: bool = True) -> list[Fraction]:
    found = [Fraction(0)] * len(parents)
    for fan, value in enumerate(values):
        sharing = way(parents, fan)[0 if with_buyer else 1 :]
        for one in sharing:
            found[one] += Fraction(value, len(sharing))
    return found


def in_whole_units(parents: Sequence[int | None], shares: Sequence[Fraction]) -> list[int]:
    """Round by largest remainder in each tree, the earlier first where remainders are the same."""
    whole = [math.floor(share) for share in shares]
    trees: dict[int, list[int]] = {}
    for fan in range(len(parents)):
        trees.setdefault(way(parents, fan)[-1], []).append(fan)
    for tree in trees.values():
        left = sum(shares[fan] - whole[fan] for fan in tree)
        assert left.denominator == 1
        for fan in sorted(tree, key=lambda fan: (whole[fan] - shares[fan], fan))[: int(left)]:
            whole[fan] += 1
    return whole


def test_the_worked_tree_has_its_published_values() -> None:
    forest = grown(T8, BOUGHT)

    downstream, extended = rules.downstream_value(forest), rules.extended_revenue(forest)
    decayed = rules.decayed_value(forest, 0.5)

    assert downstream is not None and downstream.tolist() == [550, 350, 200, 200, 50, 200, 100, 0]
    assert extended is not None and extended.tolist() == [100, 250, 200, 200, 50, 200, 100, 0]
    assert decayed is not None and decayed.tolist() == [150, 200, 100, 150, 50, 200, 100, 0]


def test_the_worked_tree_has_its_published_shares_in_whole_units() -> None:
    credit, without_buyer = path_credit(grown(T8, BOUGHT)), path_credit(grown(T8, BOUGHT), with_buyer=False)

    # 575/3, 125, 200/3, 175/3, 50/3, 200/3, 25, 0: three units are left, for the earliest of four who have 2/3.
    assert credit is not None and credit.amounts.tolist() == [192, 125, 67, 58, 17, 66, 25, 0]
    assert credit.unshared == 0
    # 925/3, 325/3, 100, 100/3: one unit is left, for the earliest of three who have 1/3.
    assert without_buyer is not None and without_buyer.amounts.tolist() == [309, 108, 100, 33, 0, 0, 0, 0]
    assert without_buyer.unshared == 0


def test_the_published_shares_are_those_of_all_coalitions() -> None:
    third = Fraction(1, 3)

    assert shapley(T8, BOUGHT, True) == [575 * third, 125, 200 * third, 175 * third, 50 * third, 200 * third, 25, 0]
    assert shapley(T8, BOUGHT, False) == [925 * third, 325 * third, 100, 100 * third, 0, 0, 0, 0]


@given(forests(7, -50, 50), st.booleans())
def test_credit_is_the_shapley_value_made_whole(story: tuple[list[int | None], list[int]], with_buyer: bool) -> None:
    parents, values = story

    credit = path_credit(grown(parents, values), with_buyer=with_buyer)

    assert credit is not None
    assert credit.amounts.tolist() == in_whole_units(parents, shapley(parents, values, with_buyer))


@given(forests(60, -(10**9), 10**12), st.booleans())
def test_each_trees_credit_is_its_revenue_to_the_unit(
    story: tuple[list[int | None], list[int]], with_buyer: bool
) -> None:
    parents, values = story
    forest = grown(parents, values)

    credit = path_credit(forest, with_buyer=with_buyer)

    assert credit is not None
    assert credit.amounts.tolist() == in_whole_units(parents, exact(parents, values, with_buyer))
    assert int(credit.amounts.sum()) + credit.unshared == sum(values)
    roots = [fan for fan, parent in enumerate(parents) if parent is None]
    assert credit.unshared == (0 if with_buyer else sum(values[root] for root in roots))
    for root in roots:
        tree = forest.root == root
        own = 0 if with_buyer else values[root]
        assert int(credit.amounts[tree].sum()) == sum(np.array(values)[tree].tolist()) - own


@pytest.mark.parametrize("n", [1, 2, 41, 42, 43, 44, 300])
@pytest.mark.parametrize("with_buyer", [True, False])
def test_credit_on_a_chain_of_any_length_is_off_by_less_than_a_unit(n: int, with_buyer: bool) -> None:
    parents = [None, *range(n - 1)]
    values = [7 * 10**9 + 31 * fan * fan for fan in range(n)]

    credit = path_credit(grown(parents, values), with_buyer=with_buyer)

    assert credit is not None
    shares = exact(parents, values, with_buyer)
    assert all(abs(share - one) < 1 for share, one in zip(shares, credit.amounts.tolist(), strict=True))
    assert int(credit.amounts.sum()) + credit.unshared == sum(values)
    if n <= rules.EXACT_PEOPLE:
        assert credit.amounts.tolist() == in_whole_units(parents, shares)


def test_every_length_up_to_the_exact_one_divides_a_unit_and_the_next_does_not() -> None:
    assert math.lcm(*range(1, rules.EXACT_PEOPLE + 1)) < 2**60 <= math.lcm(*range(1, rules.EXACT_PEOPLE + 2))


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20), st.booleans())
def test_parts_are_cut_and_carried_as_whole_numbers_of_any_length_would_be(
    sales: list[tuple[int, int]], long_ways: bool
) -> None:
    people = [one if long_ways else one % rules.EXACT_PEOPLE + 1 for one, _ in sales]
    rest = [other % one for one, (_, other) in zip(people, sales, strict=True)]

    unit, high, low = rules._cut(np.array(rest), np.array(people))

    small = [(above << 30) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]
    assert small == [one * unit // of for one, of in zip(rest, people, strict=True)]
    # A million such sales, and sums that are a hair below and a hair above a whole unit.
    for many, hair in ((10**6, 0), (unit, -1), (unit, 1)):
        total = [one * many + hair for one in (small if many < unit else range(1, 20))]
        whole, part = rules._carried(
            np.zeros(len(total), dtype=np.int64),
            np.array([one >> 30 for one in total]),
            np.array([one & (2**30 - 1) for one in total]),
            unit,
        )
        assert list(zip(whole.tolist(), part.tolist(), strict=True)) == [divmod(one, unit) for one in total]


def test_parts_that_are_the_same_are_the_same_whichever_sales_they_come_from() -> None:
    # A third and a third of two purchases, and two thirds of one: all are the same part, so arrival decides.
    parents = [None, 0, 1, 1, None, 4, 5]

    credit = path_credit(grown(parents, [0, 0, 1, 1, 0, 0, 2]))

    assert credit is not None
    assert credit.amounts.tolist() == [1, 1, 0, 0, 1, 1, 0]


def test_a_purchase_that_was_given_back_leaves_no_credit() -> None:
    rng = np.random.default_rng(7)
    parents = [None, *(int(rng.integers(0, row)) for row in range(1, 40))]
    before = rng.integers(0, 1_000, 40)

    credit, none = path_credit(grown(parents, before.tolist())), path_credit(grown(parents, [0] * 40))
    after = before.copy()
    after[17] += 333
    after[17] -= 333

    again = path_credit(grown(parents, after.tolist()))
    assert credit is not None and again is not None and none is not None
    assert again.amounts.tolist() == credit.amounts.tolist()
    assert not none.amounts.any()


def test_more_given_back_than_bought_takes_from_all_on_the_way() -> None:
    credit = path_credit(grown([None, 0, 1], [0, 0, -10]))

    # Thirds of -10 are -3 1/3 each; rounded down they are -12 in all, and the two units left go to the earliest.
    assert credit is not None
    assert credit.amounts.tolist() == [-3, -3, -4]


def test_what_first_tellers_buy_is_by_nobodys_word_but_their_own() -> None:
    credit = path_credit(grown([None, 0, None], [5, 7, 11]), with_buyer=False)

    assert credit is not None
    assert (credit.amounts.tolist(), credit.unshared) == ([7, 0, 0], 16)


@given(forests(40, 0, 1_000), st.randoms(use_true_random=False))
def test_a_new_buyer_below_gives_more_to_all_above_and_nothing_to_others(
    story: tuple[list[int | None], list[int]], chance: random.Random
) -> None:
    parents, values = story
    teller = chance.randrange(len(parents))
    sale = 1_000 * (len(parents) + 1)

    before = path_credit(grown(parents, values))
    after = path_credit(grown([*parents, teller], [*values, sale]))

    assert before is not None and after is not None
    change = (after.amounts[:-1] - before.amounts).tolist()
    above = way(parents, teller)
    assert all(change[fan] > 900 if fan in above else abs(change[fan]) <= 1 for fan in range(len(parents)))


@given(forests(40, -100, 10**9), st.floats(0, 1))
def test_decayed_value_agrees_with_its_definition(story: tuple[list[int | None], list[int]], factor: float) -> None:
    parents, values = story
    expected = [0.0] * len(parents)
    for fan, value in enumerate(values):
        for distance, one in enumerate(way(parents, fan)):
            expected[one] += factor**distance * value

    found = rules.decayed_value(grown(parents, values), factor)

    assert found is not None
    assert found.tolist() == pytest.approx(expected, abs=1e-3)


@given(forests(40, -100, 10**9))
def test_the_ends_of_decay_are_the_own_and_the_whole_value(story: tuple[list[int | None], list[int]]) -> None:
    forest = grown(*story)

    own, whole = rules.decayed_value(forest, 0), rules.decayed_value(forest, 1)
    downstream = rules.downstream_value(forest)

    assert own is not None and whole is not None and downstream is not None
    assert own.tolist() == story[1]
    assert whole.tolist() == downstream.tolist()


@pytest.mark.parametrize("factor", [-0.1, 1.5, math.nan])
def test_a_factor_that_is_none_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        rules.decayed_value(grown(T8, BOUGHT), factor)


@given(forests(40, -100, 10**9))
def test_extended_revenue_is_a_fans_own_and_their_friends(story: tuple[list[int | None], list[int]]) -> None:
    parents, values = story
    n = len(parents)

    found = rules.extended_revenue(grown(parents, values))

    assert found is not None
    assert found.tolist() == [
        values[fan] + sum(values[other] for other in range(n) if parents[other] == fan) for fan in range(n)
    ]


@pytest.mark.parametrize("measured", EVERYTHING)
def test_a_forest_without_values_has_no_worth_and_not_zero(measured: object) -> None:
    assert callable(measured)
    assert measured(grown(T8, None)) is None


def test_a_forest_without_fans_is_worth_nothing() -> None:
    empty = Forest.from_edges([], [], [], [], [])

    credit = path_credit(empty)
    assert credit is not None
    assert (credit.amounts.tolist(), credit.unshared) == ([], 0)
    for found in (rules.downstream_value(empty), rules.extended_revenue(empty), rules.decayed_value(empty, 0.5)):
        assert found is not None and found.tolist() == []
    assert rules.by_generation(empty, np.array([], dtype=np.int64)) == ()
    assert rules.by_label(empty.channel, np.array([], dtype=np.int64)) == {}
    assert missing_without(empty, []) == Missing(0, 0, 0)


def test_one_fan_alone_keeps_what_they_bought() -> None:
    credit = path_credit(grown([None], [77]))

    assert credit is not None
    assert credit.amounts.tolist() == [77]
    assert missing_without(grown([None], [77]), [0]) == Missing(0, 0, 77)


def test_credit_is_summed_by_generation_and_by_channel() -> None:
    channels = [None, "line", "copy", "line", "copy", "line", "line", None]
    forest = Forest.from_edges(range(8), T8, range(8), channels, BOUGHT)
    credit = path_credit(forest)

    assert credit is not None
    assert rules.by_generation(forest, credit.amounts) == (192, 192, 141, 25)
    assert rules.by_label(forest.channel, credit.amounts) == {"line": 274, None: 192, "copy": 84}


def test_a_channel_nobody_came_by_has_no_sum_but_one_worth_nothing_has() -> None:
    labels = Labels(np.array([1, 1], dtype=np.uint16), (None, "line", "copy"))

    assert rules.by_label(labels, np.array([5, -5])) == {"line": 0}


def test_without_one_fan_their_whole_branch_is_missing() -> None:
    forest = grown(T8, BOUGHT)

    assert missing_without(forest, [1]) == Missing(people=4, value=250, own_value=100)
    assert missing_without(forest, [0]) == Missing(people=7, value=550, own_value=0)
    assert missing_without(forest, [7]) == Missing(people=0, value=0, own_value=0)
    assert missing_without(grown(T8, None), [1]) == Missing(people=4, value=None, own_value=None)


def test_a_branch_within_a_branch_is_missing_once() -> None:
    forest = grown(T8, BOUGHT)

    assert missing_without(forest, [1, 3]) == Missing(people=3, value=150, own_value=200)
    assert missing_without(forest, [1, 1]) == missing_without(forest, [1])
    assert missing_without(forest, []) == Missing(0, 0, 0)


def test_without_somebody_who_never_came_is_refused() -> None:
    with pytest.raises(KeyError):
        missing_without(grown(T8, BOUGHT), [99])


@given(forests(40, -100, 1_000), st.randoms(use_true_random=False))
def test_what_is_missing_is_what_the_smaller_forest_lacks(
    story: tuple[list[int | None], list[int]], chance: random.Random
) -> None:
    parents, values = story
    n = len(parents)
    gone = set(chance.sample(range(n), chance.randint(1, min(3, n))))
    lost = [fan for fan in range(n) if gone & set(way(parents, fan))]

    found = missing_without(grown(parents, values), gone)

    assert found.people + len(gone) == len(lost)
    assert found.value is not None and found.own_value is not None
    assert found.value + found.own_value == sum(values[fan] for fan in lost)


def test_a_parent_may_stand_in_a_later_row() -> None:
    forest = Forest.from_edges([1, 2, 3], [None, 1, 2], [30, 20, 10], [None] * 3, [6, 4, 3])

    credit = path_credit(forest)
    decayed, extended = rules.decayed_value(forest, 0.5), rules.extended_revenue(forest)

    assert forest.ids.tolist() == [3, 2, 1]
    assert credit is not None and credit.amounts.tolist() == [1, 3, 9]
    assert decayed is not None and decayed.tolist() == [3, 5.5, 8.75]
    assert extended is not None and extended.tolist() == [3, 7, 10]


def test_a_chain_of_two_hundred_thousand_is_shared_like_any_tree() -> None:
    n = 200_000
    forest = grown([None, *range(n - 1)], [n] * n)

    credit = path_credit(forest)
    decayed = rules.decayed_value(forest, 0.5)

    assert credit is not None
    assert int(credit.amounts.sum()) == n * n
    assert abs(int(credit.amounts[-1]) - 1) <= 1
    harmonic = list(itertools.accumulate(1 / place for place in range(n, 0, -1)))[::-1]
    assert np.abs(credit.amounts - n * np.array(harmonic)).max() < 1 + 1e-3
    assert decayed is not None
    assert decayed[0] == pytest.approx(2 * n)
