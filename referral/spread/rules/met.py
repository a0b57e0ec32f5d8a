"""Remember which keys were met, a whole array of them at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

EMPTY = -1
SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, odd: it scatters neighbouring keys over the whole table."""


class Met:
    """Remember keys, which are whole numbers from 0 on.

    A table of open addressing, at most half full: a key's place follows from the key, and where another key stands
    there already it is the next one that is free. Sorting would give the same answers, and take the longer the more
    keys are known; here it matters only how many are asked about.

    >>> met = Met()
    >>> met.add(np.array([7, 3, 7])).tolist(), met.add(np.array([3, 4])).tolist(), len(met)
    ([3, 7], [4], 3)
    """

    def __init__(self, expected: int = 1 << 10) -> None:
        self._count = 0
        self._clear(max(4, int(2 * expected).bit_length()))

    def __len__(self) -> int:
        """Count the keys that were met."""
        return self._count

    def add(self, keys: Ints) -> Ints:
        """Remember keys, and give those that were not known, in order and each once."""
        if 2 * (self._count + len(keys)) > len(self._keys):
            known = self._keys[self._keys != EMPTY]
            self._clear((4 * (self._count + len(keys))).bit_length())
            self._place(known)
        fresh = self._place(keys)
        self._count += len(fresh)
        return np.sort(fresh)

    def _clear(self, bits: int) -> None:
        self._shift = np.uint64(64 - bits)
        self._keys = np.full(1 << bits, EMPTY, dtype=np.int64)
        self._claims = np.empty(1 << bits, dtype=np.int64)

    def _place(self, keys: Ints) -> Ints:
        """Put keys into the table; give those that found a free place."""
        placed: list[Ints] = []
        slot = ((keys.astype(np.uint64) * SPREAD) >> self._shift).astype(np.int64)
        while len(keys):
            free = np.flatnonzero(self._keys[slot] == EMPTY)
            # Of several that want one free place the last has it, and is told from others of the same key by its claim.
            self._claims[slot[free]] = free
            self._keys[slot[free]] = keys[free]
            placed.append(keys[free[self._claims[slot[free]] == free]])
            away = np.flatnonzero(self._keys[slot] != keys)
            keys, slot = keys[away], (slot[away] + 1) & (len(self._keys) - 1)
        return np.concatenate(placed) if placed else np.empty(0, dtype=np.int64)
