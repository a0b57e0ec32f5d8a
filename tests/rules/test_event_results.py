"""What became of an event: counts that add up, and who stayed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from referral.events.rules.results import STAYED_MS, Came, results

maybe = st.none() | st.integers(1, 4)
CAME = st.builds(
    Came,
    fan_id=maybe,
    introducer_id=maybe,
    link_id=maybe,
    channel=st.sampled_from([None, "whatsapp", "poster"]),
    generation=maybe,
    language=st.sampled_from([None, "en", "id"]),
    days=st.integers(1, 3),
    visits=st.integers(0, 2),
    longest_ms=st.integers(0, 2 * STAYED_MS),
)


@given(st.lists(CAME), st.lists(CAME))
def test_each_table_counts_everybody_it_can_name_once(came: list[Came], stayed_away: list[Came]) -> None:
    found = results([*came, *stayed_away], came)

    for lines, name in (
        (found.introducers, lambda one: one.introducer_id),
        (found.channels, lambda one: one.channel),
        (found.generations, lambda one: one.generation),
        (found.languages, lambda one: one.language),
    ):
        named = [one for one in came if name(one) is not None]
        assert sum(line.came for line in lines) == len(named)
        assert sum(line.stayed for line in lines) == sum(one.stayed for one in named)
        assert all(line.stayed <= line.came <= line.passes for line in lines)
    assert found.told + found.by_place <= found.came == len(came)


def test_somebody_stayed_who_came_again_went_to_a_booth_or_was_there_an_hour_later() -> None:
    short = Came(1, None, None, None, 0, "en", days=1, visits=0, longest_ms=STAYED_MS - 1)

    assert not short.stayed
    assert short._replace(days=2).stayed
    assert short._replace(visits=1).stayed
    assert short._replace(longest_ms=STAYED_MS).stayed


def test_each_arrival_costs_its_part_and_without_arrivals_nothing_is_said() -> None:
    one = Came(1, None, None, None, 0, "en", 1, 0, 0)

    assert results([one] * 3, [one] * 3).cost_of_one(1000) == 333
    assert results([one] * 3, [one] * 2).cost_of_one(5) == 3
    assert results([one] * 3, [one] * 2).cost_of_one(None) is None
    assert results([one], []).cost_of_one(1000) is None


def test_generations_are_listed_in_their_order_and_all_else_by_arrivals() -> None:
    deep = [Came(1, 9, None, "x", generation, "en", 1, 0, 0) for generation in (2, 2, 2, 0, 10)]

    found = results(deep, deep)

    assert [line.key for line in found.generations] == [0, 2, 10]
    assert [line.came for line in found.introducers] == [5]
