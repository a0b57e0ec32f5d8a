"""What tests of attribution share: three people, and touches between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from referral.campaigns.rules import Attribution as Model
from referral.sales.rules import (
    Attribution,
    Evidence,
    Touch,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SITI, BUDI, BUYER = 1, 2, 3
LINKS = {SITI: 10, BUDI: 20, BUYER: 30, None: 40}


def touch(introducer_id: int | None, days_before: float, evidence: Evidence = "introduced") -> Touch:
    """Touch the buyer so many days before."""
    return Touch(introducer_id, LINKS[introducer_id], NOON - days_before * DAY, evidence)


def alone(days_before: float) -> Touch:
    """Let them come alone."""
    return Touch(None, None, NOON - days_before * DAY, "alone")


def by(found: Attribution) -> list[tuple[int, int, int]]:
    """Write by whose word it was, in which parts."""
    return [(share.introducer_id, share.parts, share.whole) for share in found.shares]


people = st.none() | st.integers(1, 6)
told = st.builds(
    Touch,
    people,
    st.integers(10, 13),
    st.integers(-24, 24 * 60).map(lambda hours: NOON - timedelta(hours=hours)),
    st.sampled_from(["introduced", "name", "coupon", "code", "click"]),
)
models = st.sampled_from(list(Model))
windows = st.sampled_from([0, 1, 7, 30, 3650])
