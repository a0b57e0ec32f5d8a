"""The report says what the numbers bear, each thing with its proof, and nothing that they do not bear."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules import report as rules
from referral.spread.rules.bridges import Bridge, Opening
from referral.spread.rules.comparison import Contrast, Matched
from referral.spread.rules.concentration import concentration
from referral.spread.rules.curve import Plateau
from referral.spread.rules.forecast import Forecast
from referral.spread.rules.forest import Forest
from referral.spread.rules.growth import Growth, Interval
from referral.spread.rules.measures import measure
from referral.spread.rules.offspring import fit_negative_binomial
from referral.spread.rules.origins import Brought, Origins
from referral.spread.rules.report import PROOFS, Finding, report
from referral.spread.rules.roles import Carrier, Sleeper
from referral.spread.rules.study import Credited, Missing, Study, Worth, study

DAY = 86_400_000
NOW = 1_780_000_000_000  # 28 May 2026
WEEK = 7 * DAY


def studied(forest: Forest, now_ms: int = NOW) -> Study:
    return study(forest, measure(forest, now_ms, WEEK), now_ms=now_ms, ripening_ms=WEEK, seed=1)


@pytest.fixture(scope="module")
def plain() -> Study:
    """Study forty people who came a month ago, by themselves, and told nobody."""
    return studied(Forest.from_edges(range(40), [None] * 40, [NOW - 20 * DAY] * 40, [None] * 40))


def kinds(study: Study, **options: Any) -> list[str]:
    return [one.kind for one in report(study, most=99, **options)]


def found(study: Study, kind: str, **options: Any) -> Finding:
    [one] = [one for one in report(study, most=99, **options) if one.kind == kind]
    return one


def with_plateau(study: Study, **changes: Any) -> Study:
    usual = Plateau(k=0.8, low=0.7, high=0.92, age_ms=10 * DAY, at_risk=60, late_share=0.02)
    return replace(study, pace=replace(study.pace, plateau=replace(usual, **changes)))


# --- Little is there -------------------------------------------------------------------------------------------------


def test_of_nobody_nothing_is_said() -> None:
    assert report(studied(Forest.from_edges([], [], [], []))) == ()


@pytest.mark.parametrize("people", [1, 2, 5])
def test_of_a_handful_it_is_said_that_it_is_too_early(people: int) -> None:
    came = [NOW - DAY + row for row in range(people)]
    few = studied(Forest.from_edges(range(people), [None, *[0] * (people - 1)], came, [None] * people))

    assert kinds(few) == ["reach", "early"]
    assert found(few, "early").facts["ripe"] == 0


def test_that_nobody_told_anybody_is_said_once_enough_had_their_time(plain: Study) -> None:
    assert kinds(plain) == ["reach", "silent"]
    assert found(plain, "silent").facts["k"] == 0


# --- K, and what is ahead --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "k_below"),
        ({"low": 0.7, "high": 1.0}, "k_open"),
        ({"k": 1.1, "low": 0.98, "high": 1.3}, "k_open"),
        ({"k": 1.2, "low": 1.01, "high": 1.3}, "k_above"),
        ({"late_share": 0.3}, "k_rising"),
        ({"k": 0.0, "low": 0.0, "high": 0.1, "late_share": None}, "silent"),
    ],
)
def test_of_k_no_more_is_said_than_its_interval_allows(plain: Study, changes: dict[str, Any], kind: str) -> None:
    one = [name for name in kinds(with_plateau(plain, **changes)) if name.startswith(("k_", "silent", "early"))]

    assert one == [kind]


def test_with_few_ripe_fans_k_is_spoken_of_only_where_the_curve_rests(plain: Study) -> None:
    young = replace(plain, offspring=(20, 5))

    assert "early" in kinds(with_plateau(young, late_share=0.4))
    assert "k_below" in kinds(with_plateau(young, late_share=0.01))


@pytest.mark.parametrize(
    ("changes", "is_said"),
    [
        ({"k": 1.3, "low": 1.1, "high": 1.5}, True),
        ({"k": 1.3, "low": 0.9, "high": 1.5}, False),
        ({"k": 1.3, "low": 1.1, "high": 1.5, "late_share": 0.3}, False),
    ],
)
def test_a_story_is_said_to_double_only_where_k_is_surely_above_one(
    plain: Study, changes: dict[str, Any], is_said: bool
) -> None:
    growing = with_plateau(plain, **changes)
    growing = replace(growing, pace=replace(growing.pace, growth=Growth(0.077, 9.0 * 86_400, None)))

    assert ("doubling" in kinds(growing)) == is_said


FORESEEN = Forecast(reach=100, k=0.7, dispersion=0.3, still_to_tell=12, mean=143, low=120, median=140, high=170)


def test_what_is_still_to_come_is_said_with_its_band(plain: Study) -> None:
    ending = with_plateau(replace(plain, forecast=FORESEEN))

    assert found(ending, "dying").facts == {"low": 20, "median": 40, "high": 70}


@pytest.mark.parametrize(
    ("forecast", "plateau", "kind"),
    [
        (FORESEEN, {"high": 1.1}, "expected"),
        (replace(FORESEEN, high=None), {}, None),
        (replace(FORESEEN, median=None, high=None), {}, None),
        (Forecast(reach=100, k=1.2, reason="growing"), {}, None),
        (FORESEEN, {"late_share": 0.3}, None),
    ],
)
def test_a_story_is_said_to_die_out_only_where_it_surely_does(
    plain: Study, forecast: Forecast, plateau: dict[str, Any], kind: str | None
) -> None:
    said = kinds(with_plateau(replace(plain, forecast=forecast), **plateau))

    assert [name for name in said if name in ("dying", "expected")] == ([kind] if kind else [])


def test_of_a_campaign_that_is_over_nothing_is_foretold_or_asked(plain: Study) -> None:
    sleeper = Sleeper(3, 1, 12, 20, NOW - 9 * DAY, 9 * DAY, DAY / 2, 0.001)
    ended = with_plateau(replace(plain, forecast=FORESEEN, sleepers=(sleeper,)))

    assert {"dying", "sleeper"} <= set(kinds(ended))
    assert not {"dying", "sleeper"} & set(kinds(ended, is_over=True))


# --- Where people came from ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"high": 1.1}, {"low": 1.01, "high": 1.3}, {"late_share": 0.3}])
def test_of_a_campaign_that_is_over_it_is_said_what_a_fan_brought_and_not_where_it_leads(
    plain: Study, changes: dict[str, Any]
) -> None:
    assert [one for one in kinds(with_plateau(plain, **changes), is_over=True) if one[:2] == "k_"] == ["k_was"]


def came(*brought: int, arrivals: int = 100, tellers: int = 40, **changes: Any) -> Origins:
    first = tuple(Brought(fan, people) for fan, people in enumerate(brought))
    whole = Origins(1_777_593_600_000, arrivals, sum(brought), tellers, first, None, ((None, arrivals),))
    return replace(whole, **changes)


@pytest.mark.parametrize(
    ("origins", "fans"),
    [
        (came(30, 5, 5), 1),
        (came(16, 15, 2), 2),
        (came(15, 14, 12), 3),
        (came(10, 10, 9), None),
        (came(30, arrivals=29), None),
        (came(15, 14, 12, tellers=8), None),
    ],
)
def test_few_are_said_to_have_brought_many_only_where_they_did(
    plain: Study, origins: Origins, fans: int | None
) -> None:
    month = replace(plain, month=origins)

    assert [len(one.facts["fans"]) for one in report(month, most=99) if one.kind == "few"] == ([fans] if fans else [])


def test_three_who_brought_much_of_a_month_are_named_with_their_share(plain: Study) -> None:
    one = found(replace(plain, month=came(15, 14, 12)), "few")

    assert (one.facts["fans"], one.facts["share"], one.facts["start_ms"]) == ([0, 1, 2], 0.41, 1_777_593_600_000)


def test_where_too_few_came_in_the_month_it_is_said_of_everybody(plain: Study) -> None:
    one = found(replace(plain, month=came(9, arrivals=9), whole=came(30, start_ms=None)), "few")

    assert one.facts["start_ms"] is None


@pytest.mark.parametrize(("half", "is_said"), [(10, True), (11, False), (None, False)])
def test_that_some_brought_half_is_said_where_they_are_a_quarter_of_those_who_told(
    plain: Study, half: int | None, is_said: bool
) -> None:
    assert ("half_by_few" in kinds(replace(plain, month=came(9, 9, half=half)))) == is_said


@pytest.mark.parametrize(
    ("channels", "named"),
    [
        ((("line", 50), ("copy", 30), ("qr", 20)), ["line"]),
        ((("line", 40), ("copy", 30), ("qr", 30)), ["line", "copy"]),
        (((None, 60), ("line", 30), ("copy", 10)), None),
        ((("line", 100),), None),
        ((("line", 20), ("copy", 20), ("qr", 20), ("x", 20), ("email", 20)), None),
    ],
)
def test_half_of_a_month_is_said_to_have_come_by_a_channel_or_two(
    plain: Study, channels: tuple[tuple[str | None, int], ...], named: list[str] | None
) -> None:
    said = [one for one in report(replace(plain, month=came(channels=channels)), most=99) if "channels" in one.facts]

    assert [one.facts["channels"] for one in said] == ([named] if named else [])


@pytest.mark.parametrize(
    ("ends", "generation"), [((3, 40, 5), 2), ((30, 30), None), ((11, 9), None), ((19,), None), ((26, 14), None)]
)
def test_most_branches_are_said_to_end_somewhere_only_where_most_surely_do(
    plain: Study, ends: tuple[int, ...], generation: int | None
) -> None:
    said = [one.facts["generation"] for one in report(replace(plain, endings=ends), most=99) if one.kind == "ends"]

    assert said == ([generation] if generation else [])


# --- Who -------------------------------------------------------------------------------------------------------------


def missed(fan: int, generation: int, below: int) -> Missing:
    return Missing(Bridge(fan, generation, 3, below, 0, None), None)


def test_who_would_be_missed_is_not_who_began_a_tree(plain: Study) -> None:
    bridges = (missed(1, 0, 80), missed(2, 1, 63), missed(3, 2, 40))

    assert found(replace(plain, bridges=bridges), "bridge").facts == {"fan": 2, "generation": 1, "people": 63}
    assert "bridge" not in kinds(replace(plain, bridges=(missed(1, 0, 80), missed(2, 1, 4))))


def test_somebody_is_said_to_carry_it_only_where_chance_does_not_explain_it(plain: Study) -> None:
    proven, lucky = Carrier(5, 1, 14, 20, 9.0, 5.5), Carrier(5, 1, 14, 20, 9.0, 1.2)

    assert found(with_plateau(replace(plain, carriers=(proven,))), "carrier").facts["at_least"] == 5.5
    assert "carrier" not in kinds(with_plateau(replace(plain, carriers=(lucky,))))
    assert "carrier" not in kinds(with_plateau(replace(plain, carriers=(replace(proven, at_least=None),))))


def test_who_told_the_first_reader_of_a_language_is_named(plain: Study) -> None:
    openings = (
        Opening("en", 1, None, NOW, 90),
        Opening("id", 2, 1, NOW, 4),
        Opening("pl", 3, 7, NOW, 34),
        Opening("zh_Hans", 9, 1, NOW, 12),
    )

    one = found(replace(plain, openings=openings), "into_language")

    assert (one.facts["fan"], one.facts["language"], one.facts["people"]) == (7, "pl", 34)
    assert "into_language" not in kinds(replace(plain, openings=openings[:2]))


# --- Comparisons -----------------------------------------------------------------------------------------------------


def contrast(low: float | None, high: float | None, reason: str | None = None) -> Contrast:
    middle = None if low is None or high is None else (low + high) / 2
    none = Matched("virality", None, None, None, None)
    depth = Matched("depth", 3.0, middle, low, high)
    return Contrast("line", "email", (50, 60), 40, "trees", (depth, replace(none, measure="mean_depth"), none), reason)


def test_a_channel_is_said_to_run_deeper_only_where_the_range_at_equal_size_leaves_out_zero(plain: Study) -> None:
    one = found(replace(plain, channels=(contrast(0.2, 0.6),)), "deeper")

    assert (one.facts["first"], one.facts["second"]) == ("line", "email")
    assert (one.facts["low"], one.facts["high"]) == (0.2, 0.6)
    for unclear in (contrast(-0.1, 0.6), contrast(0.0, 0.6), contrast(None, None, "too_few")):
        assert "deeper" not in kinds(replace(plain, channels=(unclear,)))


def test_a_difference_is_told_from_the_deeper_side(plain: Study) -> None:
    one = found(replace(plain, channels=(contrast(-0.6, -0.2),)), "deeper")

    assert (one.facts["first"], one.facts["second"]) == ("email", "line")
    assert (one.facts["low"], one.facts["difference"], one.facts["high"]) == (0.2, 0.4, 0.6)


def test_that_channels_are_alike_is_said_only_where_they_could_be_compared(plain: Study) -> None:
    assert "alike" in kinds(replace(plain, channels=(contrast(-0.2, 0.3),)))
    assert "alike" not in kinds(replace(plain, channels=(contrast(None, None, "too_few"),)))


# --- Money and the rest ----------------------------------------------------------------------------------------------

BOUGHT = Worth(total=1_000, unshared=380, tellers=20, first=(Credited(4, 80), Credited(5, 60)))


def test_what_a_word_was_worth_is_said_to_those_who_may_see_money(plain: Study) -> None:
    sold = replace(plain, worth=BOUGHT)

    assert found(sold, "told_money").facts == {"amount": 620, "share": 0.62}
    assert found(sold, "word_worth").facts == {"fan": 4, "amount": 80, "share": 0.08}
    assert not {"told_money", "word_worth"} & set(kinds(sold, sees_money=False))
    assert "word_worth" not in kinds(replace(plain, worth=replace(BOUGHT, first=(Credited(4, 49),))))
    assert "told_money" not in kinds(replace(plain, worth=replace(BOUGHT, unshared=1_000)))


def test_nothing_of_money_is_said_to_those_who_may_not_see_it() -> None:
    for one in report(everything(), sees_money=False, most=99):
        assert "amount" not in one.facts
        assert not one.is_money


def test_the_weightiest_come_first_and_no_more_than_asked_for() -> None:
    said = report(everything(), most=5)

    assert len(said) == 5
    assert [one.weight for one in said] == sorted((one.weight for one in said), reverse=True)
    assert said[0].kind == "reach"


def everything() -> Study:
    """Study a story that has a bit of everything."""
    forest = Forest.from_edges(range(40), [None, *[0] * 39], [NOW - 20 * DAY + row for row in range(40)], ["qr"] * 40)
    whole = with_plateau(studied(forest))
    interval = Interval(None, 39, 20.0, 0.9, 10.0, 20.0, 30.0, 22.0)
    return replace(
        whole,
        pace=replace(whole.pace, interval=interval),
        forecast=FORESEEN,
        worth=BOUGHT,
        value=concentration(np.array([100, 100, *[1] * 30])),
        month=came(15, 14, 12, channels=(("line", 60), ("copy", 40))),
        endings=(3, 40, 5),
        bridges=(missed(2, 1, 63),),
        carriers=(Carrier(5, 1, 14, 20, 9.0, 5.5),),
        sleepers=(Sleeper(3, 1, 12, 20, NOW - 9 * DAY, 9 * DAY, DAY / 2, 0.001),),
        openings=(Opening("pl", 3, 7, NOW, 34),),
        channels=(contrast(0.2, 0.6),),
        fit=fit_negative_binomial(np.array([70, 12, 8, 4])),
        offspring=(70, 12, 8, 4),
    )


def test_what_half_of_the_money_came_from_how_long_it_takes_and_who_tells_nobody_is_said_of_enough_people() -> None:
    whole = everything()

    assert found(whole, "half_of_money").facts == {"number": 2, "buyers": 32}
    assert found(whole, "cycle").facts == {"seconds": 20.0, "introductions": 39}
    assert found(whole, "steps").facts == {"steps": pytest.approx(1.95), "people": 40}
    assert found(whole, "quiet").facts["share"] == 70 / 94
    few = replace(whole, value=concentration(np.array([100, 1, 1])), offspring=(20, 4))
    assert not {"half_of_money", "quiet"} & set(kinds(few))


@given(
    people=st.integers(1, 60),
    seed=st.integers(0, 1_000),
    roots=st.floats(0.02, 1),
    days=st.integers(0, 90),
)
def test_whatever_the_story_each_finding_has_a_proof_and_numbers_that_are_numbers(
    people: int, seed: int, roots: float, days: int
) -> None:
    rng = np.random.default_rng(seed)
    tellers = [None if row == 0 or rng.random() < roots else int(rng.integers(row)) for row in range(people)]
    at = NOW - days * DAY + np.sort(rng.integers(0, days * DAY + 1, people))
    channels = [str(one) for one in rng.choice(["line", "qr"], people)]
    values = [int(one) for one in rng.integers(0, 50, people)]
    story = Forest.from_edges(range(people), tellers, [int(one) for one in at], channels, values)

    said = report(studied(story), most=99)

    assert {one.proof for one in said} <= set(PROOFS)
    assert len({one.kind for one in said if one.kind != "deeper"}) == len([one for one in said if one.kind != "deeper"])
    for one in said:
        numbers = [value for value in one.facts.values() if isinstance(value, float)]
        assert np.isfinite(numbers).all()
        if {"low", "high"} <= one.facts.keys():
            assert one.facts["low"] <= one.facts["high"]


@pytest.mark.parametrize(("part", "whole"), [(0, 10), (10, 10), (1, 2)])
def test_the_interval_of_a_share_holds_it_and_stays_between_nothing_and_all(part: int, whole: int) -> None:
    low, high = rules.share_interval(part, whole)

    assert 0 <= low <= part / whole <= high <= 1
