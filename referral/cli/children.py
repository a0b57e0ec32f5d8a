"""Child processes: started, started again when they die, and ended together with us, whatever happens to us."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

GRACE_SECONDS = 10  # to answer what was asked, before a child is killed
SHORT_LIFE_SECONDS = 10
SHORT_LIVES = 5  # in a row, after which it is no accident
PAUSE_SECONDS = 0.5  # longer by as much each time
PR_SET_PDEATHSIG = 1
log = structlog.get_logger()


class KeepsDying(RuntimeError):
    """Say that a child dies as often as it is started."""


@dataclass
class Child:
    """Keep one program running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    niceness: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started_at: float = field(default=0, init=False)
    _short_lives: int = field(default=0, init=False)

    @property
    def pid(self) -> int:
        """Give the number of the running process; 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Start the program, in a group of its own: it hears of Ctrl+C from us, and once."""
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own programs
            self.command,
            env=dict(self.environment),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=self._prepare,
        )

    def _prepare(self) -> None:
        _end_with_parent()
        give_way(self.niceness)

    def watch(self) -> None:
        """Start the program again if it died; raise KeepsDying where that does not help."""
        if self._process is None or self._process.poll() is None:
            return
        lived = time.monotonic() - self._started_at
        self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE_SECONDS else 1
        log.error("child.died", child=self.name, status=self._process.returncode)
        if self._short_lives >= SHORT_LIVES:
            raise KeepsDying(self.name)
        time.sleep((self._short_lives - 1) * PAUSE_SECONDS)
        self.start()

    def ask_to_end(self) -> None:
        """Tell the program that it is over."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """Wait until the program has ended, and end it and all it started by force when its time is up."""
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def end_all(children: Sequence[Child]) -> None:
    """End all children, side by side."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        child.end(deadline)


def give_way(niceness: int) -> None:
    """Let processes of a lower niceness go first, from 0 (nobody) to 19 (everybody).

    Linux shares the processor among sessions first, and only then among the processes of each (sched_autogroup). So the
    leader of a session says it for the session, too.
    """
    if not niceness:
        return
    os.nice(niceness)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))


def _end_with_parent() -> None:
    """Have the kernel end this process when its parent is killed without a chance to do so (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
