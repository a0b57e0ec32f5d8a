"""Read recorded spreads: a CSV of who was told by whom, in any order, and the plan by which it can be taken in.

One row is one fan: ``fan`` is their name in the file, ``told_by`` the name of who told them (empty for a first
teller), ``at`` the time, ``channel`` how. Nothing is dropped in silence: a row is accepted, refused with a code, or
counted as said before.
"""

from __future__ import annotations

import csv
import heapq
import io
import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from referral.links.rules import CHANNELS

COLUMNS = ("fan", "told_by", "at", "channel")
CHANNEL_NAMES = frozenset(channel.name for channel in CHANNELS)
LONGEST_NAME = 200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A time after 2099 is a mistake, most often milliseconds taken for seconds.
_END_MS = 4_102_444_800_000
_UNIX = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
# Signs that stand in Polish words in Windows-1250 and inside no word at all in Windows-1252: ą ł ż Ą Ł Ż ź Ź.
_CENTRAL_EUROPEAN = re.compile(
    rb"[A-Za-z][\xb9\xb3\xbf\xa5\xa3\xaf\x9f\x8f]|[\xb9\xb3\xbf\xa5\xa3\xaf\x9f\x8f][A-Za-z]"
)


class Row(NamedTuple):
    """One row as it was read; ``row`` counts records as a spreadsheet does, the header being row 1."""

    row: int
    fan: str
    told_by: str | None
    at_ms: int
    channel: str | None


class RowRefusal(NamedTuple):
    """Why a row was refused, and the fan or the names the code speaks of."""

    row: int
    code: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpreadFile:
    """An opened file: the encoding it was read in, and its rows, which can be walked through once."""

    encoding: str
    rows: Iterator[Row | RowRefusal]


@dataclass(frozen=True)
class ImportPlan:
    """What to take in, each teller before those they told; what was refused, by row; and what need not be done.

    ``duplicates`` counts rows that say again what another row says, ``known_already`` rows of fans who are there.
    """

    accepted: tuple[Row, ...]
    refusals: tuple[RowRefusal, ...]
    duplicates: int
    known_already: int


def read_spread_csv(
    source: bytes | Iterable[str],
    channels: Collection[str] = CHANNEL_NAMES,
    longest: int = LONGEST_NAME,
) -> SpreadFile:
    """Open a recorded spread from bytes of a file, or from lines of text; columns and rows may stand in any order.

    Bytes are read as UTF-8 (with or without a mark), UTF-16 with a mark, or else Windows-1250 or Windows-1252. Cells
    are parted by commas, semicolons or tabs, whichever the header has most of. A time is ISO 8601 (UTC where no zone
    is given) or Unix seconds. Columns that are not known are passed over.

    >>> opened = read_spread_csv(b"at,fan,told_by,channel\\n1700000000,ana,,poster\\n2023-11-15T00:00Z,budi,ana,wrong")
    >>> opened.encoding, next(opened.rows)
    ('utf-8', Row(row=2, fan='ana', told_by=None, at_ms=1700000000000, channel='poster'))
    >>> next(opened.rows)
    RowRefusal(row=3, code='bad_channel', names=('wrong',))

    Codes: ``header_missing`` (the only item then, with the names of the missing columns), ``empty_fan``, ``too_long``,
    ``bad_time``, ``bad_channel``.
    """
    if isinstance(source, bytes):
        encoding, text = _decoded(source)
        # Text's own splitting would part lines at signs that no CSV means as an end of line.
        lines: Iterable[str] = io.StringIO(text, newline="")
    else:
        encoding, lines = "text", source
    return SpreadFile(encoding, _rows(iter(lines), frozenset(channels), longest))


def _decoded(source: bytes) -> tuple[str, str]:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", source.decode("utf-16", errors="replace")
    try:
        return ("utf-8-sig" if source.startswith(b"\xef\xbb\xbf") else "utf-8"), source.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding = "cp1250" if _CENTRAL_EUROPEAN.search(source) else "cp1252"
        return encoding, source.decode(encoding, errors="replace")


def _rows(lines: Iterator[str], channels: frozenset[str], longest: int) -> Iterator[Row | RowRefusal]:
    first = next(lines, "").lstrip("\ufeff")
    parted_by = max(",;\t", key=first.count)
    reader = csv.reader(itertools.chain([first], lines), delimiter=parted_by)
    # The first line is read like all others, so that a quoted header works too.
    header = [name.strip().casefold() for name in next(reader, [])]
    missing = tuple(name for name in COLUMNS if name not in header)
    if missing:
        yield RowRefusal(1, "header_missing", missing)
        return
    fan_at, told_by_at, at_at, channel_at = (header.index(name) for name in COLUMNS)
    width = len(header)
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # A cell of more than 128 kB: most often a quotation mark that is never closed.
            yield RowRefusal(number, "too_long")
            continue
        if not any(cells):
            continue
        if len(cells) < width:
            cells += [""] * (width - len(cells))
        yield _row(number, cells[fan_at], cells[told_by_at], cells[at_at], cells[channel_at], channels, longest)


def _row(
    number: int, fan: str, told_by: str, at: str, channel: str, channels: frozenset[str], longest: int
) -> Row | RowRefusal:
    who, teller, how = _name(fan), _name(told_by), _name(channel).lower()
    if not who:
        return RowRefusal(number, "empty_fan")
    if len(who) > longest or len(teller) > longest:
        return RowRefusal(number, "too_long", (who[:40],))
    at_ms = _moment(at.strip())
    if at_ms is None:
        return RowRefusal(number, "bad_time", (at.strip()[:40],))
    if how and how not in channels:
        return RowRefusal(number, "bad_channel", (how[:40],))
    return Row(number, who, teller or None, at_ms, how or None)


def _name(cell: str) -> str:
    if cell.isascii() and cell.isprintable():
        name = cell.strip()
    else:
        name = unicodedata.normalize("NFC", _UNSEEN.sub("", cell)).strip()
    return name[1:] if name[:1] == "'" and is_guarded(name) else name


def is_guarded(name: str) -> bool:
    """Tell whether a cell bears the apostrophe that keeps a spreadsheet from taking it for a formula.

    >>> is_guarded("'=1+1"), is_guarded("''-"), is_guarded("'quoted'")
    (True, True, False)
    """
    return name.startswith("'") and name.lstrip("'")[:1] in ("=", "+", "-", "@", "\t", "\r")


def _moment(text: str) -> int | None:
    if _UNIX.fullmatch(text) and not (len(text) == 8 and _iso_ms(text) is not None):
        at_ms: int | None = round(float(text) * 1000)
    else:
        at_ms = _iso_ms(text)
    return at_ms if at_ms is not None and 0 <= at_ms < _END_MS else None


def _iso_ms(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text)
        return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def plan_import(rows: Iterable[Row | RowRefusal], known: Collection[str] = frozenset()) -> ImportPlan:
    """Decide which rows can be taken in, and in which order: by time, but each teller before those they told.

    ``known`` names the fans who are there already; they may be tellers, and their own rows are passed over. Where two
    rows give a fan two tellers the earlier time holds (then the earlier row) and the other is refused:
    ``told_twice``. The same fan told by the same teller again is counted and passed over. Other codes:
    ``told_by_self``, ``unknown_teller`` (nobody of that name is known or accepted), ``cycle``.

    >>> plan = plan_import([Row(2, "b", "a", 5, None), Row(3, "a", None, 9, None), Row(4, "c", "x", 1, None)])
    >>> [row.fan for row in plan.accepted], plan.refusals
    (['a', 'b'], (RowRefusal(row=4, code='unknown_teller', names=('x',)),))

    Takes O(n log n) for n rows, and no recursion, so that a chain of a hundred thousand is as good as a star.
    """
    refusals: list[RowRefusal] = []
    duplicates = known_already = 0
    told: dict[str, Row] = {}
    for row in rows:
        if isinstance(row, RowRefusal):
            refusals.append(row)
        elif row.told_by == row.fan:
            refusals.append(RowRefusal(row.row, "told_by_self", (row.fan,)))
        elif row.fan in known:
            known_already += 1
        elif (before := told.get(row.fan)) is None:
            told[row.fan] = row
        else:
            earlier, later = sorted((before, row), key=lambda one: (one.at_ms, one.row))
            told[row.fan] = earlier
            if earlier.told_by == later.told_by:
                duplicates += 1
            else:
                refusals.append(RowRefusal(later.row, "told_twice", (row.fan,)))

    accepted, below = _from_the_top(told.values(), known)
    left = {row.fan: row for row in told.values() if row.fan not in accepted}
    refusals += _hanging(left, below)
    refusals += [RowRefusal(row.row, "cycle", (row.fan,)) for row in left.values()]
    refusals.sort()
    return ImportPlan(tuple(accepted.values()), tuple(refusals), duplicates, known_already)


def _from_the_top(rows: Iterable[Row], known: Collection[str]) -> tuple[dict[str, Row], dict[str, list[Row]]]:
    """Walk down from the first tellers and the known ones, always on to the earliest row that can be reached."""
    below: dict[str, list[Row]] = defaultdict(list)
    ready: list[tuple[int, int, Row]] = []
    for row in rows:
        if row.told_by is None or row.told_by in known:
            ready.append((row.at_ms, row.row, row))
        else:
            below[row.told_by].append(row)
    heapq.heapify(ready)
    accepted: dict[str, Row] = {}
    while ready:
        row = heapq.heappop(ready)[2]
        accepted[row.fan] = row
        for next_one in below.get(row.fan, ()):
            heapq.heappush(ready, (next_one.at_ms, next_one.row, next_one))
    return accepted, below


def _hanging(left: dict[str, Row], below: dict[str, list[Row]]) -> list[RowRefusal]:
    """Take those out of ``left`` whose teller is unknown, refused, or goes round; who remains goes round themselves."""
    lost = [row for row in left.values() if row.told_by not in left]
    going_round = _cycles(left)
    lost += [row for fan in going_round for row in below.get(fan, ()) if row.fan not in going_round]
    refusals = []
    while lost:
        row = lost.pop()
        if left.pop(row.fan, None) is not None:
            refusals.append(RowRefusal(row.row, "unknown_teller", (row.told_by or "",)))
            lost += [one for one in below.get(row.fan, ()) if one.fan not in going_round]
    return refusals


def _cycles(left: dict[str, Row]) -> set[str]:
    """Find who is told, over however many steps, by themselves: walk up from each until a place seen before."""
    walk_of: dict[str, str] = {}
    going_round: set[str] = set()
    for start in left:
        at: str | None = start
        while at in left and at not in walk_of:
            walk_of[at] = start
            at = left[at].told_by
        if at in left and walk_of[at] == start:
            # This very walk has been here: all from here on go round.
            while at is not None and at not in going_round:
                going_round.add(at)
                at = left[at].told_by
    return going_round
