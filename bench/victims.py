"""A server and a worker that are killed without a word, and started again (Linux)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.processes import family
from bench.serving import HOST, PROCESSES, ROOT, THREADS, clean, free_port, worker_command
from referral.cli.serve import granian, is_ready

READY_SECONDS = 60
VICTIMS = ("web", "worker", "both", "server")


class Programs:
    """Keep a server and a worker running, kill them, and start them again."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self._environment = clean(environment)
        settings = {"HOST": HOST, "PORT": self.port, "WEB_PROCESSES": PROCESSES, "WEB_THREADS": THREADS}
        self._serving = granian(settings, "wsgi:app")
        self._server = self._start(self._serving)
        self._worker = self._start(worker_command())

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self, victim: str, draw: random.Random) -> None:
        """Kill one of VICTIMS without a chance to say anything, and start again what does not start again by itself."""
        if victim in ("worker", "both"):
            _kill(self._worker)
        if victim in ("web", "both"):
            with suppress(ProcessLookupError, IndexError):
                os.kill(draw.choice(self._web_processes()), signal.SIGKILL)
        if victim == "server" or self._server.poll() is not None:
            _kill(self._server)
            self._server = self._start(self._serving)
        if self._worker.poll() is not None:
            self._worker = self._start(worker_command())

    def _web_processes(self) -> list[int]:
        found = []
        for pid in list(family(self._server.pid))[1:]:
            with suppress(OSError):
                if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    def wait_for_answers(self, answered: Callable[[], int]) -> None:
        """Wait until the server answers, and clients have been answered since; `answered` tells how often they were."""
        deadline = time.monotonic() + READY_SECONDS
        before = answered()
        while not is_ready(HOST, self.port) or answered() <= before:
            if self._server.poll() is not None:
                _kill(self._server)
                self._server = self._start(self._serving)
            if time.monotonic() > deadline:
                raise RuntimeError(f"nobody answers on port {self.port} after {READY_SECONDS} seconds")
            time.sleep(0.05)

    def end(self) -> None:
        """Tell both to end, and see that they do."""
        for program in (self._server, self._worker):
            program.terminate()
        for program in (self._server, self._worker):
            with suppress(subprocess.TimeoutExpired):
                program.wait(20)
            _kill(program)


def _kill(program: subprocess.Popen[bytes]) -> None:
    """Kill a program and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[Programs]:
    """Run a server and a worker while the block lasts."""
    programs = Programs(environment)
    try:
        yield programs
    finally:
        programs.end()
