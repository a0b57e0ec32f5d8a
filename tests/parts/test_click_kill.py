"""Processes are killed under load: whoever was answered is in the database, once. `bench.kills` does it more often."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench.kills import killed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc")
def test_no_visit_that_was_answered_is_lost_or_doubled_whoever_is_killed(database_url: str, tmp_path: Path) -> None:
    toll = killed(database_url, tmp_path, times=3, seed=7)

    assert toll.acknowledged > 100, toll
    assert (toll.lost, toll.doubled) == (0, 0), toll
