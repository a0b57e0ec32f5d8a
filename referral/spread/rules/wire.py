"""Write a placed forest as flat little-endian columns, for a browser to draw: eleven bytes a person.

The format is called TSP1:

====== ============ =======================================================================================
bytes  type         holds
====== ============ =======================================================================================
0      4 letters    ``TSP1``
4      u32          n, how many rows follow
8      u32          how many people there are in all; more than n where a branch is shown
12     u32          flags: 1 packed (many trees, each in a disc of its own), 2 the centre is empty and the roots
                    stand on ring 1
16     f64, f64     when the first and the last of the rows came, in milliseconds since 1970; 0 where there are none
32     u32          buckets: equal stretches between these two moments
36     u32          rings that are evenly spaced, ring r at r / rings; 0 where they are not, see ``rings`` below
40     u32          combos
44     u32          length of the meta that follows, with its padding to 8
48     16 bytes     zero
64     JSON, UTF-8  meta, padded with spaces
then   u32 n        row of the introducer, 0xFFFFFFFF for nobody
then   i16 n, i16 n x and y; 32000 is the radius of the picture, y points down
then   u16 n        combo
then   u8 n         how much they bought: 0 nothing (or the reader may not know), 1 … 8 on a logarithmic scale
then   u32 buckets  how many rows had come by the end of each stretch
====== ============ =======================================================================================

Each column is padded to 4 bytes. Rows are in order of arrival, so that a replay draws the next slice; an introducer may
stand in a later row where clocks disagree.

Meta holds ``version``, ``view``, ``currency``; ``channels``, ``languages``, ``places`` and ``verdicts``, each a list of
[name, what people call it]; ``combos``, lists of four places in those lists, -1 for what is not known; ``discs`` of a
packed forest, [x, y, radius, row of the root] of the largest trees in the units of x and y; ``rings``, [radius in the
units of x, what to call it] of a dozen rings to be drawn: generations, or in the view of growth equal stretches of
time.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.labels import Labels
from referral.spread.rules.layout import Layout

MAGIC = b"TSP1"
PACKED, EMPTY_CENTRE = 1, 2
RADIUS = 32_000
BUCKETS = 4_096
DISCS = 200
NOBODY = 0xFFFFFFFF
LEVELS = 8

KINDS = {"channels": "channel", "languages": "language", "places": "place", "verdicts": "verdict"}
"""The lists of meta, and the columns of a forest that they name."""

_HEADER = struct.Struct("<4s3I2d4I16x")
_MOST_COMBOS = 2**16
_FEW = 2**20


class Ring(NamedTuple):
    """A ring to be drawn, by its share of the picture's radius."""

    radius: float
    label: str


@dataclass(frozen=True)
class Frame:
    """Hold what stands around the columns. ``shown`` says what the reader may know of people; ``label`` names it."""

    version: str
    view: str
    total: int
    currency: str | None = None
    rings: Sequence[Ring] = ()
    shown: Collection[str] = (*KINDS.values(), "value")
    label: Callable[[str, str], str] = lambda _kind, name: name


def encode(forest: Forest, layout: Layout, frame: Frame) -> bytes:
    """Write a forest as it was placed; what ``frame.shown`` leaves out is written as not known.

    >>> from referral.spread.rules.layout import arrange
    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 50, 100], [None, "line", "line"])
    >>> read = decode(encode(story, arrange(story), Frame("v", "generations", 3)))
    >>> read.parent.tolist(), read.combo.tolist(), read.meta["combos"], read.ends[[0, 2047, -1]].tolist()
    ([-1, 0, 0], [0, 1, 1], [[-1, -1, -1, -1], [0, -1, -1, -1]], [1, 2, 3])
    """
    n = len(forest)
    t0, t1 = (int(forest.at_ms[0]), int(forest.at_ms[-1])) if n else (0, 0)
    combo, combos, lists = _combined(forest, frame)
    x, y = (np.rint(np.clip(part, -1, 1) * RADIUS).astype("<i2") for part in (layout.x, layout.y))
    value = _levels(forest.value) if forest.value is not None and "value" in frame.shown else np.zeros(n, dtype="<u1")
    about = {
        "version": frame.version,
        "view": frame.view,
        "currency": frame.currency if "value" in frame.shown else None,
        **lists,
        "combos": combos,
        "rings": [[round(ring.radius * RADIUS), ring.label] for ring in frame.rings],
        "discs": _discs(layout),
    }
    meta = json.dumps(about, separators=(",", ":"), default=str).encode()
    meta += b" " * (-len(meta) % 8)
    flags = PACKED * (layout.discs is not None) + EMPTY_CENTRE * layout.has_virtual_centre
    rings = layout.rings if layout.is_even else 0
    header = _HEADER.pack(MAGIC, n, frame.total, flags, float(t0), float(t1), BUCKETS, rings, len(combos), len(meta))
    columns = (forest.parent.astype("<i4"), x, y, combo.astype("<u2"), value, _ends(forest.at_ms, t0, t1))
    return b"".join([header, meta, *(_padded(column) for column in columns)])


@dataclass(frozen=True, eq=False)
class Read:
    """Hold what was read: the parents of roots are -1 again."""

    meta: dict[str, Any]
    total: int
    flags: int
    rings: int
    t0: float
    t1: float
    parent: npt.NDArray[np.int32]
    x: npt.NDArray[np.int16]
    y: npt.NDArray[np.int16]
    combo: npt.NDArray[np.uint16]
    value: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.uint32]


def decode(data: bytes) -> Read:
    """Read what `encode` wrote; raise ValueError for anything else."""
    if len(data) < _HEADER.size or data[:4] != MAGIC:
        raise ValueError("not a picture of a spread")
    _magic, n, total, flags, t0, t1, buckets, rings, _combos, length = _HEADER.unpack_from(data)
    at = _HEADER.size + length
    columns: dict[str, Any] = {}
    for name, kind, count in (
        ("parent", "<i4", n),
        ("x", "<i2", n),
        ("y", "<i2", n),
        ("combo", "<u2", n),
        ("value", "<u1", n),
        ("ends", "<u4", buckets),
    ):
        columns[name] = np.frombuffer(data, kind, count, at)
        at += -(-columns[name].nbytes // 4) * 4
    if at != len(data):
        raise ValueError("a picture of a spread ends with its last column")
    return Read(json.loads(data[_HEADER.size : _HEADER.size + length]), total, flags, rings, t0, t1, **columns)


def _padded(column: npt.NDArray[Any]) -> bytes:
    data = column.tobytes()
    return data + bytes(-len(data) % 4)


def _combined(forest: Forest, frame: Frame) -> tuple[npt.NDArray[Any], list[list[int]], dict[str, Any]]:
    """Give each row one number for all that is told of it, what the numbers mean, and the lists they speak of.

    There are at most 65,536 numbers. Where people came by more kinds of ways than that, what is told last of them is
    left out: their verdicts, then the places at which their trees began.
    """
    columns = [getattr(forest, kind) if kind in frame.shown else None for kind in KINDS.values()]
    names = [_names(column) for column in columns]
    while True:
        codes, found = _codes(len(forest), columns)
        if len(found) <= _MOST_COMBOS:
            break
        last = max(place for place, column in enumerate(columns) if column is not None)
        columns[last], names[last] = None, []
    places = [{code: at for at, (code, _name) in enumerate(known)} for known in names]
    combos = [[known.get(code, -1) for known, code in zip(places, combo, strict=True)] for combo in found]
    lists = {
        title: [[name, frame.label(kind, name)] for _code, name in known]
        for (title, kind), known in zip(KINDS.items(), names, strict=True)
    }
    return codes, combos, lists


def _names(column: Labels | None) -> list[tuple[int, str]]:
    """Give the names that occur in a column, with their codes."""
    if column is None:
        return []
    present = np.bincount(column.codes, minlength=len(column.names))
    return [(code, name) for code, name in enumerate(column.names) if name is not None and present[code]]


def _codes(n: int, columns: Sequence[Labels | None]) -> tuple[npt.NDArray[Any], list[list[int]]]:
    key = np.zeros(n, dtype=np.int64)
    whole = 1
    for column in columns:
        if column is not None:
            key *= len(column.names)
            key += column.codes
            whole *= len(column.names)
    if whole <= _FEW:
        # Counting is faster than sorting, and there are rarely more ways than this.
        found = np.flatnonzero(np.bincount(key, minlength=whole))
        place = np.zeros(whole, dtype=np.int64)
        place[found] = np.arange(len(found))
        codes = place[key]
    else:
        found, codes = np.unique(key, return_inverse=True)
    parts: list[list[int]] = []
    rest = found
    for column in reversed(columns):
        size = len(column.names) if column is not None else 1
        # A column that is not told has one code, which none of its names has.
        parts.insert(0, (rest % size).tolist() if column is not None else [-1] * len(rest))
        rest = rest // size
    return codes, [list(combo) for combo in zip(*parts, strict=True)]


def _levels(value: Ints) -> npt.NDArray[np.uint8]:
    """Give each amount above 0 a level from 1 to 8 by its logarithm, the largest being 8.

    >>> _levels(np.array([0, 1, 10, 10_000_000, -5])).tolist()
    [0, 1, 2, 8, 0]
    """
    levels = np.zeros(len(value), dtype=np.uint8)
    bought = value > 0
    if bool(bought.any()):
        size = np.log(value[bought].astype(np.float64))
        low, high = float(size.min()), float(size.max())
        levels[bought] = LEVELS if low == high else 1 + np.rint((LEVELS - 1) * (size - low) / (high - low))
    return levels


def _ends(at_ms: Ints, t0: int, t1: int) -> npt.NDArray[Any]:
    ends = t0 + (t1 - t0) * np.arange(1, BUCKETS + 1) / BUCKETS
    return np.searchsorted(at_ms, np.floor(ends).astype(np.int64), side="right").astype("<u4")


def _discs(layout: Layout) -> list[list[int]]:
    discs = layout.discs
    if discs is None:
        return []
    largest = [np.rint(part[:DISCS] * RADIUS).astype(int).tolist() for part in (discs.x, discs.y, discs.radius)]
    return [list(one) for one in zip(*largest, discs.root[:DISCS].tolist(), strict=True)]
