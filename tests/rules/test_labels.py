"""Columns of words are kept as small numbers, and read back as the words they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.labels import MOST, Labels, Names

columns = st.lists(st.one_of(st.none(), st.sampled_from(["line", "copy", "", "Żółw", "<b>"])), max_size=30)


@given(columns)
def test_every_word_is_read_back_as_it_was(words: list[str | None]) -> None:
    column = Labels.of(words)

    assert column.tolist() == words
    assert [column[row] for row in range(len(column))] == words
    assert len(set(column.names)) == len(column.names)
    assert column.names[0] is None


@given(columns, st.randoms(use_true_random=False))
def test_chosen_rows_keep_their_words(words: list[str | None], chance: object) -> None:
    rows = [row for row in range(len(words)) if chance.random() < 0.5]  # type: ignore[attr-defined]
    mask = np.isin(np.arange(len(words)), rows)

    column = Labels.of(words)

    assert column.take(np.array(rows, dtype=np.int64)).tolist() == [words[row] for row in rows]
    assert column.take(mask).tolist() == [words[row] for row in rows]


@given(columns)
def test_counts_and_masks_agree(words: list[str | None]) -> None:
    column = Labels.of(words)

    assert column.counts() == {word: words.count(word) for word in words}
    for word in (*words, "elsewhere"):
        assert column.mask(word).tolist() == [one == word for one in words]


def test_a_column_cannot_be_written_to() -> None:
    column = Labels.of(["line"])

    with pytest.raises(ValueError, match="read-only"):
        column.codes[0] = 0


def test_of_more_words_than_there_are_places_the_rarest_are_not_known() -> None:
    words = [f"w{number:05}" for number in range(MOST)]
    column = Labels.of([*words, *words[:-1]])

    found = column.tolist()

    assert len(column.names) == MOST
    assert found[: MOST - 1] == words[:-1]
    assert found[MOST - 1] is None


def test_a_column_that_grows_gives_each_word_its_place_for_good() -> None:
    names = Names(["line"])

    places = [names.code(word) for word in ("copy", None, "line", "copy")]

    assert places == [2, 0, 1, 2]
    assert names.known == (None, "line", "copy")
