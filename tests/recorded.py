"""Recorded spreads, read where they lie: beside the repository, or where TULAR_SHARED says; never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.machine import missing

SHARED = Path(os.environ.get("TULAR_SHARED") or Path(__file__).parents[2] / "shared")
HIGGS = SHARED / "data/higgs/higgs-activity_time.txt.gz"


def recorded(file: Path) -> Path:
    """Give a file of recorded data, or skip the test, aloud, where it is not there."""
    if not file.exists():
        missing(f"The recorded data are not at {file}; TULAR_SHARED names the folder that holds data/")
    return file
