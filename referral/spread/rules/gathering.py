"""Gather what is told of a spread, in whatever order it comes, and give the forest of it at any time.

A million fans are read once. After that, what is new is added: to columns that only grow, and to a running forest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import NOBODY, Forest, Indices, Ints
from referral.spread.rules.labels import Codes, Flags, Labels
from referral.spread.rules.running import RunningForest

STEPS = 300_000
"""Steps up to first tellers that one addition may walk; for more, the forest is computed as a whole."""


@dataclass(frozen=True, eq=False)
class Told:
    """Fans who are new, in any order, in columns of one length; words are codes.

    ``introducers`` holds ids, NOBODY where there is none. ``place`` is that of the brand's own link which told them,
    0 for all others: they have that of their first teller.
    """

    ids: Ints
    introducers: Ints
    at_ms: Ints
    channel: Codes
    language: Codes
    place: Codes
    verdict: Codes

    def in_order(self) -> Told:
        """Put them in order of arrival."""
        order = np.lexsort((self.ids, self.at_ms))
        return Told(**{name: column[order] for name, column in vars(self).items()})


def among(ids: Ints, ranked: Ints) -> Flags:
    """Mark the ids that are among others, which are in order; by far the fastest where the ids are as well.

    >>> among(np.array([1, 4]), np.array([2, 3, 4])).tolist()
    [False, True]
    """
    if not len(ranked):
        return np.zeros(len(ids), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ranked, ids), len(ranked) - 1)
    found: Flags = ranked[place] == ids
    return found


class Gathering:
    """Fans with all that is told of them, in order of arrival.

    >>> no_words = np.zeros(2, dtype=np.uint16)
    >>> story = Gathering()
    >>> story.take_in(Told(np.array([5, 7]), np.array([NOBODY, 5]), np.array([10, 20]), *[no_words] * 4))
    >>> story.forest([(None,)] * 4).parent.tolist()
    [-1, 0]
    """

    def __init__(self) -> None:
        self._running = RunningForest()
        self._ids = self._at_ms = self._value = np.empty(0, dtype=np.int64)
        self._channel = self._language = self._place = self._verdict = np.empty(0, dtype=np.uint16)
        # Every fan's id in order, and the row it stands in.
        self._ranked, self._rank = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)

    def __len__(self) -> int:
        """Count the fans."""
        return len(self._ids)

    def rows(self, ids: Ints) -> Indices:
        """Find the rows of fans by id, -1 for who is not here."""
        found = np.full(len(ids), -1, dtype=np.int32)
        if len(self):
            # Looked up in order, neighbours in memory follow each other: three times as fast as here and there.
            order = np.argsort(ids)
            sought = ids[order]
            place = np.minimum(np.searchsorted(self._ranked, sought), len(self) - 1)
            found[order] = np.where(self._ranked[place] == sought, self._rank[place], -1)
        return found

    def lacks(self, told: Told) -> bool:
        """Tell whether somebody was introduced by a fan who is neither here nor among those told of."""
        named = np.sort(told.introducers[told.introducers != NOBODY])
        strange = named[~among(named, self._ranked)]
        return not bool(among(strange, np.sort(told.ids)).all())

    def take_in(self, told: Told) -> None:
        """Add fans who are not here yet; whose introducer is not here either begins a tree.

        Raises CyclicForest where somebody stands above themselves, and leaves everything undefined then.
        """
        if not len(told.ids):
            return
        before, told = len(self), told.in_order()
        late = bool(before) and bool(told.at_ms[0] <= self._at_ms[-1])
        self._append(told)
        self._rank_ids(told.ids, before)
        parent = np.where(told.introducers == NOBODY, -1, self.rows(told.introducers))
        if len(parent) * (len(self._running.generations) + 1) > STEPS:
            self._compute(parent)
        else:
            self._walk(parent, before)
        # Who was told by no link of the brand's has the place of whoever began their tree.
        root = self._running.roots_from(before)
        self._place[before:] = self._place[root]
        if late:
            self._reorder()

    def add_value(self, ids: Ints, amounts: Ints) -> None:
        """Add what fans bought, or take off what they gave back (below 0); who is not here is left out."""
        rows = self.rows(ids)
        here = rows >= 0
        self._value = self._value.copy()
        np.add.at(self._value, rows[here], amounts[here])

    def learn_verdicts(self, ids: Ints, verdict: Codes) -> None:
        """Learn of fans' visits what was not known when they came; who is not here is left out."""
        rows = self.rows(ids)
        here = rows >= 0
        self._verdict = self._verdict.copy()
        self._verdict[rows[here]] = verdict[here]

    def forest(self, names: Sequence[tuple[str | None, ...]]) -> Forest:
        """Give the forest as it stands; ``names`` are the words of channel, language, place and verdict."""
        parent, depth, root, size = self._running.columns()
        channel, language, place, verdict = names
        words = (
            Labels.sealed(self._channel, channel),
            Labels.sealed(self._language, language),
            Labels.sealed(self._place, place),
            Labels.sealed(self._verdict, verdict),
        )
        return Forest(self._ids, parent, depth, root, size, self._at_ms, *words, self._value)

    def _append(self, told: Told) -> None:
        # New arrays, since the old ones belong to the forests that were given.
        self._ids = np.concatenate((self._ids, told.ids))
        self._at_ms = np.concatenate((self._at_ms, told.at_ms))
        self._value = np.concatenate((self._value, np.zeros(len(told.ids), dtype=np.int64)))
        self._channel = np.concatenate((self._channel, told.channel))
        self._language = np.concatenate((self._language, told.language))
        self._place = np.concatenate((self._place, told.place))
        self._verdict = np.concatenate((self._verdict, told.verdict))

    def _rank_ids(self, ids: Ints, before: int) -> None:
        order = np.argsort(ids)
        rows = (order + before).astype(np.int32)
        if before and ids[order[0]] < self._ranked[-1]:
            place = np.searchsorted(self._ranked, ids[order])
            self._ranked = np.insert(self._ranked, place, ids[order])
            self._rank = np.insert(self._rank, place, rows)
        else:
            self._ranked = np.concatenate((self._ranked, ids[order]))
            self._rank = np.concatenate((self._rank, rows))

    def _walk(self, parent: Indices, before: int) -> None:
        """Let the new ones in one by one; who stands before their introducer is hung below them at the end."""
        hung: list[tuple[int, int]] = []
        for row, teller in enumerate(parent.tolist(), before):
            if teller < row:
                self._running.introduce(teller)
            else:
                hung.append((self._running.introduce(), teller))
        for row, teller in hung:
            self._running.hang(row, teller)

    def _compute(self, parent: Indices) -> None:
        above = np.concatenate((self._running.columns()[0], parent)).astype(np.int32)
        nothing = Labels.unknown(len(above))
        whole = Forest.of_rows(self._ids, above, self._at_ms, (nothing, nothing, nothing, nothing))
        self._running = RunningForest.of(whole)

    def _reorder(self) -> None:
        """Put those who were told of late where they belong."""
        order = np.lexsort((self._ids, self._at_ms)).astype(np.int32)
        self._running.reorder(order)
        for name in ("_ids", "_at_ms", "_value", "_channel", "_language", "_place", "_verdict"):
            column: npt.NDArray[Any] = getattr(self, name)
            setattr(self, name, column[order])
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        self._rank = place[self._rank]
