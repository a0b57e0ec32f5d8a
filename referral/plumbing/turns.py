"""Who writes to SQLite next: threads and processes stand in a queue, each woken when it is its turn.

SQLite has one writer. Those that it turns away sleep, for up to a tenth of a second, while others pass them by, or
nobody writes. Here they wait for a lock of the operating system's. The database's own lock does the work; this one only
keeps the queue, so that whoever writes without it, such as another program, is in nobody's way.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there the threads of each process queue, and its processes sleep.
    fcntl = None  # type: ignore[assignment]

ENDING = "-turn"


class _Mine(threading.local):
    """Remember what a thread is about: how many blocks it is in, and what it holds."""

    def __init__(self) -> None:
        self.depth = 0
        self.held: io.FileIO | None = None
        self.is_first = False


_mine = _Mine()
_queue = threading.Lock()
_files: dict[tuple[int, str], io.FileIO] = {}  # one at most: only who is first in the queue changes it


@contextmanager
def queueing() -> Iterator[None]:
    """Let what the block writes wait for its turn, from its first statement on to the end of the block."""
    _mine.depth += 1
    try:
        yield
    finally:
        _mine.depth -= 1
        if not _mine.depth and _mine.is_first:
            _leave()


def take(database: str | None) -> None:
    """Wait until it is this thread's turn to write to the database of that path; outside of `queueing` do nothing."""
    if not _mine.depth or _mine.is_first:
        return
    _queue.acquire()
    _mine.is_first = True
    file = _file(database) if database and fcntl is not None else None
    if file is not None:
        fcntl.flock(file, fcntl.LOCK_EX)
        _mine.held = file


def _leave() -> None:
    held, _mine.held, _mine.is_first = _mine.held, None, False
    try:
        if held is not None:
            fcntl.flock(held, fcntl.LOCK_UN)
    finally:
        _queue.release()


def _file(database: str) -> io.FileIO | None:
    """Give the file beside a database that is locked; none where none can be made, or the database is in memory."""
    # After a fork the lock would be the parent's as well.
    key = (os.getpid(), database)
    if key not in _files:
        if database == ":memory:" or not Path(database).exists():
            return None
        for other in list(_files):
            _files.pop(other).close()
        try:
            _files[key] = io.FileIO(database + ENDING, "ab")
        except OSError:
            return None
    return _files[key]
