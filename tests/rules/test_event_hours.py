"""Opening hours: from rows of days and times on a place's clocks to moments, and back."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import Invalid
from referral.events.rules.hours import Hours, Opening, default_zone, openings, read_hours, rows_of, zone_of

WARSAW, JAKARTA = zone_of("Europe/Warsaw"), zone_of("Asia/Jakarta")


def spans(rows: list[Hours], zone: str = "Europe/Warsaw") -> list[tuple[str, str]]:
    """Write openings on the clocks of a place."""
    return [
        (f"{day.opens_at.astimezone(zone_of(zone)):%d %H:%M}", f"{day.closes_at.astimezone(zone_of(zone)):%d %H:%M}")
        for day in openings(rows, zone_of(zone))
    ]


def row(first: str, last: str = "", opens: str = "10:00", closes: str = "18:00") -> Hours:
    """Read a row that is not empty."""
    read = read_hours(first, last, opens, closes)
    assert read is not None
    return read


def test_a_row_of_days_is_one_opening_for_each() -> None:
    assert spans([row("2026-11-20", "2026-11-22")]) == [
        ("20 10:00", "20 18:00"),
        ("21 10:00", "21 18:00"),
        ("22 10:00", "22 18:00"),
    ]


def test_what_closes_before_it_opens_closes_on_the_next_morning() -> None:
    assert spans([row("2026-11-20", opens="20:00", closes="4:00")]) == [("20 20:00", "21 04:00")]


def test_equal_times_are_a_day_and_a_night_and_may_follow_each_other() -> None:
    nights = openings([row("2026-11-20", "2026-11-29", "08:00", "08:00")], JAKARTA)

    assert len(nights) == 10
    assert all(night.closes_at - night.opens_at == timedelta(hours=24) for night in nights)


@pytest.mark.parametrize(
    ("first", "last", "opens", "closes", "code"),
    [
        ("2026-11-20", "", "10:00", "", "hours_incomplete"),
        ("", "2026-11-20", "10:00", "18:00", "hours_incomplete"),
        ("20.11.2026", "", "10:00", "18:00", "day_malformed"),
        ("2026-02-30", "", "10:00", "18:00", "day_malformed"),
        ("0001-01-01", "", "10:00", "18:00", "day_malformed"),
        ("2026-11-20", "", "24:00", "18:00", "time_malformed"),
        ("2026-11-20", "", "ten", "18:00", "time_malformed"),
        ("2026-11-20", "", "١٠:٠٠", "18:00", "time_malformed"),
        ("2026-11-22", "2026-11-20", "10:00", "18:00", "days_reversed"),
    ],
)
def test_a_row_that_cannot_be_read_says_what_is_wrong(
    first: str, last: str, opens: str, closes: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_hours(first, last, opens, closes)

    assert refused.value.code == code


def test_an_empty_row_is_none() -> None:
    assert read_hours("", " ", "", "") is None


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "days_missing"),
        ([row("2026-01-01", "2027-06-01")], "days_too_many"),
        ([row("2026-11-20"), row("2026-11-19", "2026-11-20", "17:00", "20:00")], "days_overlap"),
        ([row("2026-11-20", "2026-11-21", "10:00", "10:00"), row("2026-11-21", "", "12:00", "13:00")], "days_overlap"),
    ],
)
def test_days_that_cannot_be_say_why(rows: list[Hours], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        openings(rows, WARSAW)

    assert refused.value.code == code


def test_a_time_that_clocks_skip_is_refused_with_its_day() -> None:
    with pytest.raises(Invalid) as refused:
        openings([row("2027-03-27", "2027-03-29", "02:30", "12:00")], WARSAW)

    assert (refused.value.code, refused.value.fields) == ("time_skipped", {"day": "2027-03-28", "time": "02:30"})
    assert len(openings([row("2027-03-27", "2027-03-29", "02:30", "12:00")], JAKARTA)) == 3


def test_of_a_time_that_comes_twice_an_opening_is_the_first_and_a_closing_the_last() -> None:
    [night] = openings([row("2026-10-24", "", "22:00", "02:30")], WARSAW)
    [morning] = openings([row("2026-10-25", "", "02:30", "09:00")], WARSAW)

    assert f"{night.closes_at:%H:%M}" == "01:30"
    assert f"{morning.opens_at:%H:%M}" == "00:30"


@pytest.mark.parametrize("name", ["Europe/Warsaw", "europe/warsaw", " Asia/Jakarta", "America/New York", "utc"])
def test_a_time_zone_is_known_by_its_name(name: str) -> None:
    assert zone_of(name).key.lower().replace("_", " ").strip() == name.strip().lower()


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "CEST+3", "Europe"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="zone_unknown"):
        zone_of(name)


@pytest.mark.parametrize(
    ("locale", "currency", "zone"),
    [
        ("id", "PLN", "Asia/Jakarta"),
        ("pl", "EUR", "Europe/Warsaw"),
        ("zh_Hans", "CNY", "Asia/Shanghai"),
        ("en", "IDR", "Asia/Jakarta"),
        ("en", "XXX", "UTC"),
    ],
)
def test_a_brand_gets_the_time_zone_that_is_likely_its_own(locale: str, currency: str, zone: str) -> None:
    assert default_zone(locale, currency) == zone


def test_days_with_the_same_hours_are_written_as_one_row_unless_each_is_wanted() -> None:
    days = openings([row("2026-11-20", "2026-11-22"), row("2026-11-23", "", "10:00", "14:00")], WARSAW)

    assert rows_of(days, WARSAW) == [row("2026-11-20", "2026-11-22"), row("2026-11-23", "", "10:00", "14:00")]
    assert [one.first.day for one in rows_of(days, WARSAW, single=True) or []] == [20, 21, 22, 23]


def test_a_day_of_more_than_24_hours_is_not_written_as_a_row() -> None:
    [day] = openings([row("2026-11-20")], WARSAW)

    assert rows_of([Opening(day.opens_at, day.closes_at + timedelta(days=2))], WARSAW) is None


clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@given(
    st.sampled_from(["Europe/Warsaw", "Asia/Jakarta", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.dates(date(2026, 1, 1), date(2027, 12, 1)),
    st.integers(0, 20),
    clocks,
    clocks,
)
def test_days_that_were_written_are_read_back_as_they_were(
    name: str, first: date, days: int, opens: time, closes: time
) -> None:
    zone, wanted = zone_of(name), Hours(first, first + timedelta(days=days), opens, closes)
    try:
        made = openings([wanted], zone)
    except Invalid:
        return  # clocks are changed somewhere in these days: the time is skipped, or a longer night reaches the next

    rows = rows_of(made, zone)

    assert rows is not None
    assert openings(rows, zone) == made
    assert rows == [wanted]
