"""Tell who are the bridges of a spread: without whom people, pairs of people, languages or places would be cut off.

Lists name fans by id; ties go to who arrived earlier. Times are epoch milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.labels import Flags, Labels
from referral.spread.rules.roles import Rows, ranked


@dataclass(frozen=True)
class Bridge:
    """A fan with the people who would not be here without them.

    ``between`` counts the pairs of other people whose way to each other leads by them; ``participation`` says how
    evenly the people they told are spread over channels (or other words), None where that is not known.
    """

    fan: int
    generation: int
    introductions: int
    below: int
    between: int
    participation: float | None


@dataclass(frozen=True)
class Opening:
    """The first fan of a channel, a language or a place; who told them, if anybody; and how many are there by now."""

    name: str
    fan: int
    told_by: int | None
    at_ms: int
    people: int


def betweenness(forest: Forest) -> Ints:
    """Count, for each row, the pairs of other people of the tree whose way from hand to hand leads by this fan.

    b(v) = C(n - 1, 2) - sum of C(s_c, 2) over those they told - C(n - s_v, 2), with n the people of the tree and s the
    size of a branch: all pairs, but for those within one of the parts into which the tree falls without v. O(n).

    >>> chain = Forest.from_edges([1, 2, 3, 4], [None, 1, 2, 3], [0, 1, 2, 3], [None] * 4)
    >>> betweenness(chain).tolist()
    [0, 2, 2, 0]

    Source: L. C. Freeman, A set of measures of centrality based on betweenness, 1977; not normalised.
    """
    whole = forest.size[forest.root]
    found = _pairs(whole - 1) - _pairs(whole - forest.size)
    told = forest.parent >= 0
    np.subtract.at(found, forest.parent[told], _pairs(forest.size[told]))
    return found


def _pairs(people: Ints) -> Ints:
    return people * (people - 1) // 2


def bridges(forest: Forest, most: int, labels: Labels | None = None) -> tuple[Bridge, ...]:
    """List those without whom most people would not be here: everybody below them in the forest.

    ``labels`` are the words over which the people they told are spread; the channel if nothing else is said.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 2, 2], [0, 1, 2, 3], [None, "line", "copy", "line"])
    >>> [(one.fan, one.below, one.between, one.participation) for one in bridges(story, 5)]
    [(1, 3, 0, 0.0), (2, 2, 3, 0.5)]
    """
    rows = ranked(forest.size, most)
    rows = rows[forest.size[rows] > 1]
    between, introductions = betweenness(forest), forest.introductions()
    spread = participation(forest, forest.channel if labels is None else labels, rows)
    return tuple(
        Bridge(
            fan=int(forest.ids[row]),
            generation=int(forest.depth[row]),
            introductions=int(introductions[row]),
            below=int(forest.size[row]) - 1,
            between=int(between[row]),
            participation=evenness,
        )
        for row, evenness in zip(rows.tolist(), spread, strict=True)
    )


def participation(forest: Forest, labels: Labels, rows: Rows) -> list[float | None]:
    """Say how evenly the people whom each of some rows told are spread over words: channels, languages, places.

    1 - sum over words of (k_word / k)², with k the people told of whom the word is known: 0 where all have one word,
    towards 1 where each has another. None where of nobody it is known.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 1], [0, 1, 2, 3], [None, "line", "copy", None])
    >>> participation(story, story.channel, np.array([0, 1]))
    [0.5, None]

    Source: the participation coefficient of R. Guimerà and L. A. N. Amaral, 2005, over those told.
    """
    place = np.full(len(forest) + 1, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    # A root has parent -1 and reads the last cell, which stays -1.
    above = place[forest.parent]
    counted = (above >= 0) & _known(labels)
    width = max(len(labels.names), 1)
    cells, counts = np.unique(above[counted] * width + labels.codes[counted], return_counts=True)
    known, squares = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    np.add.at(known, cells // width, counts)
    np.add.at(squares, cells // width, counts * counts)
    pairs = zip(squares.tolist(), known.tolist(), strict=True)
    return [1 - same / (k * k) if k else None for same, k in pairs]


def crossings(forest: Forest, labels: Labels) -> Ints:
    """Count, for each row, the people told whose word is another than the fan's own, where both are known.

    With ``forest.language`` that is who carried a story from one language into another.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], [None] * 3, languages=["id", "pl", "id"])
    >>> crossings(story, story.language).tolist()
    [1, 0, 0]
    """
    known = _known(labels)
    told = np.flatnonzero((forest.parent >= 0) & known)
    told_by = forest.parent[told]
    other = known[told_by] & (labels.codes[told] != labels.codes[told_by])
    return np.bincount(told_by[other], minlength=len(forest)).astype(np.int64)


def openings(forest: Forest, labels: Labels) -> tuple[Opening, ...]:
    """List the first fan of each word (channel, language, place), with who told them, in order of arrival.

    Who told the first fan of a language is the bridge over which the story came into it.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 5, 9], [None] * 3, languages=["id", "pl", "pl"])
    >>> openings(story, story.language)[1]
    Opening(name='pl', fan=2, told_by=1, at_ms=5, people=2)
    """
    counts = np.bincount(labels.codes, minlength=len(labels.names))
    first = np.full(len(labels.names), len(forest), dtype=np.int64)
    np.minimum.at(first, labels.codes, np.arange(len(forest)))
    there = sorted((int(first[code]), code, name) for code, name in enumerate(labels.names) if name and counts[code])
    return tuple(
        Opening(
            name=name,
            fan=int(forest.ids[row]),
            told_by=int(forest.ids[forest.parent[row]]) if forest.parent[row] >= 0 else None,
            at_ms=int(forest.at_ms[row]),
            people=int(counts[code]),
        )
        for row, code, name in there
    )


def _known(labels: Labels) -> Flags:
    named = np.array([name is not None for name in labels.names], dtype=np.bool_)
    known: Flags = named[labels.codes]
    return known
