"""What processes cost: processor time and memory, of one and of all that it started (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> Iterator[int]:
    """Give a process and all that it started, those that are still there."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def processor_seconds(pid: int) -> float:
    """Sum the processor time that a process and all that it started have used, in seconds."""
    ticks = 0
    for one in family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def largest(pid: int) -> float:
    """Give the memory of the largest of a process and all that it started, in megabytes (resident)."""
    sizes = [0.0]
    for one in family(pid):
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
            sizes.append(next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")))
    return max(sizes)
