"""When somebody is told about visits on their way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.clicks.backlog import Backlog
from referral.clicks.rules.alarm import SCARCE, Alarm, alarm, is_scarce

NOW = 1_800_000_000_000
COUNTS = st.integers(0, 10**9)


def of(*, clicks: int = 5, oldest_at: int | None = NOW, held: int = 0, lost: int = 0) -> Backlog:
    """Make what is on its way."""
    return Backlog(clicks, oldest_at, 2, held, lost)


def test_visits_that_come_in_in_time_are_no_alarm() -> None:
    assert alarm(of(), NOW, 60) == frozenset()
    assert alarm(of(clicks=0, oldest_at=None), NOW, 60) == frozenset()


@pytest.mark.parametrize(("age_ms", "is_late"), [(0, False), (59_999, False), (60_000, False), (60_001, True)])
def test_a_visit_is_late_once_it_is_older_than_it_may_be(age_ms: int, is_late: bool) -> None:
    assert (Alarm.LATE in alarm(of(oldest_at=NOW - age_ms), NOW, 60)) is is_late


def test_a_visit_of_a_clock_that_was_set_back_is_not_late() -> None:
    assert alarm(of(oldest_at=NOW + 86_400_000), NOW, 60) == frozenset()


def test_one_visit_in_memory_is_an_alarm_and_so_is_one_that_is_lost() -> None:
    assert alarm(of(held=1), NOW, 60) == {Alarm.HELD}
    assert alarm(of(lost=1), NOW, 60) == {Alarm.LOST}
    assert alarm(of(oldest_at=0, held=1, lost=1), NOW, 60) == set(Alarm)


@given(oldest_at=st.none() | st.integers(0, 2 * NOW), held=COUNTS, lost=COUNTS, late_seconds=st.integers(0, 10**6))
def test_each_alarm_is_raised_for_its_own_reason_only(
    oldest_at: int | None, held: int, lost: int, late_seconds: int
) -> None:
    raised = alarm(of(oldest_at=oldest_at, held=held, lost=lost), NOW, late_seconds)

    assert (Alarm.HELD in raised, Alarm.LOST in raised) == (held > 0, lost > 0)
    assert (Alarm.LATE in raised) == (alarm(of(oldest_at=oldest_at), NOW, late_seconds) != frozenset())


def test_a_disk_is_scarce_below_the_bound_and_never_where_nobody_knows() -> None:
    assert [is_scarce(free) for free in (0, SCARCE - 1, SCARCE, None)] == [True, True, False, False]
