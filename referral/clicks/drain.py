"""The journals' way into the database: every visit exactly once, in batches, whatever dies on the way.

How far a journal is read is written in the transaction of the visits that were read. So after any death the next worker
goes on where the last commit ended.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from threading import Event
from time import thread_time
from typing import Any

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from referral.brands.models import Brand
from referral.campaigns import queries as campaigns
from referral.clicks import actions, queries
from referral.clicks.actions import Row, Visit
from referral.clicks.journal import ENDING, TURN
from referral.clicks.models import Click, ClickJournal
from referral.clicks.referrers import Referrers
from referral.clicks.rules.journals import SIZE, Record, Scanned, scan
from referral.clicks.rules.people import DEVICES, VIAS
from referral.clicks.rules.settling import COUNTED, LONGEST, MINUTE, Memory, settle
from referral.clicks.rules.visits import VERDICTS
from referral.clicks.slots import is_free
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db, every_brand
from referral.plumbing.transaction import in_reading, upkeep

FEWEST, BATCH = 250, 4_000  # records of a transaction, by what the last ones cost
FEW = 50  # records that are read of each journal at least, and that tell what records cost
HOLD_SECONDS = 0.08  # of processor time that a transaction may take: on SQLite nobody else can write meanwhile
REMEMBERED = 500_000  # visitors that a new worker reads back
_AT = itemgetter(Record._fields.index("at"))
_NUMBERS = Record._fields.index("visitor") + 1  # fields with which a row begins, too
_SAID = Record._fields.index("channel")  # the first of those that a row has as words
assert Record._fields[:_NUMBERS] == Row._fields[:_NUMBERS]
log = structlog.get_logger()


@dataclass
class Piece:
    """Hold what was read of one journal: up to where, and whether its process is no more and it ends there.

    `is_cut` where it holds more than was read at once.
    """

    path: Path
    found: Scanned
    end: int
    is_cut: bool
    lock: io.FileIO | None = None


class Drain:
    """Read the journals of a folder into the database; one at a time does, in however many processes one is made."""

    def __init__(self, folder: Path, flood: int) -> None:
        self._folder = folder
        self._flood = flood
        self._turn: io.FileIO | None = None
        self._positions: dict[str, int] | None = None
        self._memory: Memory | None = None
        self._referrers = Referrers()
        self._is_behind = False
        self._most = FEWEST
        self.torn = 0

    def empty(self, stop: Event | None = None) -> int:
        """Read what is there, or until told to stop; return how many visits were kept.

        What comes meanwhile waits for the next time: gathered, visits cost less than half of what they cost in twos and
        threes, and that is time that those who come need.
        """
        kept = 0
        while (number := self.look()) >= 0:
            kept += number
            if not self._is_behind or (stop is not None and stop.is_set()):
                break
        return kept

    def look(self) -> int:
        """Read one batch; return how many visits were kept, -1 where another process is at it."""
        if not self._is_our_turn():
            return -1
        try:
            return self._batch()
        except BaseException:
            # What is remembered may be ahead of what was committed.
            self._positions = self._memory = None
            raise

    def close(self) -> None:
        """Let another process do it."""
        if self._turn is not None:
            self._turn.close()
        self._turn = self._positions = self._memory = None

    def _is_our_turn(self) -> bool:
        if self._turn is not None:
            return True
        self._folder.mkdir(parents=True, exist_ok=True)
        file = io.FileIO(os.open(self._folder / TURN, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._turn = file
        return True

    def _batch(self) -> int:
        if self._positions is None or self._memory is None:
            self._positions, self._memory = in_reading(queries.positions), in_reading(_memory)
            self._referrers = Referrers()
        pieces = list(self._read(self._positions))
        self._is_behind = any(piece.is_cut for piece in pieces)
        records = [record for piece in pieces for record in piece.found.fields()]
        records.sort(key=_AT)
        if pieces:
            self._keep(pieces, records)
        self._forget(pieces)
        return len(records)

    # --- Reading -----------------------------------------------------------------------------------------------------

    def _read(self, positions: dict[str, int]) -> Iterator[Piece]:
        """Read what is new in each journal, at most its share of a batch of those that have something new."""
        waiting = {path: _size(path) - positions.get(path.name, 0) for path in sorted(self._folder.glob(f"*{ENDING}"))}
        share = max(self._most // max(sum(size >= SIZE for size in waiting.values()), 1), FEW)
        for path in waiting:
            with suppress(FileNotFoundError):
                piece = self._piece(path, positions.get(path.name, 0), share)
                if piece is not None:
                    yield piece

    def _piece(self, path: Path, position: int, most: int) -> Piece | None:
        with path.open("rb", buffering=0) as file:
            # Asked before it is read: what its process wrote last is there, if the process is no more.
            dead = is_free(file)
            data = os.pread(file.fileno(), most * SIZE, position)
            found = scan(data)
            end = position + found.end
            is_cut = len(data) == most * SIZE
            if dead and not is_cut:
                # The lock is kept until the journal is gone, so that nobody else takes it for theirs.
                left = len(data) - found.end
                self.torn += found.torn + left
                if found.torn + left:
                    log.warning("clicks.torn", journal=path.name, bytes=found.torn + left)
                return Piece(path, found, end, is_cut, io.FileIO(os.dup(file.fileno()), "r"))
            self.torn += found.torn
            return Piece(path, found, end, is_cut) if found.end else None

    # --- Keeping -----------------------------------------------------------------------------------------------------

    def _keep(self, pieces: list[Piece], records: list[tuple[Any, ...]]) -> None:
        memory, positions = self._memory, self._positions
        assert memory is not None
        assert positions is not None
        windows = in_reading(campaigns.repeat_minutes) if records else {}
        verdicts = settle(records, memory, lambda _, campaign_id: windows.get(campaign_id, 60), self._flood)
        rows, unreadable = list[Visit](), 0
        for record, verdict in zip(records, verdicts, strict=True):
            try:
                # A record begins as a row does; how it goes on in words is the same for many.
                rows.append(record[:_NUMBERS] + _words(record[_SAID:], verdict))
            except IndexError:
                unreadable += 1
        if unreadable:
            # Written by a later version than this: to stop for it would keep everybody else's visits waiting.
            log.critical("clicks.unreadable", clicks=unreadable)
        ends = {piece.path.name: piece.end for piece in pieces if piece.end != positions.get(piece.path.name)}
        if not ends:
            return
        try:
            self._write(rows, ends)
        except IntegrityError:
            # Ids are never given twice; but a folder may have been copied, or a backup of the database be newer.
            named = [Row._make(row) for row in rows]
            there = in_reading(lambda: _there(named))
            fresh = {(row.brand_id, row.id): row for row in reversed(named) if (row.brand_id, row.id) not in there}
            log.error("clicks.doubled", clicks=len(rows) - len(fresh))
            self._write(list(fresh.values()), ends)
        positions.update(ends)

    def _write(self, rows: list[Visit], ends: dict[str, int]) -> None:
        """Write visits, and how far the journals are read; in one transaction, by which each visit comes once."""
        counts = actions.count(rows, self._referrers.counted_as)
        began = thread_time()

        def work() -> None:
            actions.keep(rows, counts)
            moment = now()
            for name, end in ends.items():
                db.session.merge(ClickJournal(name=name, position=end, drained_at=moment))

        upkeep(work)
        self._most = paced(len(rows), thread_time() - began, self._most)

    def _forget(self, pieces: list[Piece]) -> None:
        """Throw away the journals of processes that are no more, once all of each is kept."""
        gone = []
        for piece in pieces:
            if piece.lock is not None:
                piece.path.unlink(missing_ok=True)
                piece.lock.close()
                gone.append(piece.path.name)
        if gone:
            # Only now: a journal that is there without a position would be read from its beginning.
            upkeep(lambda: _forget(gone))
            for name in gone:
                assert self._positions is not None
                self._positions.pop(name, None)


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def paced(kept: int, seconds: float, before: int) -> int:
    """Say how many records the next transaction may take: as many as the last one's pace allows in HOLD_SECONDS.

    Visits that are alike in what is counted cost next to nothing beside those of as many different links, each of which
    has counts of its own. What a few visits cost says little; then it stays as it was.

    >>> paced(4_000, 0.04, 4_000), paced(4_000, 0.32, 4_000), paced(1_000, 0.07, 1_000), paced(3, 0.01, 2_000)
    (4000, 1000, 1142, 2000)
    """
    return before if kept < FEW else max(FEWEST, min(BATCH, int(kept * HOLD_SECONDS / max(seconds, 1e-6))))


def _memory() -> Memory:
    """Remember who was counted lately, as the database does."""
    memory = Memory()
    since = (milliseconds(now()) - LONGEST * MINUTE) << 22
    with every_brand():
        for brand_id in db.session.scalars(select(Brand.id)).all():  # one after the other, for so the key is ordered
            rows = db.session.execute(
                select(Click.link_id, Click.visitor, Click.at)
                .where(Click.brand_id == brand_id, Click.id >= since, Click.verdict == VERDICTS[COUNTED])
                .order_by(Click.id.desc())
                .limit(REMEMBERED)
            ).all()
            for link_id, visitor, at in reversed(rows):
                memory.counted(link_id, visitor, milliseconds(at))
    return memory


def _forget(names: list[str]) -> None:
    db.session.execute(delete(ClickJournal).where(ClickJournal.name.in_(names)))


def _there(rows: list[Row]) -> set[tuple[int, int]]:
    """Find which visits are kept already."""
    found: set[tuple[int, int]] = set()
    with every_brand():
        for start in range(0, len(rows), 400):
            some = rows[start : start + 400]
            asked = select(Click.brand_id, Click.id).where(
                Click.brand_id.in_({row.brand_id for row in some}), Click.id.in_([row.id for row in some])
            )
            found.update((brand_id, click_id) for brand_id, click_id in db.session.execute(asked))
    return found


@lru_cache(maxsize=16_384)
def _words(said: tuple[Any, ...], verdict: int) -> Visit:
    """Write a row's last fields out; raise IndexError where this version has no word for one of the numbers."""
    channel, via, device, _judged, country, language, referrer = said
    return (
        CHANNEL_NAMES[channel],
        VIAS[via],
        DEVICES[device],
        _text(language),
        _text(country),
        _text(referrer),
        VERDICTS[verdict],
    )


def _text(field: bytes) -> str | None:
    return field.rstrip(b"\0").decode("ascii", "replace") or None
