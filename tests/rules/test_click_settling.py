"""Who counts among the people: each visitor once a while, whatever the order, and nobody who comes in floods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.clicks.rules.journals import VERDICT_NUMBERS, Record
from referral.clicks.rules.settling import LONGEST, MINUTE, Memory, settle
from referral.clicks.rules.visits import VERDICTS

NOON = 1_800_000_000_000
COUNTED = VERDICT_NUMBERS["counted"]
DAY = 86_400_000


def visit(
    at: int = 0, visitor: int = 1, *, link: int = 1, verdict: str = "counted", network: int = 1, before: int = 0
) -> Record:
    """Make a visit so many milliseconds after noon."""
    whose = (1, 2, link, visitor, before, network)
    return Record(at, NOON + at, *whose, 0, 0, 0, VERDICT_NUMBERS[verdict], b"", b"", b"")


def verdicts(visits: Iterable[Record], *, minutes: int = 60, flood: int = 0, memory: Memory | None = None) -> list[str]:
    """Settle visits in their order."""
    settled = settle(visits, Memory() if memory is None else memory, lambda _brand, _campaign: minutes, flood)
    return [VERDICTS[number] for number in settled]


VISITS = st.builds(
    visit,
    st.integers(0, 3 * 60 * MINUTE),
    st.integers(1, 3),
    link=st.integers(1, 2),
    verdict=st.sampled_from(VERDICTS),
    network=st.integers(1, 2),
)


# --- Once a while ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 200), st.integers(1, LONGEST))
def test_a_visitor_counts_once_in_a_window_however_often_they_come(times: int, minutes: int) -> None:
    draw = Random(times)
    moments = [0, *sorted(draw.randrange(minutes * MINUTE) for _ in range(times))]

    assert Counter(verdicts(map(visit, moments), minutes=minutes)) == {"counted": 1, "repeat": times}


@given(st.lists(VISITS, max_size=60), st.integers(0, 90))
def test_in_the_order_of_time_who_counts_is_who_has_not_counted_for_a_window(
    visits: list[Record], minutes: int
) -> None:
    visits.sort(key=lambda one: one.at)
    last: dict[tuple[int, int], int] = {}
    expected = []
    for one in visits:
        said, who = VERDICTS[one.verdict], (one.link_id, one.visitor)
        if said == "counted" and who in last and one.at - last[who] < minutes * MINUTE:
            said = "repeat"
        elif said == "counted":
            last[who] = one.at
        expected.append(said)

    assert verdicts(visits, minutes=minutes) == expected


def test_a_window_ends_to_the_millisecond() -> None:
    hour = 60 * MINUTE

    assert verdicts([visit(0), visit(hour - 1), visit(hour), visit(2 * hour - 1), visit(2 * hour)]) == [
        "counted",
        "repeat",
        "counted",
        "repeat",
        "counted",
    ]


def test_without_a_window_each_visit_counts() -> None:
    assert verdicts([visit(0), visit(0), visit(1)], minutes=0) == ["counted"] * 3


def test_a_window_longer_than_a_day_ends_after_a_day() -> None:
    assert verdicts([visit(0), visit(DAY - 1), visit(DAY)], minutes=10 * LONGEST) == ["counted", "repeat", "counted"]


def test_each_link_and_each_visitor_has_a_window_of_their_own() -> None:
    visits = [visit(0, 1, link=1), visit(1, 1, link=2), visit(2, 2, link=1), visit(3, 1, link=1)]

    assert verdicts(visits) == ["counted", "counted", "counted", "repeat"]


def test_campaigns_have_windows_of_their_own() -> None:
    short, long = visit(0)._replace(campaign_id=5, link_id=5), visit(0)._replace(campaign_id=6, link_id=6)
    visits = [short, long, short._replace(at=NOON + 2 * MINUTE), long._replace(at=NOON + 2 * MINUTE)]

    settled = settle(visits, Memory(), lambda _brand, campaign: {5: 1, 6: 60}[campaign], 0)

    assert [VERDICTS[number] for number in settled] == ["counted", "counted", "counted", "repeat"]


@given(st.lists(VISITS, max_size=60), st.integers(0, 90), st.integers(0, 5))
def test_what_is_no_person_stays_what_it_is_and_keeps_nobody_from_counting(
    visits: list[Record], minutes: int, flood: int
) -> None:
    visits.sort(key=lambda one: one.at)
    people = [one for one in visits if one.verdict == COUNTED]

    found = verdicts(visits, minutes=minutes, flood=flood)

    pairs = list(zip(visits, found, strict=True))
    assert all(VERDICTS[one.verdict] == said for one, said in pairs if one.verdict != COUNTED)
    assert [said for one, said in pairs if one.verdict == COUNTED] == verdicts(people, minutes=minutes, flood=flood)


@given(st.lists(VISITS, max_size=60), st.integers(0, 60))
def test_batches_may_end_anywhere(visits: list[Record], cut: int) -> None:
    visits.sort(key=lambda one: one.at)
    memory = Memory()

    parted = verdicts(visits[:cut], flood=3, memory=memory) + verdicts(visits[cut:], flood=3, memory=memory)

    assert parted == verdicts(visits, flood=3)


# --- Two processes, and clocks ---------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4), st.integers(0, 4_999)), max_size=40), st.randoms())
def test_visits_that_cross_by_some_seconds_are_counted_as_many_in_any_order(
    visits: list[tuple[int, int, int]], random: Random
) -> None:
    """Each comes in a few seconds of some half hour: the window of one hour never ends amid such seconds."""
    made = [visit(half * 30 * MINUTE * 3 + ms, who) for half, who, ms in visits]
    in_order = sorted(made, key=lambda one: one.at)
    crossed = sorted(made, key=lambda one: one.at + random.randrange(-5_000, 5_000))

    assert Counter(verdicts(crossed)) == Counter(verdicts(in_order))


def test_a_visit_that_arrives_late_is_a_repeat_of_one_a_little_later() -> None:
    assert verdicts([visit(3_000), visit(0)]) == ["counted", "repeat"]


def test_after_a_clock_was_set_back_by_minutes_a_visitor_is_the_same() -> None:
    assert verdicts([visit(0), visit(-10 * MINUTE), visit(-9 * MINUTE)]) == ["counted", "repeat", "repeat"]


def test_after_a_clock_was_set_back_by_days_a_visitor_counts_once_there_and_not_for_ever() -> None:
    visits = [visit(0), visit(-3 * DAY), visit(-3 * DAY + 1), visit(-3 * DAY + 2)]

    assert verdicts(visits) == ["counted", "counted", "repeat", "repeat"]


def test_a_visitor_of_before_midnight_is_known_after_it_by_yesterdays_secret() -> None:
    eve, after = visit(0, visitor=7), visit(5 * MINUTE, visitor=8, before=7)
    again, later = visit(6 * MINUTE, visitor=8, before=7), visit(61 * MINUTE, visitor=8)

    assert verdicts([eve, after, again, later]) == ["counted", "repeat", "repeat", "counted"]


def test_todays_secret_outweighs_yesterdays() -> None:
    visits = [visit(0, visitor=7), visit(61 * MINUTE, visitor=8, before=7), visit(62 * MINUTE, visitor=8, before=7)]

    assert verdicts(visits) == ["counted", "counted", "repeat"]


def test_who_shows_no_visitor_of_yesterday_is_not_taken_for_nobody() -> None:
    assert verdicts([visit(0, visitor=0), visit(1, visitor=8, before=0)]) == ["counted", "counted"]


# --- Floods ----------------------------------------------------------------------------------------------------------


def test_a_flood_is_cut_off_and_another_networks_visitors_count() -> None:
    flood = [visit(number * 10, 100 + number, network=1) for number in range(50)]
    others = [visit(number * 10 + 5, 200 + number, network=2) for number in range(8)]
    visits = sorted([*flood, *others], key=lambda one: one.at)

    found = verdicts(visits, flood=10)

    by_network = Counter((one.network, said) for one, said in zip(visits, found, strict=True))
    assert by_network == {(1, "counted"): 10, (1, "flood"): 40, (2, "counted"): 8}


def test_a_flood_on_one_link_leaves_other_links_alone() -> None:
    flood = [visit(number, 100 + number, link=1) for number in range(20)]

    found = verdicts([*flood, visit(30, 1, link=2)], flood=5)

    assert Counter(found) == {"counted": 6, "flood": 15}
    assert found[-1] == "counted"


def test_a_flood_is_over_when_fewer_come_in_a_minute() -> None:
    flood = [visit(number, 100 + number) for number in range(10)]

    assert verdicts([*flood, visit(10 + MINUTE, 1)], flood=5)[-1] == "counted"


@pytest.mark.parametrize(("gap", "said"), [(MINUTE // 5, {"counted": 50}), (MINUTE // 6, {"counted": 42, "flood": 8})])
def test_a_flood_is_more_than_so_many_within_a_minute_of_the_clock(gap: int, said: dict[str, int]) -> None:
    visits = [visit(number * gap, 100 + number) for number in range(50)]

    assert Counter(verdicts(visits, flood=5)) == said


def test_robots_are_no_part_of_a_flood() -> None:
    robots = [visit(number, number, verdict="bot") for number in range(100)]

    assert Counter(verdicts([*robots, visit(200, 1)], flood=5)) == {"bot": 100, "counted": 1}


def test_no_flood_is_known_where_there_is_no_limit() -> None:
    assert Counter(verdicts([visit(0, number) for number in range(1000)], flood=0)) == {"counted": 1000}


def test_networks_of_a_minute_ago_are_forgotten() -> None:
    memory = Memory()
    verdicts((visit(number, number, network=number) for number in range(1000)), flood=5, memory=memory)

    verdicts([visit(3 * MINUTE, 1, network=1)], flood=5, memory=memory)

    assert len(memory._came) == 1


# --- Memory ----------------------------------------------------------------------------------------------------------


@given(st.integers(2, 40), st.integers(0, 200))
def test_no_more_visitors_are_remembered_than_may_be_and_the_youngest_half_always_is(most: int, comers: int) -> None:
    memory = Memory(most)
    for number in range(comers):
        memory.counted(1, number, number)

    known = [number for number in range(comers) if memory.counted_at(1, number) is not None]

    assert len(known) == len(memory) <= most + 1
    assert known == list(range(comers - len(known), comers))
    assert len(known) >= min(comers, most // 2)


def test_the_largest_numbers_of_links_and_visitors_are_told_apart() -> None:
    memory, largest = Memory(), 2**63 - 1
    memory.counted(largest, 0, 1)
    memory.counted(0, largest, 2)
    memory.counted(largest, largest, 3)

    found = [memory.counted_at(*who) for who in ((largest, 0), (0, largest), (largest, largest), (0, 0), (1, 0))]

    assert found == [1, 2, 3, None, None]
