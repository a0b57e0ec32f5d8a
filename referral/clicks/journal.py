"""The journal of a process: each visit is written down, in one write, before it is answered.

What was written outlives the process, however it ends; every 50 milliseconds the disk is told to keep it, too. Where
nothing can be written, visits are held in memory and tried again: a full disk delays clicks, never answers.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

import structlog

from referral.clicks.rules.journals import SIZE
from referral.clicks.slots import Ids, Slot, whose

ENDING = ".journal"
TURN = "drain.lock"  # held by the process that reads the journals into the database
LONGEST = 16 * 1024 * 1024  # bytes, after which a new file is begun, so that the old one can be thrown away
OLDEST = 600.0  # seconds, likewise
HELD_MOST = 200_000  # records, some 50 MB of memory
LOOK_SECONDS = 1.0  # between two looks at how long it has grown
SHOUT_SECONDS = 10.0
FIRST_PAUSE, LAST_PAUSE = 0.05, 5.0  # seconds after which it is tried again to write what is held
log = structlog.get_logger()


class Journal:
    """Write visits down; a thread of its own has the disk keep them."""

    def __init__(self, folder: Path, node: int, sync_ms: int) -> None:
        self._folder = folder
        self._slot = Slot(folder)
        self.ids = Ids(node, self._slot.number, self._slot.floor)
        self._prefix = whose(self.ids.next(0))
        self._pause = max(sync_ms, 1) / 1000
        self._waits = sync_ms == 0
        self._file: io.FileIO | None = None
        self._began = self._looked = 0.0
        self._retired: list[io.FileIO] = []
        self._again_at = float("-inf")
        self._pause_after_trouble = FIRST_PAUSE
        self._held: deque[bytes] = deque()
        self.lost = 0
        self._dirty = False
        self._trouble = threading.Lock()
        self._writing = threading.Lock()
        self._shouted = float("-inf")
        self._stop = threading.Event()
        self._wanted = threading.Event()
        self._kept = threading.Condition()
        self._written = self._synced = 0
        self._begin()
        self._thread = threading.Thread(target=self._keep, name="journal", daemon=True)
        self._thread.start()

    @property
    def held(self) -> int:
        """Count the visits that wait in memory for a disk that takes them."""
        return len(self._held)

    @property
    def untold(self) -> tuple[int, int]:
        """Count the visits held and lost here beyond what `told` reads of them: a slot's file may not be writable."""
        held, lost = self._slot.told
        return len(self._held) - held, self.lost - lost

    def append(self, record: bytes) -> None:
        """Write a visit down before it is answered; where that fails, hold it in memory and say so loudly."""
        file = self._file
        try:
            if file is None or file.write(record) != SIZE:
                raise OSError("nothing, or not all, was written")
        except (OSError, ValueError) as error:
            self._hold(record, file, error)
        self._dirty = True
        if self._waits:
            self._wait()

    def close(self) -> None:
        """Write what is held, have the disk keep everything, and leave the journal to the worker."""
        self._stop.set()
        self._wanted.set()
        self._thread.join(5)
        self._tick()
        if self._file is not None:
            self._file.close()
        self._file = None
        self._slot.close()

    # --- In the requests' threads ------------------------------------------------------------------------------------

    def _hold(self, record: bytes, file: io.FileIO | None, error: Exception) -> None:
        with self._trouble:
            if len(self._held) < HELD_MOST:
                self._held.append(record)
            else:
                self.lost += 1
            if file is not None and file is self._file:
                # Part of the record may stand there: nothing is written behind it in this file any more.
                self._file = None
                self._retired.append(file)
            self._shout(error)
        if self._stop.is_set():
            # The last visits of a process that ends: nobody comes after us to write them.
            with self._writing:
                self._write_held()

    def _wait(self) -> None:
        with self._kept:
            self._written += 1
            mine = self._written
            self._wanted.set()
            self._kept.wait_for(lambda: self._synced >= mine or self._stop.is_set(), timeout=10)

    # --- In its own thread -------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        while not self._stop.is_set():
            if self._waits:
                self._wanted.wait(1)
                self._wanted.clear()
            else:
                self._stop.wait(self._pause)
            try:
                self._tick()
            except Exception as error:
                # Whatever it is, the next visits need this thread.
                log.error("clicks.journal_trouble", exc_info=error)

    def _tick(self) -> None:
        """Write what is held, have the disk keep what was written, and begin a new file when it is time."""
        with self._kept:
            upto = self._written
        if self._held or self._file is None:
            with self._writing:
                self._write_held()
        # A request that still holds a retired file keeps it open, by the reference, until it has written.
        retired, self._retired = self._retired, []
        self._retired += [file for file in retired if not self._sync(file)]
        is_kept = not self._retired
        if self._file is not None and self._dirty:
            self._dirty = False
            if not self._sync(self._file):
                self._dirty, is_kept = True, False
        self._begin_anew()
        with self._kept:
            if is_kept:
                self._synced = upto
            self._kept.notify_all()
        self._slot.tell(self.ids.last, len(self._held), self.lost)

    def _sync(self, file: io.FileIO) -> bool:
        """Have the disk keep what was written; where it does not, say so, and who waits for it goes on waiting."""
        try:
            os.fdatasync(file.fileno())
        except ValueError:  # closed meanwhile: there is nothing left to keep
            return True
        except OSError as error:
            with self._trouble:
                self._shout(error)
            return False
        return True

    def _begin_anew(self) -> None:
        """Leave a journal that is long or old to the worker, which throws it away when it is read."""
        file, moment = self._file, time.monotonic()
        if file is None or moment - self._looked < LOOK_SECONDS:
            return
        self._looked = moment
        with suppress(OSError):
            state = os.fstat(file.fileno())
            size = state.st_size
            # Without a name it was thrown away under us: what was in it is lost, what comes must not be.
            if not state.st_nlink or size > LONGEST or (size and moment - self._began > OLDEST):
                self._retired.append(file)
                self._begin()

    def _write_held(self) -> None:
        """Try to write what is held; each time it fails the next try is later, for each begins a file of its own."""
        if self._file is None and (time.monotonic() >= self._again_at or self._stop.is_set()):
            self._begin()
        file = self._file
        if file is None:
            with self._trouble:
                self._shout(OSError("no journal can be opened"))
            return
        while self._held:
            record = self._held[0]
            try:
                if file.write(record) != SIZE:
                    raise OSError("not all was written")
            except (OSError, ValueError) as error:
                with self._trouble:
                    if file is self._file:
                        self._file = None
                        self._retired.append(file)
                    self._shout(error)
                self._again_at = time.monotonic() + self._pause_after_trouble
                self._pause_after_trouble = min(2 * self._pause_after_trouble, LAST_PAUSE)
                return
            self._held.popleft()
            self._dirty = True
            self._pause_after_trouble = FIRST_PAUSE

    def _begin(self) -> None:
        """Begin a new file, locked while this process lives: by that the worker sees when nothing more will come."""
        path = self._folder / f"{self._prefix}{time.time_ns() // 1_000_000}-{secrets.token_hex(4)}"
        is_named = False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = io.FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), "a")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # It is a journal by its name from now on, and not a moment before it is locked.
            path.rename(path.with_name(path.name + ENDING))
            is_named = True
            _sync_folder(self._folder)
        except OSError as error:
            if not is_named:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            self._file = None
            self._shout(error)
            return
        self._file, self._began = file, time.monotonic()

    def _shout(self, error: Exception) -> None:
        moment = time.monotonic()
        if moment - self._shouted > SHOUT_SECONDS:
            self._shouted = moment
            log.critical("clicks.not_written", reason=str(error), held=len(self._held), lost=self.lost)


def _sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder, too: a journal without its name would not be read."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
