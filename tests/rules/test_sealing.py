"""Names on a gate's device open with the code on the visitor's own pass, and with nothing else."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from referral.events.rules.sealing import seal, shown_name, unseal

codes = st.text(min_size=1, max_size=60)
words = st.none() | st.text(max_size=80)


@given(st.binary(min_size=16, max_size=16), codes, words, words)
def test_a_code_opens_what_was_sealed_with_it(salt: bytes, code: str, name: str | None, label: str | None) -> None:
    assert unseal(salt, code, seal(salt, code, name, label)) == (name, label)


@given(codes, codes)
def test_another_code_opens_nothing(code: str, other: str) -> None:
    assume(code != other)

    assert unseal(b"salt", other, seal(b"salt", code, "Siti R.", None)) is None


def test_the_same_code_at_another_event_opens_nothing() -> None:
    assert unseal(b"other", "TICKET", seal(b"salt", "TICKET", "Siti R.", None)) is None


@given(st.integers(0, 200))
def test_a_sealed_name_that_was_changed_opens_nothing(place: int) -> None:
    sealed = seal(b"salt", "TICKET", "Siti R.", "Speaker")
    place %= len(sealed)

    assert unseal(b"salt", "TICKET", sealed[:place] + bytes((sealed[place] ^ 1,)) + sealed[place + 1 :]) is None


def test_a_sealed_name_says_nothing_readable() -> None:
    sealed = seal(b"salt", "TICKET", "Siti R.", "Speaker")

    assert b"Siti" not in sealed
    assert b"Speaker" not in sealed
    assert seal(b"salt", "OTHER", "Siti R.", "Speaker") != sealed


NAMES = [
    (None, None),
    ("", None),
    ("  ", None),
    ("Ayu", "Ayu"),
    ("Siti Rahma", "Siti R."),
    ("Siti Nur Rahma", "Siti R."),
    ("Łukasz Żółć", "Łukasz Ż."),
    ("王小明", "王小明"),
]


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_a_gate_shows_a_first_name_and_an_initial(name: str | None, shown: str | None) -> None:
    assert shown_name(name) == shown
