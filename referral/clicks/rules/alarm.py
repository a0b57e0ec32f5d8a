"""When somebody has to be told about visits on their way: they are late, they wait in memory only, or they are lost."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from referral.clicks.backlog import Backlog

SCARCE = 1_000_000_000
"""Free bytes of a disk below which its operator is told: some seven million visits, or a few hours of a crowd."""


class Alarm(StrEnum):
    """Name what is wrong with visits on their way."""

    LATE = "late"
    HELD = "held"
    LOST = "lost"


def alarm(backlog: Backlog, now_ms: int, late_seconds: int) -> frozenset[Alarm]:
    """Tell what is wrong; nothing, where all is well.

    Late: the oldest visit that is not counted yet is older than it may be. Held: visits wait in the memory of a process
    whose journal cannot be written. Lost: there was no room for them there either. A visit from the future, of a clock
    that was set back, is not late.
    """
    oldest = backlog.oldest_at
    found = {
        Alarm.LATE: oldest is not None and now_ms - oldest > late_seconds * 1000,
        Alarm.HELD: backlog.held > 0,
        Alarm.LOST: backlog.lost > 0,
    }
    return frozenset(kind for kind, is_so in found.items() if is_so)


def is_scarce(free: int | None) -> bool:
    """Tell whether a disk is about to be full, where that is known."""
    return free is not None and free < SCARCE
