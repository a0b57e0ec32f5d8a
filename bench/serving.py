"""Servers to be measured: started as `serve` starts them, on the loopback address, and ended again."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from referral.cli.children import Child, end_all
from referral.cli.serve import granian, is_ready
from referral.config import SETTINGS

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
PROCESSES, THREADS = 2, 4
READY_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """Name a server that runs: its port, and the process that started the others."""

    port: int
    pid: int


@contextmanager
def served(
    *target: str,
    environment: Mapping[str, str],
    processes: int = PROCESSES,
    threads: int = THREADS,
    niceness: int = 0,
) -> Iterator[Server]:
    """Serve an application while the block lasts."""
    port = free_port()
    command = granian({"HOST": HOST, "PORT": port, "WEB_PROCESSES": processes, "WEB_THREADS": threads}, *target)
    child = Child(target[-1], command, clean(environment), str(ROOT), niceness)
    child.start()
    try:
        wait(child, port)
        # All processes are to be awake, not only the one that answered.
        time.sleep(1)
        yield Server(port, child.pid)
    finally:
        end_all([child])


@contextmanager
def working(environment: Mapping[str, str]) -> Iterator[None]:
    """Run a worker while the block lasts."""
    worker = Child("worker", worker_command(), clean(environment), str(ROOT))
    worker.start()
    try:
        yield
    finally:
        end_all([worker])


def worker_command() -> list[str]:
    """Write the command of a worker."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Give this machine's environment without settings of the product, and those given."""
    names = {setting.name for setting in SETTINGS}
    return {**{name: value for name, value in os.environ.items() if name not in names}, **environment}


def wait(child: Child, port: int) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(HOST, port):
        child.watch()
        if time.monotonic() > deadline:
            raise RuntimeError(f"{child.name} did not answer within {READY_SECONDS} seconds")
        time.sleep(0.05)
