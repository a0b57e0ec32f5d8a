"""What the journals of this machine still hold that the database does not: how much, since when, and single visits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from referral.clicks.journal import ENDING
from referral.clicks.rules.journals import ID, ID_AT, SIZE, Record, is_record, scan
from referral.clicks.slots import told, whose

FIRST = 64 * SIZE  # bytes in which the oldest record is looked for
AT_ONCE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Backlog:
    """Hold what is on its way: visits not yet in the database, the time of the oldest in milliseconds since 1970.

    `held` wait in the memory of processes whose journals cannot be written; `lost` are gone.
    """

    clicks: int
    oldest_at: int | None
    journals: int
    held: int
    lost: int


def measure(folder: Path, positions: Mapping[str, int]) -> Backlog:
    """Measure what a folder's journals hold beyond the positions up to which they are read."""
    waiting, oldest, journals = 0, None, 0
    for path, position in _journals(folder, positions):
        with suppress(FileNotFoundError):
            journals += 1
            size = path.stat().st_size
            if size - position >= SIZE:
                waiting += (size - position) // SIZE
                with path.open("rb", buffering=0) as file:
                    found = scan(os.pread(file.fileno(), FIRST, position), most=1)
                at = next((record.at for record in found), None)
                oldest = at if oldest is None or (at is not None and at < oldest) else oldest
    held, lost = told(folder)
    return Backlog(waiting, oldest, journals, held, lost)


def find(folder: Path, positions: Mapping[str, int], click_id: int) -> Record | None:
    """Find a visit by its id among those that are still on their way."""
    wanted = ID.pack(click_id)
    # The id names the process that gave it, and so do its journals: whoever makes ids up costs next to nothing.
    for path, position in _journals(folder, positions, whose(click_id)):
        with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
            while data := os.pread(file.fileno(), AT_ONCE, position):
                if (record := _in(data, wanted)) is not None:
                    return record
                if len(data) < AT_ONCE:
                    break
                position += AT_ONCE - SIZE  # a record may lie across the edge
    return None


def _in(data: bytes, wanted: bytes) -> Record | None:
    at = data.find(wanted)
    while at >= 0:
        start = at - ID_AT
        if start >= 0 and start + SIZE <= len(data) and is_record(data, start):
            return next(iter(scan(data[start : start + SIZE])))
        at = data.find(wanted, at + 1)
    return None


def _journals(folder: Path, positions: Mapping[str, int], begins: str = "") -> Iterator[tuple[Path, int]]:
    for path in sorted(folder.glob(f"{begins}*{ENDING}")):
        yield path, positions.get(path.name, 0)
