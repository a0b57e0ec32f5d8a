"""Links by heart: a table of numbers that is looked up in one place of memory, and not in twenty.

With a million links, what a look-up costs is the waiting for memory: a sorted list takes it ten times or more, a table
that is addressed by the code itself once, as what belongs to a link stands side by side.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from struct import Struct

_CELL = Struct("<4q")  # the link's id, the fan's id, the place of the campaign with the channel, the code's number + 1
_SIZE = _CELL.size
_read = _CELL.unpack_from
_CHANNELS = 256


class Learned:
    """Hold links by the number of their code; open addressing, with a quarter of the cells or more empty.

    Codes are drawn by chance, so what is left of the number's division by the cells is a good place to begin to look.
    Reading is safe while another thread adds.
    """

    def __init__(self, most: int = 0) -> None:
        self._length = max(most * 2, 16) | 1
        self._room = self._length * 3 // 4
        # Private, as other memory is: children would share a map of no file otherwise.
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        self._cells = mmap.mmap(-1, self._length * _SIZE, flags=flags)
        with suppress(AttributeError, OSError):
            # In large pages, where the system has any: the processor finds out where they stand but once.
            self._cells.madvise(mmap.MADV_HUGEPAGE)
        self._campaigns: list[int] = []
        self._places: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        """Count the links."""
        return self._count

    def add(self, number: int, link_id: int, fan_id: int, channel: int, campaign_id: int) -> None:
        """Learn a link; 0 is no fan. Where there is no room left, it stays unknown."""
        if self._count >= self._room:
            return
        place = self._places.setdefault(campaign_id, len(self._campaigns))
        if place == len(self._campaigns):
            self._campaigns.append(campaign_id)
        at = number % self._length
        while (there := _read(self._cells, at * _SIZE)[3]) and there != number + 1:
            at = (at + 1) % self._length
        self._count += not there
        # In one go, so that nobody reads half a link.
        _CELL.pack_into(self._cells, at * _SIZE, link_id, fan_id, place * _CHANNELS + channel, number + 1)

    def find(self, number: int) -> tuple[int, int, int, int] | None:
        """Give a link's id, its fan's, its kind, of which `kind` tells more, and its number + 1; None where unknown."""
        at = number % self._length * _SIZE
        cell = _read(self._cells, at)
        while cell[3] != number + 1:
            if not cell[3]:
                return None
            at = (at + _SIZE) % (self._length * _SIZE)
            cell = _read(self._cells, at)
        return cell

    def kind(self, kind: int) -> tuple[int, int]:
        """Give the channel's number and the campaign's id of all links of a kind."""
        return kind % _CHANNELS, self._campaigns[kind // _CHANNELS]
