"""What the picture of a spread is drawn from: its columns, who stands at a row of it, and who came since.

A picture has a version, which names the newest fan in it and how many there are. Its row r is the r-th of the fans up
to that one, in order of arrival, so that any process can say who stands at a row, however many came since. The picture
of one branch adds the fan at its head, and counts rows within the branch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.errors import Conflict, NotFound
from referral.plumbing import ids
from referral.spread.rules import jumping
from referral.spread.rules.forest import Forest
from referral.spread.rules.layout import Layout, arrange
from referral.spread.rules.rings import time_rings
from referral.spread.rules.wire import KINDS, Frame, Ring, encode

Rows = npt.NDArray[np.intp]

LIVE = 1_000
"""So many newcomers are told at once; a page that missed more asks again."""

_VERSION = re.compile(r"(-?[0-9a-f]{1,16})-([0-9]{1,10})(?:-[0-9A-Za-z.-]{0,80})?(?:~([0-9A-Z]{13}))?", re.ASCII)
_PUBLIC = re.compile(r"p([0-9]{1,10})", re.ASCII)


@dataclass(frozen=True)
class Version:
    """Name the people of a picture: those up to the newest, how many they are, and whose branch is shown."""

    newest: int
    count: int
    branch: int | None = None

    @staticmethod
    def now(forest: Forest) -> Version:
        """Name everybody who is there."""
        return Version(int(forest.ids.max()) if len(forest) else 0, len(forest))

    @staticmethod
    def read(text: str) -> Version:
        """Read a version as a picture names it; raise Conflict `picture_outdated` for anything else."""
        match = _VERSION.fullmatch(text)
        if match is None:
            raise Conflict("picture_outdated")
        branch = ids.read(match[3]) if match[3] else None
        return Version(int(match[1], 16), int(match[2]), branch)

    @staticmethod
    def read_public(forest: Forest, text: str) -> Version:
        """Read the version of a public picture, which tells no id: that of its newest fan is looked up by its place."""
        match = _PUBLIC.fullmatch(text)
        count = int(match[1]) if match else -1
        if not 0 <= count <= len(forest):
            raise Conflict("picture_outdated")
        newest = int(np.partition(forest.ids, count - 1)[count - 1]) if count else 0
        return Version(newest, count)


def public_version(forest: Forest) -> str:
    """Write the version of a public picture, without an id and without what sales would give away."""
    return f"p{len(forest)}"


def branch_version(version: str, branch: int | None) -> str:
    """Write the version of a picture that shows one branch of a whole one."""
    return version if branch is None else f"{version}~{ids.show(branch)}"


@dataclass(frozen=True, eq=False)
class Seen:
    """Hold the people of a version as rows of the forest as it stands now: ``rows[r]`` is row r of the picture."""

    forest: Forest
    rows: Rows

    @staticmethod
    def of(forest: Forest, version: Version) -> Seen:
        """Find the people of a version.

        Raises Conflict `picture_outdated` where there are more or fewer up to the newest now than there were then, and
        NotFound `fan_unknown` where the branch is nobody's.
        """
        within = forest.ids <= version.newest
        newest = forest.ids.max(where=within, initial=-1)
        if int(np.count_nonzero(within)) != version.count or (version.count and newest != version.newest):
            raise Conflict("picture_outdated")
        if version.branch is not None:
            within = within & branch_mask(forest, row_of(forest, version.branch))
        return Seen(forest, np.flatnonzero(within))

    def who(self, row: int) -> int:
        """Give the row of the forest for a row of the picture; raise NotFound `fan_unknown` where it has fewer."""
        if not 0 <= row < len(self.rows):
            raise NotFound("fan_unknown")
        return int(self.rows[row])

    def place(self, row: int) -> int | None:
        """Give the row of the picture for a row of the forest; None for somebody who is not in the picture."""
        at = int(np.searchsorted(self.rows, row))
        return at if at < len(self.rows) and int(self.rows[at]) == row else None


def row_of(forest: Forest, fan: int) -> int:
    """Find a fan's row; raise NotFound `fan_unknown` where they are not of this campaign."""
    try:
        return forest.row_of(fan)
    except KeyError:
        raise NotFound("fan_unknown") from None


def branch_mask(forest: Forest, row: int) -> npt.NDArray[np.bool_]:
    """Mark somebody and everybody below them."""
    if int(forest.size[row]) == 1:
        alone = np.zeros(len(forest), dtype=np.bool_)
        alone[row] = True
        return alone
    cut = forest.parent.copy()
    cut[row] = -1
    _depth, root = jumping.climb(cut)
    found: npt.NDArray[np.bool_] = root == row
    return found


def shown_forest(forest: Forest, branch: int | None) -> Forest:
    """Give what a picture shows: everybody, or one fan's branch with the fan as generation 0."""
    if branch is None:
        return forest
    return forest.select(branch_mask(forest, row_of(forest, branch)))


def columns(
    forest: Forest,
    view: str,
    *,
    version: str,
    total: int,
    shown: Sequence[str],
    currency: str,
    label: Callable[[str, str], str],
    moment: Callable[[int], str],
) -> bytes:
    """Write a picture of a forest for the browser; ``moment`` names an end of time, ``label`` what people came by."""
    layout = arrange(forest, view)
    rings = _rings(forest, layout, view, moment)
    return encode(forest, layout, Frame(version, view, total, currency, rings, tuple(shown), label))


def _rings(forest: Forest, layout: Layout, view: str, moment: Callable[[int], str]) -> list[Ring]:
    if view == "growth":
        return [Ring(radius, moment(at)) for radius, at in time_rings(forest.at_ms)]
    every = max(1, -(-layout.rings // 12))
    first = int(layout.has_virtual_centre)
    return [Ring(float(layout.ring_radius[ring]), str(ring - first)) for ring in range(every, layout.rings + 1, every)]


def place_of(seen: Seen, fan: int) -> int | None:
    """Give the row of the picture of a fan by id; None where they are not in it."""
    rows = np.flatnonzero(seen.forest.ids == fan)
    return seen.place(int(rows[0])) if len(rows) else None


@dataclass(frozen=True)
class Newcomer:
    """Hold somebody who came since a version: under which row of it, or under which of the others who came since."""

    fan: int
    row: int | None
    new: int | None
    at_ms: int
    combo: tuple[str | None, ...]
    generation: int


def newcomers(forest: Forest, version: Version, have: int) -> tuple[list[Newcomer], int]:
    """List who came since a version, in order of id, beyond those that are known; and how many there are now in all.

    In the picture of a branch, they are those who came into it.
    """
    seen = Seen.of(forest, version)
    since = forest.ids > version.newest
    if version.branch is not None:
        within = branch_mask(forest, row_of(forest, version.branch))
        since &= within
    total = len(seen.rows) + int(np.count_nonzero(since))
    rows = np.flatnonzero(since)
    rows = rows[np.argsort(forest.ids[rows], kind="stable")]
    place = {row: at for at, row in enumerate(rows.tolist())}
    head = row_of(forest, version.branch) if version.branch is not None else -1
    base = int(forest.depth[head]) if head >= 0 else 0
    people = []
    for row in rows[have : have + LIVE].tolist():
        above = int(forest.parent[row])
        known = None if above < 0 or above in place else seen.place(above)
        people.append(
            Newcomer(
                int(forest.ids[row]),
                known,
                place.get(above),
                int(forest.at_ms[row]),
                tuple(getattr(forest, kind)[row] for kind in KINDS.values()),
                int(forest.depth[row]) - base,
            )
        )
    return people, total


@dataclass(frozen=True)
class Selection:
    """Hold what is asked of a spread: who came when, by what, below whom; None asks nothing."""

    from_ms: int | None = None
    to_ms: int | None = None
    by: tuple[tuple[str, str], ...] = ()
    branch: int | None = None

    def of(self, forest: Forest) -> Forest:
        """Take the people who answer to all of it; both ends of the time belong to it.

        Raises NotFound `fan_unknown` where the branch is nobody's.
        """
        mask = np.ones(len(forest), dtype=np.bool_)
        if self.from_ms is not None:
            mask &= forest.at_ms >= self.from_ms
        if self.to_ms is not None:
            mask &= forest.at_ms <= self.to_ms
        for kind, name in self.by:
            mask &= getattr(forest, kind).mask(name)
        if self.branch is not None:
            mask &= branch_mask(forest, row_of(forest, self.branch))
        return forest if bool(mask.all()) else forest.select(mask)


def largest_branches(forest: Forest, most: int) -> Rows:
    """Give the rows of those who reached most people, the earlier first where they reached as many."""
    if len(forest) <= most:
        return np.argsort(-forest.size, kind="stable")
    # Sorting a million people to show a hundred would take longer than all else of the page.
    least = np.partition(forest.size, len(forest) - most)[len(forest) - most]
    rows = np.flatnonzero(forest.size >= least)
    return rows[np.argsort(-forest.size[rows], kind="stable")][:most]
