"""How often a telling works is learnt from visits, smoothed where they are few, and checked on what came after."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.conversion import Day, Tried, calibrate, conversion

counts = st.builds(lambda visits, part: Tried(visits, int(visits * part)), st.integers(0, 10_000), st.floats(0, 1))


def test_where_nothing_was_counted_a_telling_works_one_time_in_two() -> None:
    found = conversion({})

    assert (found.whole, found.of("whatsapp"), found.of(None)) == (0.5, 0.5, 0.5)
    assert not found.is_seen


def test_each_channel_has_a_chance_of_its_own_and_a_rare_one_nearly_that_of_the_whole() -> None:
    found = conversion({"whatsapp": Tried(1_000, 300), "email": Tried(1_000, 50), "line": Tried(1, 1)})

    whole = 352 / 2003
    assert found.is_seen
    assert found.whole == pytest.approx(whole)
    assert found.of("whatsapp") == pytest.approx((300 + 2 * whole) / 1002)
    assert found.of("email") == pytest.approx((50 + 2 * whole) / 1002)
    assert found.of("line") == pytest.approx((1 + 2 * whole) / 3)
    assert found.of("spoken") == found.of(None) == found.whole


def test_who_came_without_a_counted_visit_still_was_told() -> None:
    found = conversion({"whatsapp": Tried(2, 10)})

    assert found.of("whatsapp") < 1
    assert found.whole == pytest.approx(11 / 12)


@given(st.dictionaries(st.sampled_from(["a", "b", "c", ""]), counts))
def test_a_chance_is_never_certain_in_either_way(tried: dict[str, Tried]) -> None:
    found = conversion(tried)

    for channel in (*tried, "never used"):
        assert 0 < found.of(channel) < 1


# --- The check -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "days",
    [
        [],
        [Day(1, "line", Tried(100, 10))],
        [Day(1, "line", Tried(19, 2)), Day(2, "line", Tried(19, 2))],
        [Day(1, "line", Tried(100, 10)), Day(2, "line", Tried(19, 2))],
        [Day(day, "line", Tried(0, 0)) for day in range(9)],
    ],
)
def test_too_few_visits_are_not_checked(days: list[Day]) -> None:
    assert calibrate(days) is None


def test_the_second_half_is_predicted_from_the_first_alone() -> None:
    early = [Day(1, "line", Tried(100, 50)), Day(1, "email", Tried(100, 10))]
    late = [Day(5, "line", Tried(60, 3)), Day(7, "email", Tried(40, 4))]

    found = calibrate([*late, *early])

    assert found is not None
    assert (found.since, [check.channel for check in found.checks]) == (5, ["line", "email"])
    line, email = found.checks
    whole = 61 / 202
    assert line.predicted == pytest.approx(60 * (50 + 2 * whole) / 102)
    assert (line.seen, line.is_as_predicted) == (3, False)
    assert (email.seen, email.is_as_predicted) == (4, True)


def test_a_channel_that_is_new_in_the_second_half_is_predicted_by_the_whole_and_with_little_trust() -> None:
    found = calibrate([Day(1, "line", Tried(100, 20)), Day(2, "email", Tried(100, 60))])

    assert found is not None
    (check,) = found.checks
    assert check.predicted == pytest.approx(100 * 21 / 102)
    assert (check.low, check.is_as_predicted) == (0.0, True)


def test_a_prediction_holds_as_often_as_it_says() -> None:
    generator, held = np.random.default_rng(1), 0
    for _ in range(400):
        chance = generator.random()
        came = generator.binomial([300, 120], chance)
        found = calibrate([Day(1, "x", Tried(300, int(came[0]))), Day(2, "x", Tried(120, int(came[1])))])
        assert found is not None
        held += found.checks[0].is_as_predicted

    # 380 of 400 are expected, and a few more as half a person is no matter; below 364 comes once in a thousand tries.
    assert held >= 364
    assert held < 400
