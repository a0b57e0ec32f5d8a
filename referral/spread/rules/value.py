"""Say what a fan's word was worth: the sales below them, their credit for each, and what would be missing without them.

``forest.value`` is what each fan bought themselves, less refunds, in whole minor units of the campaign's currency. All
of this is recognition; what is paid out is decided elsewhere, by the reward plan, and never deeper than that says.

A fan's own value below 0 (more was given back than was bought) is taken as it is: it takes from everybody who would
have gained by a purchase, in the same shares. Where a forest carries no values the answer is None.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.labels import Labels

Floats = npt.NDArray[np.float64]

EXACT_PEOPLE = 42
"""The longest way whose shares are exact fractions: all of 1 to 42 divide a number below 2 to the 60th, 43 does not."""

_LIMB = 30
_LOW = (1 << _LIMB) - 1
_UNIT = 1 << (2 * _LIMB)


@dataclass(frozen=True, eq=False)
class Credit:
    """Credit for sales in whole minor units, a row a fan; ``unshared`` is what was sold by nobody's word.

    The amounts and what is unshared sum exactly to what was sold.
    """

    amounts: Ints
    unshared: int


@dataclass(frozen=True)
class Missing:
    """What would be missing if some fans had never come; money is net, in minor units, None where nothing is known.

    ``people`` are all who came after them by their word, not they themselves; ``value`` is what those bought, and
    ``own_value`` what they bought themselves.
    """

    people: int
    value: int | None
    own_value: int | None


def downstream_value(forest: Forest) -> Ints | None:
    """Sum, for each row, a fan's own value and that of everybody below.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3, values=[5, 10, 20])
    >>> downstream_value(story).tolist()
    [35, 30, 20]

    A sale is counted by everybody on its way, so that these sums do not add up to anything; ``path_credit`` does.
    """
    return None if forest.value is None else forest.sum_below(forest.value)


def decayed_value(forest: Forest, factor: float) -> Floats | None:
    """Sum, for each row, a fan's own value and that of everybody below, each step down counting ``factor`` times less.

    V_g(u) = sum over v at u and below of g^distance(u, v) value_v, so that g = 0 is the fan's own and g = 1 the whole
    downstream value. The answer is in minor units, but not whole: it is for comparing people, not for paying them.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3, values=[5, 10, 20])
    >>> decayed_value(story, 0.5).tolist()
    [15.0, 20.0, 20.0]

    In each round everybody looks twice as far down as before, so that a chain of a million takes twenty rounds.
    Source: the attenuation of L. Katz, A new status index, 1953. Raises ValueError for a factor outside 0 … 1.
    """
    if not 0 <= factor <= 1:
        raise ValueError("each step counts between 0 and 1 times what the step before does")
    if forest.value is None:
        return None
    nobody = len(forest)
    up = np.append(np.where(forest.parent < 0, nobody, forest.parent), nobody)
    total = np.append(forest.value, 0).astype(np.float64)
    while factor > 0 and bool((up != nobody).any()):
        np.add.at(total, up, total * factor)
        total[nobody] = 0
        up = up[up]
        factor *= factor
    return total[:nobody]


def extended_revenue(forest: Forest) -> Ints | None:
    """Sum, for each row, a fan's own value and that of the people they told directly, and no further.

    ECR = own revenue + revenue of referred friends, as Mention Me names it, known to marketers; it counts a friend's
    purchase twice (for both) and the friend's friend not at all.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3, values=[5, 10, 20])
    >>> extended_revenue(story).tolist()
    [15, 30, 20]
    """
    if forest.value is None:
        return None
    total = forest.value.copy()
    told = forest.parent >= 0
    np.add.at(total, forest.parent[told], forest.value[told])
    return total


def path_credit(forest: Forest, *, with_buyer: bool = True) -> Credit | None:
    """Share each sale equally among all on the way from the first teller to the buyer, in whole minor units.

    credit(u) = sum over v at u and below of value_v / (people on the way from v's first teller to v). This is the
    Shapley value of the game in which a sale needs everybody on its way. ``with_buyer=False`` leaves the buyer out, so
    that credit is for other people's purchases only; what a first teller bought is then nobody's, hence ``unshared``.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3, values=[5, 10, 20])
    >>> path_credit(story).amounts.tolist(), path_credit(story, with_buyer=False).amounts.tolist()
    ([17, 12, 6], [20, 10, 0])

    Credit is made whole by largest remainder in each tree: everybody gets their credit rounded down, and the units left
    over go, one each, to those with the largest parts cut off, the earlier to arrive first where parts are the same. So
    each tree's credit is exactly its revenue, and nobody's is off by a whole unit. Parts are exact fractions up to
    EXACT_PEOPLE on a way, and beyond it are cut off at 2 to the minus 60th of a unit. O(n log height), and a sort.

    Source: L. S. Shapley, A value for n-person games, 1953; largest remainders are those of A. Hamilton, 1792.
    """
    if forest.value is None:
        return None
    people = forest.depth.astype(np.int64) + with_buyer
    sold = np.where(people > 0, forest.value, 0)
    people = np.maximum(people, 1)
    whole, rest = np.divmod(sold, people)
    unit, high, low = _cut(rest, people)
    whole, high, low = (forest.sum_below(one) - (0 if with_buyer else one) for one in (whole, high, low))
    whole, part = _carried(whole, high, low, unit)

    left = np.zeros(len(forest), dtype=np.int64)
    np.add.at(left, forest.root, sold - whole)
    whole[_largest(part, forest, left)] += 1
    return Credit(whole, int(forest.value.sum()) - int(sold.sum()))


def _cut(rest: Ints, people: Ints) -> tuple[int, Ints, Ints]:
    """Write rest / people in units so small that they are whole, as two columns whose sums fit 64 bits."""
    longest = int(people.max()) if len(people) else 1
    if longest <= EXACT_PEOPLE:
        common = math.lcm(*range(1, longest + 1))
        unit = _UNIT // common * common
        small = rest * (unit // people)
        return unit, small >> _LIMB, small & _LOW
    high, again = np.divmod(rest << _LIMB, people)
    return _UNIT, high, (again << _LIMB) // people


def _carried(whole: Ints, high: Ints, low: Ints, unit: int) -> tuple[Ints, Ints]:
    """Put whole units of the small ones where they belong; what is left is less than a unit."""
    carry = ((high * float(1 << _LIMB) + low) / unit).astype(np.int64)
    # Both sides may pass 64 bits and then wrap around alike; their difference is small and true.
    part = (high << _LIMB) + low - carry * unit
    # The estimate is off by one at most.
    again, part = np.divmod(part, unit)
    return whole + carry + again, part


def _largest(part: Ints, forest: Forest, left: Ints) -> Ints:
    """Choose, in each tree, as many rows as it has units left: the largest parts, and of the same the earliest."""
    rows = np.flatnonzero((part > 0) & (left[forest.root] > 0))
    tree = forest.root[rows]
    order = np.lexsort((-part[rows], tree))
    tree = tree[order]
    new = np.append(True, tree[1:] != tree[:-1])[: len(tree)]
    place = np.arange(len(tree))
    place -= np.maximum.accumulate(np.where(new, place, 0))
    return rows[order[place < left[tree]]]


def by_generation(forest: Forest, amounts: Ints) -> tuple[int, ...]:
    """Sum amounts, a row a fan, over each generation.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], [None] * 3)
    >>> by_generation(story, np.array([5, 1, 2]))
    (5, 3)
    """
    total = np.zeros(forest.height + 1 if len(forest) else 0, dtype=np.int64)
    np.add.at(total, forest.depth, amounts)
    return tuple(total.tolist())


def by_label(labels: Labels, amounts: Ints) -> dict[str | None, int]:
    """Sum amounts, a row a fan, over each word of a column (a channel, a language, a place), most first.

    Words that nobody has are absent; None stands for those of whom it is not known.

    >>> by_label(Labels.of(["line", None, "copy", "line"]), np.array([5, 1, 2, 3]))
    {'line': 8, 'copy': 2, None: 1}
    """
    total = np.zeros(len(labels.names), dtype=np.int64)
    np.add.at(total, labels.codes, amounts)
    there = np.bincount(labels.codes, minlength=len(labels.names)) > 0
    order = np.argsort(-total, kind="stable").tolist()
    return {labels.names[code]: int(total[code]) for code in order if there[code]}


def missing_without(forest: Forest, fans: Collection[int]) -> Missing:
    """Say what would be missing if these fans, by id, had never come, nor anybody below them.

    For one fan that is ``forest.size - 1`` people, and ``downstream_value`` in money. Branches within branches are
    counted once, so for several fans it is less than the sum.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 2, 1], [0, 1, 2, 3], [None] * 4, values=[5, 10, 20, 40])
    >>> missing_without(story, [2]), missing_without(story, [2, 3])
    (Missing(people=1, value=20, own_value=10), Missing(people=0, value=0, own_value=30))

    It is an upper bound: some would have come by another way. Raises KeyError for somebody who is not in the forest.
    """
    chosen = np.zeros(len(forest), dtype=np.int64)
    chosen[[forest.row_of(fan) for fan in fans]] = 1
    below = (forest.sum_above(chosen) > 0) & (chosen == 0)
    people = int(np.count_nonzero(below))
    if forest.value is None:
        return Missing(people, None, None)
    return Missing(people, int(forest.value[below].sum()), int(forest.value[chosen > 0].sum()))
