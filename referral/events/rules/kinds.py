"""What passes say besides whose they are, numbered, so that a device's list tells it in one byte a pass."""

from __future__ import annotations

from typing import NamedTuple

REVOKED = 255
"""The number that stands for a pass by which nobody comes in any more."""
TOLD_APART = 200
"""So many kinds keep what each says; further ones are told apart by how many people they admit only."""


class Kind(NamedTuple):
    """Hold what many passes say alike: a label, for how many people, and from when until when (epoch milliseconds)."""

    label: str | None
    admits: int
    valid_from: int | None
    valid_until: int | None

    def widened(self, other: Kind) -> Kind:
        """Give what holds for either of two: whoever may come in by one of them may by this, and no label is said."""
        starts, ends = (self.valid_from, other.valid_from), (self.valid_until, other.valid_until)
        return Kind(
            label=None,
            admits=max(self.admits, other.admits),
            valid_from=None if None in starts else min(one for one in starts if one is not None),
            valid_until=None if None in ends else max(one for one in ends if one is not None),
        )


class Kinds:
    """Number the kinds of an event's passes, in the order of the passes' numbers: so each process numbers them alike.

    A kind never changes its number. Where there are more than a byte can tell, those that come last share one, which
    says no more than holds for all of them: a gate without a network is then too kind, and the server puts it right.

    >>> kinds = Kinds()
    >>> plain, guests = Kind(None, 1, None, None), Kind("Guests", 4, None, None)
    >>> kinds.number(plain), kinds.number(guests), kinds.number(plain)
    (0, 1, 0)
    """

    def __init__(self) -> None:
        self.listed: list[Kind] = []
        self._numbers: dict[Kind, int] = {}
        self._shared: dict[int, int] = {}

    def number(self, kind: Kind) -> int:
        """Give the number of a kind, a new one where it is new."""
        found = self._numbers.get(kind)
        if found is None:
            found = self._numbers[kind] = self._placed(kind)
        return found

    def _placed(self, kind: Kind) -> int:
        if len(self.listed) < TOLD_APART:
            return self._added(kind)
        place = self._shared.get(kind.admits)
        if place is None:
            if len(self.listed) < REVOKED:
                self._shared[kind.admits] = self._added(kind._replace(label=None))
                return self._shared[kind.admits]
            place = REVOKED - 1
        self.listed[place] = self.listed[place].widened(kind)
        return place

    def _added(self, kind: Kind) -> int:
        self.listed.append(kind)
        return len(self.listed) - 1
