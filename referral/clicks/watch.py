"""What an operator watches of visits' way into the database on this machine: their folder, and who reads it."""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import maxminddb

from referral.clicks.journal import TURN


@dataclass(frozen=True)
class Folder:
    """Hold how the journals' folder is: whether it takes files, its disk's free bytes, and whether a worker reads it.

    `free` is None where nobody knows.
    """

    is_writable: bool
    free: int | None
    is_read: bool


@dataclass(frozen=True)
class Countries:
    """Hold which database of countries an operator supplied, and of which day it is; None where it cannot be read."""

    name: str
    made_at: datetime | None


def folder(path: Path) -> Folder:
    """Look at the journals' folder, or at where it will be made, and write nothing."""
    there = next((place for place in (path, *path.parents) if os.path.exists(place)), path)
    # None of these raises where a folder above may not be looked into; and on a read-only disk nobody may write.
    is_writable = os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)
    try:
        free: int | None = shutil.disk_usage(there).free
    except OSError:
        free = None
    return Folder(is_writable, free, _is_read(path))


def countries(file: str) -> Countries | None:
    """Look at the operator's database of countries; None where there is none."""
    if not file:
        return None
    name = Path(file).name
    try:
        with maxminddb.open_database(file) as reader:
            return Countries(name, datetime.fromtimestamp(reader.metadata().build_epoch, UTC))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError):
        return Countries(name, None)


def _is_read(path: Path) -> bool:
    """Tell whether a living process holds the turn to read the journals."""
    try:
        file = os.open(path / TURN, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared: two who ask at the same time do not take each other for the worker.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
