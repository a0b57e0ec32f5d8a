"""Counts of visits as people read them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.clicks.rules.months import DAY, HOUR
from referral.clicks.rules.tally import BARS, KINDS, NONE, Tally, by_key, by_stretch, ranked, width_of, with_unknown
from referral.clicks.rules.visits import VERDICTS

some_counts = st.dictionaries(st.sampled_from(VERDICTS), st.integers(1, 10**9))
times = st.integers(0, 4 * 10**12)


def test_every_verdict_is_told_as_something_and_only_counted_visits_are_people() -> None:
    assert set(KINDS) == set(VERDICTS)
    assert [verdict for verdict, kind in KINDS.items() if kind == "people"] == ["counted"]


@given(some_counts)
def test_a_tally_loses_no_visit(counts: dict[str, int]) -> None:
    tally = Tally.of(counts)

    assert tally.all == sum(counts.values())
    assert tally.people == counts.get("counted", 0)
    assert tally + NONE == tally


def test_tallies_are_made_by_key() -> None:
    counts = {("poster", "counted"): 2, ("poster", "head"): 3, ("line", "staff"): 1}

    assert by_key(counts) == {"poster": Tally(people=2, robots=3), "line": Tally(own=1)}


def test_what_is_left_out_of_a_list_is_told_as_a_sum() -> None:
    tallies = {"a": Tally(people=1), "b": Tally(people=5), "c": Tally(people=1, robots=9), "d": Tally(robots=1)}

    shown, others, rest = ranked(tallies, 2)

    assert [key for key, _tally in shown] == ["b", "c"]
    assert (others, rest) == (2, Tally(people=1, robots=1))


# --- Over time -------------------------------------------------------------------------------------------------------


@given(times, times)
def test_a_chart_has_never_more_bars_than_fit(one: int, other: int) -> None:
    first, last = sorted((one, other))

    width = width_of(first, last)

    assert width >= HOUR
    assert width % HOUR == 0
    assert last // width - first // width + 1 <= BARS


@pytest.mark.parametrize(
    ("days", "width"), [(1, HOUR), (3, HOUR), (7, 2 * HOUR), (30, 12 * HOUR), (90, DAY), (365, 7 * DAY)]
)
def test_a_stretch_is_as_short_as_the_bars_allow(days: int, width: int) -> None:
    assert width_of(0, days * DAY - 1) == width


@given(st.dictionaries(st.tuples(st.integers(0, 500), st.sampled_from(VERDICTS)), st.integers(1, 9), min_size=1))
def test_stretches_follow_each_other_without_a_gap_and_hold_every_visit(counts: dict[tuple[int, str], int]) -> None:
    hours = {(hour * HOUR, verdict): number for (hour, verdict), number in counts.items()}

    stretches = by_stretch(hours, 3 * HOUR)

    starts = [at for at, _tally in stretches]
    assert starts == list(range(starts[0], starts[-1] + 1, 3 * HOUR))
    assert sum(tally.all for _at, tally in stretches) == sum(counts.values())
    assert stretches[0][1].all > 0


def test_no_visit_makes_no_stretch() -> None:
    assert by_stretch({}, HOUR) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("tap", "qr")),
            st.sampled_from(("", "ID", "PL")),
            st.sampled_from(("", "t.me")),
            st.sampled_from(("counted", "bot")),
        )
    )
)
def test_what_is_not_known_is_what_the_known_leaves_of_all_visits(visits: list[tuple[str, str, str, str]]) -> None:
    counts: Counter[tuple[str, str, str]] = Counter()
    for way, country, referrer, verdict in visits:
        for trait, value in (("via", way), ("device", "phone"), ("country", country), ("referrer", referrer)):
            counts[trait, value, verdict] += 1
        counts["language", "", verdict] += 1

    assert with_unknown({key: number for key, number in counts.items() if key[1]}) == counts
