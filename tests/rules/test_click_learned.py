"""Links by heart: whatever was learned is found, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from referral.clicks.learned import Learned

CODES = st.integers(0, 36**8 - 1)


def found(learned: Learned, number: int) -> tuple[int, int, int, int] | None:
    """Give all that is known of a link: its id, its fan's, its channel's number and its campaign's id."""
    link = learned.find(number)
    return None if link is None else (*link[:2], *learned.kind(link[2]))


@given(st.dictionaries(CODES, st.tuples(CODES, CODES, st.integers(0, 255), CODES), max_size=200), CODES)
def test_what_was_learned_is_found_and_nothing_else(links: dict[int, tuple[int, int, int, int]], stranger: int) -> None:
    learned = Learned(len(links))

    for code, (link_id, fan_id, channel, campaign_id) in links.items():
        learned.add(code, link_id, fan_id, channel, campaign_id)

    assert len(learned) == len(links)
    assert {code: found(learned, code) for code in links} == links
    assert stranger in links or learned.find(stranger) is None


def test_what_is_learned_again_is_known_as_it_was_said_last() -> None:
    learned = Learned(1)

    learned.add(7, 1, 0, 3, 100)
    learned.add(7, 1, 5, 4, 200)

    assert found(learned, 7) == (1, 5, 4, 200)
    assert len(learned) == 1


def test_a_table_that_is_full_goes_on_answering() -> None:
    learned = Learned()

    for code in range(1_000):
        learned.add(code, code + 1, 0, 0, 1)

    assert 0 < len(learned) < 1_000
    assert found(learned, 0) == (1, 0, 0, 1)
    assert learned.find(999) is None
