"""Which process of which machine it is: a number that tells its journals and its clicks' ids from those of others."""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from struct import Struct

import structlog

SLOTS = 64  # processes of a machine
NODES = 16  # machines of an installation
_STATE = Struct("<qqqq")
log = structlog.get_logger()


class Slot:
    """Hold a number that no other living process of this machine has, and its last words for whoever gets it next."""

    def __init__(self, folder: Path) -> None:
        self._file, self.number, self.floor = self._claim(folder)
        self._told: tuple[int, ...] = ()

    def _claim(self, folder: Path) -> tuple[io.FileIO | None, int, int]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(SLOTS):
                file = io.FileIO(os.open(folder / f"slot-{number:02}", os.O_RDWR | os.O_CREAT, 0o600), "r+")
                with suppress(BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    state = os.pread(file.fileno(), _STATE.size, 0)
                    floor, _, held, lost = _STATE.unpack(state) if len(state) == _STATE.size else (0, 0, 0, 0)
                    if held or lost:
                        # Told for as long as nobody had the number; from now on it is our own that are told.
                        log.critical("clicks.lost_by_another", lost=held + lost)
                    return file, number, floor
                file.close()
        except OSError as error:
            log.error("clicks.no_slot", reason=str(error))
        # Nothing can be written here: a number by chance keeps two processes apart nearly always.
        return None, secrets.randbelow(SLOTS), 0

    def tell(self, last_id: int, held: int, lost: int) -> None:
        """Leave word of the last id that was given, and of visits that are held or lost."""
        said = (last_id, os.getpid(), held, lost)
        if self._file is None or said == self._told:
            return
        with suppress(OSError):
            os.pwrite(self._file.fileno(), _STATE.pack(*said), 0)
            self._told = said

    @property
    def told(self) -> tuple[int, int]:
        """Give how many visits were last said to be held, and how many lost."""
        return (self._told[2], self._told[3]) if self._told else (0, 0)

    def close(self) -> None:
        """Give the number back."""
        if self._file is not None:
            self._file.close()


def told(folder: Path) -> tuple[int, int]:
    """Sum the visits that the processes of this machine hold, and those that they lost.

    What a process held when it died is lost. A new process that takes the number over begins to count anew.
    """
    held = lost = 0
    for path in folder.glob("slot-*"):
        with suppress(OSError), path.open("rb", buffering=0) as file:
            state = file.read(_STATE.size)
            if len(state) != _STATE.size:
                continue
            _, _, its_held, its_lost = _STATE.unpack(state)
            lost += its_lost
            if its_held and is_free(file):
                lost += its_held
            else:
                held += its_held
    return held, lost


def is_free(file: io.FileIO) -> bool:
    """Tell whether no process holds a file's lock any more; and hold it, until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def whose(click_id: int) -> str:
    """Give how the journals of the process are called that gave a click its id.

    >>> whose(1_790_000_000_000 << 22 | 3 << 18 | 17 << 12 | 5)
    '03-17-'
    """
    return f"{click_id >> 18 & NODES - 1:02}-{click_id >> 12 & SLOTS - 1:02}-"


class Ids:
    """Give clicks their ids: 41 bits of milliseconds, 4 of the machine, 6 of the process, 12 that count up.

    Two processes never give the same one, and none gives an id twice or a smaller one later, also when the clock is set
    back: then it counts on from where it was.
    """

    def __init__(self, node: int, slot: int, floor: int) -> None:
        self._whose = (node % NODES) << 18 | slot << 12
        # What the last holder of this number gave out after its last word is at most a few moments old.
        self.last = ((floor >> 22) + 1000 << 22 | self._whose) if floor else 0
        self._lock = threading.Lock()

    def next(self, ms: int) -> int:
        """Give the next id at a time."""
        with self._lock:
            fresh = ms << 22 | self._whose
            last = self.last
            if fresh <= last:
                # Within a millisecond they count up; when that is used up, they borrow the next one.
                fresh = last + 1 if last & 0xFFF != 0xFFF else ((last >> 22) + 1) << 22 | self._whose
            self.last = fresh
            return fresh
