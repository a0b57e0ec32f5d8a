"""Which day a scan counts for, and when the doors are open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from referral.events.rules.days import WHOLE_EVENT, Day, nearest, slot_at

HOUR = 3_600_000
FRIDAY = Day(1, 18 * HOUR, 30 * HOUR)  # until six in the morning
SATURDAY = Day(2, 42 * HOUR, 54 * HOUR)
FAIR = [FRIDAY, SATURDAY]


def test_a_day_is_open_from_its_first_moment_until_just_before_its_last() -> None:
    found = [slot_at(FAIR, at, 0) for at in (18 * HOUR - 1, 18 * HOUR, 30 * HOUR - 1, 30 * HOUR)]

    assert found == [None, 1, 1, None]


def test_a_night_that_goes_on_past_midnight_is_one_day() -> None:
    assert slot_at(FAIR, 27 * HOUR, HOUR) == 1


def test_gates_scan_before_the_opening_and_for_that_day() -> None:
    found = [slot_at(FAIR, at, HOUR) for at in (17 * HOUR - 1, 17 * HOUR, 41 * HOUR)]

    assert found == [None, 1, 2]


def test_the_day_that_is_open_goes_before_the_one_that_only_begins_to_scan() -> None:
    morning, evening = Day(1, 8 * HOUR, 12 * HOUR), Day(2, 12 * HOUR, 20 * HOUR)

    assert slot_at([evening, morning], 12 * HOUR - 1, HOUR) == 1
    assert slot_at([evening, morning], 12 * HOUR, HOUR) == 2


def test_an_event_without_days_is_never_open() -> None:
    assert (slot_at([], 0, HOUR), nearest([], 0)) == (None, WHOLE_EVENT)


def test_what_is_scanned_while_closed_belongs_to_the_nearest_day() -> None:
    assert [nearest(FAIR, at) for at in (0, 31 * HOUR, 36 * HOUR, 36 * HOUR + 1, 99 * HOUR)] == [1, 1, 1, 2, 2]


@st.composite
def fairs(draw: st.DrawFn) -> list[Day]:
    """Draw days that do not overlap, in any order."""
    days: list[Day] = []
    at = 0
    for number in range(1, draw(st.integers(1, 5)) + 1):
        opens = at + draw(st.integers(0, 30))
        at = opens + draw(st.integers(1, 20))
        days.append(Day(number, opens, at))
    return draw(st.permutations(days))


@given(fairs(), st.integers(-50, 300), st.integers(0, 15))
def test_the_order_of_the_days_makes_no_difference(days: list[Day], at: int, early: int) -> None:
    again = sorted(days, key=lambda day: day.id)

    assert slot_at(days, at, early) == slot_at(again, at, early)
    assert nearest(days, at) == nearest(again, at)


@given(fairs(), st.integers(-50, 300), st.integers(0, 15))
def test_a_slot_is_a_day_whose_gates_scan_and_the_nearest_one_where_it_is_open(
    days: list[Day], at: int, early: int
) -> None:
    slot = slot_at(days, at, early)

    scanning = {day.id for day in days if day.opens_ms - early <= at < day.closes_ms}
    open_now = {day.id for day in days if day.opens_ms <= at < day.closes_ms}
    assert (slot is None) == (not scanning)
    assert slot is None or slot in (open_now or scanning)
    assert not open_now or nearest(days, at) in open_now
