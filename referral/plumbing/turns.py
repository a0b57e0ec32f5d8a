"""Who writes to SQLite next: threads and processes stand in a queue, each woken when it is its turn.

SQLite has one writer. Those that it turns away sleep, for up to a tenth of a second, while others pass them by, or
nobody writes. Here they wait for a lock of the operating system's. The database's own lock does the work; this one only
keeps the queue, so that whoever writes without it, such as another program, is in nobody's way.
"""

from __future__ import annotations

import fcntl
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENDING = "-turn"


class _Mine(threading.local):
    """Remember what a thread is about: how many blocks it is in, whether it is its turn, and the file it locked."""

    def __init__(self) -> None:
        self.depth = 0
        self.has_turn = False
        self.locked: io.FileIO | None = None


_mine = _Mine()
_queue = threading.Lock()
_opened: tuple[int, str, io.FileIO] | None = None  # process, database, file: only who has the turn changes it


@contextmanager
def queueing() -> Iterator[None]:
    """Let what the block writes wait for its turn, from its first statement on to the end of the block."""
    _mine.depth += 1
    try:
        yield
    finally:
        _mine.depth -= 1
        if not _mine.depth and _mine.has_turn:
            _leave()


def take(database: str | None) -> None:
    """Wait until it is this thread's turn to write to the database of that path; outside of `queueing` do nothing."""
    if not _mine.depth or _mine.has_turn:
        return
    _queue.acquire()
    _mine.has_turn = True
    file = _file(database) if database else None
    if file is not None:
        fcntl.flock(file, fcntl.LOCK_EX)
        _mine.locked = file


def _leave() -> None:
    locked, _mine.locked, _mine.has_turn = _mine.locked, None, False
    try:
        if locked is not None:
            fcntl.flock(locked, fcntl.LOCK_UN)
    finally:
        _queue.release()


def _file(database: str) -> io.FileIO | None:
    """Give the file beside a database that is locked; none where none can be made, or the database is no file."""
    global _opened
    process = os.getpid()  # after a fork the lock would be the parent's as well
    if _opened is not None and _opened[:2] == (process, database):
        return _opened[2]
    if not Path(database).exists():
        return None
    try:
        file = io.FileIO(database + ENDING, "ab")
    except OSError:
        return None
    if _opened is not None:
        _opened[2].close()
    _opened = (process, database, file)
    return file
