"""What this machine must have: a test that lacks it is skipped here, and fails where it must be able to run."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

CI = os.environ.get("CI") == "true"


def missing(what: str) -> NoReturn:
    """Skip a test for want of something, and say of what; with CI=true, fail it."""
    if CI:
        pytest.fail(f"{what} (a failure, because CI=true)", pytrace=False)
    pytest.skip(what)
