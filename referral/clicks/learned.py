"""Links by heart: a table of numbers that is looked up in one place of memory, and not in twenty.

With a million links, what a look-up costs is the waiting for memory: a sorted list takes it ten times or more, a table
that is addressed by the code itself once, as what belongs to a link stands side by side.
"""

from __future__ import annotations

from array import array

_CELL = 4  # numbers: the code's, the link's id, the fan's id, and the place of the campaign with the channel
_SPREAD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: codes that are alike come to stand far apart
_EMPTY = -1
_CHANNELS = 256


class Learned:
    """Hold links by the number of their code; open addressing, with at least a quarter of the cells empty.

    Reading is safe while another thread adds.
    """

    def __init__(self, most: int = 0) -> None:
        bits = max(int(most * 4 / 3).bit_length(), 4)
        self._shift = 64 - bits
        self._mask = (1 << bits) - 1
        self._cells = array("q", (_EMPTY, 0, 0, 0)) * (1 << bits)
        self._room = (1 << bits) * 3 // 4
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
        cells = self._cells
        at = (number * _SPREAD >> self._shift & self._mask) * _CELL
        while cells[at] not in (_EMPTY, number):
            at = (at + _CELL) % len(cells)
        place = self._places.setdefault(campaign_id, len(self._campaigns))
        if place == len(self._campaigns):
            self._campaigns.append(campaign_id)
        self._count += cells[at] == _EMPTY
        cells[at + 1], cells[at + 2], cells[at + 3] = link_id, fan_id, place * _CHANNELS + channel
        cells[at] = number  # last, so that nobody reads half a link

    def find(self, number: int) -> tuple[int, int, int] | None:
        """Give a link's id, its fan's and its kind, of which `kind` tells more; None where it was not learned."""
        cells = self._cells
        at = (number * _SPREAD >> self._shift & self._mask) * _CELL
        while (there := cells[at]) != number:
            if there == _EMPTY:
                return None
            at = (at + _CELL) % len(cells)
        return cells[at + 1], cells[at + 2], cells[at + 3]

    def kind(self, kind: int) -> tuple[int, int]:
        """Give the channel's number and the campaign's id of all links of a kind."""
        return kind % _CHANNELS, self._campaigns[kind // _CHANNELS]
