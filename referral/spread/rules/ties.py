"""Hold who may tell whom with what chance, and ask backwards whose word would reach somebody.

The model is the independent cascade (D. Kempe, J. Kleinberg, E. Tardos, "Maximizing the Spread of Influence through a
Social Network", KDD 2003): whoever hears the story anew has one try at each of their ties, and each try works with the
chance of that tie, whatever else happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from referral.spread.rules.met import Met

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]

FIRST_BATCH = 1 << 11
BATCH = 1 << 16
MEMBERS = 1 << 19
"""How many sets are drawn side by side: enough to share the cost of each numpy call, and so few that they have about
``MEMBERS`` members together, which stay in the cache."""

NEVER_QUITE = 1 - 1e-12
"""The most that a chance counts for in sums of logarithms, where a certain tie would be minus infinity."""


@dataclass(frozen=True, eq=False)
class Ties:
    """Hold the ties of ``people`` people, sorted by who is told: those to row v are ``start[v]`` to ``start[v + 1]``.

    ``first`` sums, up to and with each tie, the chance that it is the first tie of its hearer that works; the last of
    it is the expected number of people whom at least one tie would reach. ``reached`` is that chance for each person.
    """

    people: int
    start: Ints
    teller: Rows
    hearer: Rows
    chance: Reals
    first: Reals
    reached: Reals

    @staticmethod
    def of(people: int, tellers: npt.ArrayLike, hearers: npt.ArrayLike, chances: npt.ArrayLike) -> Ties:
        """Build the ties from columns in any order.

        Two ties between the same two people are two tries, so their chances a and b make 1 - (1 - a)(1 - b). Ties to
        oneself, and those that never work, are left out.

        >>> ties = Ties.of(3, [0, 0, 1, 2], [1, 1, 2, 2], [0.5, 0.5, 0.25, 1.0])
        >>> ties.teller.tolist(), ties.hearer.tolist(), ties.chance.tolist()
        ([0, 1], [1, 2], [0.75, 0.25])

        Raises ValueError for columns of different lengths, rows that are nobody's, and chances outside 0 to 1.
        """
        teller, hearer = np.asarray(tellers, dtype=np.int64), np.asarray(hearers, dtype=np.int64)
        chance = np.asarray(chances, dtype=np.float64)
        if not len(teller) == len(hearer) == len(chance):
            raise ValueError("the columns of ties must be of one length")
        if len(teller) and not (min(teller.min(), hearer.min()) >= 0 and max(teller.max(), hearer.max()) < people):
            raise ValueError("a tie leads to nobody")
        if not bool(((chance >= 0) & (chance <= 1)).all()):
            raise ValueError("a chance lies between 0 and 1")
        kept = (teller != hearer) & (chance > 0)
        key = hearer[kept] * people + teller[kept]
        order = np.argsort(key, kind="stable")
        key, chance = key[order], chance[kept][order]
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        if len(starts) < len(key):
            chance = 1 - np.multiply.reduceat(1 - chance, starts)
            key = key[starts]
        return Ties._weighed(people, key % people if people else key, key // people if people else key, chance)

    @staticmethod
    def _weighed(people: int, teller: Ints, hearer: Ints, chance: Reals) -> Ties:
        start = np.searchsorted(hearer, np.arange(people + 1)).astype(np.int64)
        missed = np.append(0.0, np.cumsum(np.log1p(-np.minimum(chance, NEVER_QUITE))))
        # That no earlier tie of the same hearer works is what was missed since the hearer's first tie.
        weight = chance * np.exp(missed[:-1] - missed[start[hearer]])
        reached = -np.expm1(missed[start[1:]] - missed[start[:-1]])
        columns = (start, teller.astype(np.int32), hearer.astype(np.int32), chance, np.cumsum(weight), reached)
        for column in columns:
            column.flags.writeable = False
        return Ties(people, *columns)

    @property
    def within_reach(self) -> float:
        """Give the expected number of people whom a tie would reach if everybody else told the story anew."""
        return float(self.first[-1]) if len(self.first) else 0.0

    def told(self) -> Ints:
        """Count, for each person, the people whom they have a tie to."""
        return np.diff(self.told_start)

    @cached_property
    def by_teller(self) -> Ints:
        """Number the ties sorted by who tells."""
        return np.argsort(self.teller, kind="stable")

    @cached_property
    def told_start(self) -> Ints:
        """Say where in ``by_teller`` the ties of each person begin, and where the last one's end."""
        return np.append(0, np.cumsum(np.bincount(self.teller, minlength=self.people)))


@dataclass(frozen=True, eq=False)
class Backwards:
    """Hold ``count`` sets of people: each member of set ``number[i]`` is a ``person[i]`` whose word would arrive."""

    count: int
    number: Rows
    person: Rows

    def hit(self, chosen: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Tell of each set whether one of the chosen people is in it."""
        wanted = np.asarray(chosen, dtype=np.int64)
        is_hit = np.zeros(self.count, dtype=np.bool_)
        if len(wanted) and len(self.person):
            is_chosen = np.zeros(max(int(wanted.max()), int(self.person.max())) + 1, dtype=np.bool_)
            is_chosen[wanted] = True
            is_hit[self.number[is_chosen[self.person]]] = True
        return is_hit


def draw(ties: Ties, count: int, generator: np.random.Generator) -> Backwards:
    """Draw reverse-reachable sets: everybody whose word would reach one person, drawn by chance, in one possible world.

    A plain draw takes the person evenly; where ties are weak nearly every set then holds that person alone and teaches
    nothing. Here the person v is drawn with the chance ``reached[v]`` that at least one tie reaches them, and a world
    in which one does. With Q = ``ties.within_reach``, the expected reach of a group S is then

        reach(S) = sum over v in S of (1 - reached[v])  +  Q * P(S hits a set),

    since a set of one of S is always hit. The same expectation as the plain draw, with the scale Q for n.

    >>> chain = Ties.of(3, [0, 1], [1, 2], [1.0, 1.0])
    >>> sets = draw(chain, 100, np.random.default_rng(1))
    >>> bool(sets.hit([0]).all()), bool(sets.hit([2]).all())
    (True, False)

    Source: C. Borgs, M. Brautbar, J. Chayes, B. Lucier, "Maximizing Social Influence in Nearly Optimal Time", SODA
    2014, for the sets; leaving out those that are known beforehand is ours.
    """
    numbers: list[Rows] = []
    people: list[Rows] = []
    drawn, size = 0, FIRST_BATCH
    while drawn < count and len(ties.first):
        size = min(size, count - drawn)
        number, person = _batch(ties, size, generator)
        numbers.append((number + drawn).astype(np.int32))
        people.append(person.astype(np.int32))
        drawn += size
        size = max(1, min(BATCH, MEMBERS * size // len(person)))
    nobody: list[Rows] = [np.empty(0, np.int32)]
    return Backwards(drawn, np.concatenate(numbers or nobody), np.concatenate(people or nobody))


def retell(ties: Ties, asked: Sequence[int], runs: int, generator: np.random.Generator) -> Ints:
    """Tell the story anew, again and again: how many each of those asked adds to those before, by [run, person].

    Whoever hears it tries each of their ties at that moment, once. So it makes no difference whether all are asked at
    once or one after the other, and the second way says what each one adds. The sum over a run is its reach.

    >>> chain = Ties.of(4, [0, 1], [1, 2], [1.0, 1.0])
    >>> retell(chain, [1, 0, 3], 2, np.random.default_rng(1)).tolist()
    [[2, 1, 1], [2, 1, 1]]
    """
    n, added = ties.people, np.zeros((runs, len(asked)), dtype=np.int64)
    done, size = 0, 16
    while done < runs:
        size = min(size, runs - done)
        met = Met(4 * size)
        for place, row in enumerate(asked):
            fresh = met.add(np.arange(size) * n + row)
            while len(fresh):
                owner, person = np.divmod(fresh, n)
                added[done : done + size, place] += np.bincount(owner, minlength=size)
                owner, tried = _tries(ties.told_start[person], ties.told_start[person + 1], owner)
                tried, owner = _worked(ties, ties.by_teller[tried], owner, generator)
                fresh = met.add(owner * n + ties.hearer[tried])
        done += size
        size = max(1, min(BATCH, MEMBERS * size // max(len(met), 1)))
    return added


def _batch(ties: Ties, count: int, generator: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw some sets side by side; a member is the key `set * people + person` while they grow."""
    n = ties.people
    edge = np.searchsorted(ties.first, generator.random(count) * ties.first[-1], side="right")
    edge = np.minimum(edge, len(ties.first) - 1)
    number, root = np.arange(count), ties.hearer[edge].astype(np.int64)
    # Ties before the drawn one did not work, it did, and those after it have their own chance.
    owner, later = _tries(edge + 1, ties.start[root + 1], number)
    later, owner = _worked(ties, later, owner, generator)
    met = Met(4 * count)
    found = [met.add(number * n + root)]
    fresh = met.add(np.concatenate((number * n + ties.teller[edge], owner * n + ties.teller[later])))
    while len(fresh):
        found.append(fresh)
        owner, person = np.divmod(fresh, n)
        owner, tried = _tries(ties.start[person], ties.start[person + 1], owner)
        tried, owner = _worked(ties, tried, owner, generator)
        fresh = met.add(owner * n + ties.teller[tried])
    members = np.concatenate(found)
    number, person = np.divmod(members, n)
    return number, person


def _worked(ties: Ties, tried: Ints, owner: Ints, generator: np.random.Generator) -> tuple[Ints, Ints]:
    """Keep the ties that work this time."""
    worked = generator.random(len(tried)) < ties.chance[tried]
    return tried[worked], owner[worked]


def _tries(begin: Ints, end: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Write ranges of ties out one after the other, each tie beside the owner of its range."""
    length = end - begin
    total = int(length.sum())
    offset = np.repeat(begin - np.append(0, np.cumsum(length)[:-1]), length) if total else np.empty(0, np.int64)
    return np.repeat(owner, length), offset + np.arange(total)
