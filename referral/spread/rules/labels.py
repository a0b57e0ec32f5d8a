"""Hold a column of words as small numbers: what a million fans came by, in two megabytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint16]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[Any]

MOST = 2**16
"""As many different names a column can hold; the rarest of more are not known."""


@dataclass(frozen=True, eq=False)
class Labels:
    """A column of words: row i has ``names[codes[i]]``. Each name stands once; None is what is not known.

    >>> column = Labels.of(["line", None, "copy", "line"])
    >>> column.names, column.codes.tolist(), column[2], len(column)
    ((None, 'copy', 'line'), [2, 0, 1, 2], 'copy', 4)
    """

    codes: Codes
    names: tuple[str | None, ...]

    @staticmethod
    def of(words: Sequence[str | None]) -> Labels:
        """Code a list of words; the names are None, whether there or not, and then the words in order."""
        counts: dict[str, int] = {}
        for word in words:
            if word is not None:
                counts[word] = counts.get(word, 0) + 1
        kept = sorted(counts, key=lambda word: (-counts[word], word))[: MOST - 1]
        names = (None, *sorted(kept))
        code = {name: place for place, name in enumerate(names)}
        return Labels.sealed(np.fromiter((code.get(word, 0) for word in words), np.uint16, len(words)), names)

    @staticmethod
    def unknown(n: int) -> Labels:
        """Give a column in which nothing is known.

        >>> Labels.unknown(2).tolist()
        [None, None]
        """
        return Labels.sealed(np.zeros(n, dtype=np.uint16), (None,))

    @staticmethod
    def sealed(codes: Codes, names: tuple[str | None, ...]) -> Labels:
        """Take codes over as they are, and let nobody write to them."""
        codes.flags.writeable = False
        return Labels(codes, names)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.codes)

    def __getitem__(self, row: int) -> str | None:
        """Give the word of one row."""
        return self.names[int(self.codes[row])]

    def tolist(self) -> list[str | None]:
        """Give the words of all rows."""
        names = self.names
        return [names[code] for code in self.codes.tolist()]

    def take(self, rows: Rows) -> Labels:
        """Give the column of some rows, chosen by number or by a mask; names keep their places.

        >>> Labels.of(["line", None, "copy"]).take(np.array([2, 0])).tolist()
        ['copy', 'line']
        """
        return Labels.sealed(self.codes[rows], self.names)

    def mask(self, name: str | None) -> Flags:
        """Mark the rows that have a name; none does where no row could.

        >>> Labels.of(["line", None]).mask("line").tolist(), Labels.of(["line"]).mask("x").tolist()
        ([True, False], [False])
        """
        if name not in self.names:
            return np.zeros(len(self), dtype=np.bool_)
        found: Flags = self.codes == self.names.index(name)
        return found

    def counts(self) -> dict[str | None, int]:
        """Count the rows of each name that any row has, the most frequent first, ties as the names stand.

        >>> Labels.of(["line", None, "copy", "line"]).counts()
        {'line': 2, None: 1, 'copy': 1}
        """
        found = np.bincount(self.codes, minlength=len(self.names))
        order = np.argsort(-found, kind="stable").tolist()
        return {self.names[place]: int(found[place]) for place in order if found[place]}


class Names:
    """The words of a column that grows: each has its place for good, None the first.

    >>> names = Names(["line"])
    >>> names.code("copy"), names.code("line"), names.code(None), names.known
    (2, 1, 0, (None, 'line', 'copy'))
    """

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.known: tuple[str | None, ...] = (None, *words)

    def code(self, word: str | None) -> int:
        """Give a word's place, a new one where it has none; what there is no place for is not known."""
        if word in self.known:
            return self.known.index(word)
        if len(self.known) == MOST:
            return 0
        self.known = (*self.known, word)
        return len(self.known) - 1
