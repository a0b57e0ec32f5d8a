"""Servers to be measured: started as `serve` starts them, on the loopback address, and ended again."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from referral.cli.children import Child, end_all
from referral.cli.serve import granian, is_ready
from referral.config import SETTINGS

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
PROCESSES, THREADS = 2, 4
READY_SECONDS = 30


@contextmanager
def served(*target: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Serve an application while the block lasts; give its port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    command = granian({"HOST": HOST, "PORT": port, "WEB_PROCESSES": PROCESSES, "WEB_THREADS": THREADS}, *target)
    names = {setting.name for setting in SETTINGS}
    clean = {name: value for name, value in os.environ.items() if name not in names}
    child = Child(target[-1], command, {**clean, **environment}, str(ROOT))
    child.start()
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready(HOST, port):
            child.watch()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{target[-1]} did not answer within {READY_SECONDS} seconds")
            time.sleep(0.05)
        # Both processes are to be awake, not only the one that answered.
        time.sleep(1)
        yield port
    finally:
        end_all([child])
