"""Codes: made, typed, misread, and parted from what a share button puts behind them."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.links import rules
from referral.plumbing.ids import ALPHABET

CODES = st.text(alphabet=ALPHABET, min_size=rules.LENGTH, max_size=rules.LENGTH)


def misread(code: str, choices: random.Random) -> str:
    """Type a code as people do: in any case, and with the letters its digits look like."""
    lookalikes = {"0": "0oO", "1": "1iIlL"}
    return "".join(choices.choice(lookalikes.get(sign, sign + sign.lower())) for sign in code)


def test_a_new_code_is_eight_signs_that_are_not_mistaken_for_each_other() -> None:
    source = random.Random(7)

    codes = [rules.new_code(source.getrandbits) for _ in range(2_000)]

    assert all(len(code) == 8 and set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for code in codes)
    assert len(set(codes)) == 2_000


def test_every_sign_comes_up_equally_often_in_every_place() -> None:
    source = random.Random(11)

    codes = [rules.new_code(source.getrandbits) for _ in range(16_000)]

    for place in range(8):
        counts = [sum(code[place] == sign for code in codes) for sign in ALPHABET]
        assert all(380 < count < 620 for count in counts), f"place {place}: {counts}"


def test_a_rude_word_is_drawn_again() -> None:
    draws = iter([number_of("AAFVCKAA"), number_of("K7M2Q9XD")])

    code = rules.new_code(lambda bits: next(draws))

    assert code == "K7M2Q9XD"


@pytest.mark.parametrize("code", ["AAFVCKAA", "0SH1T000", "KVRWA999", "9BAB1999", "K0NT0177", "N1GGXXXX", "ZZ5EXZZZ"])
def test_a_word_is_rude_in_digits_too(code: str) -> None:
    assert rules.is_offensive(code)


def test_hardly_any_code_is_drawn_again() -> None:
    source = random.Random(3)

    rude = sum(rules.is_offensive(rules.new_code(source.getrandbits)) for _ in range(1_000))
    drawn = ["".join(source.choices(ALPHABET, k=8)) for _ in range(20_000)]

    assert rude == 0
    assert sum(map(rules.is_offensive, drawn)) < 20_000 * 0.01


@given(CODES, st.randoms(use_true_random=False))
def test_a_code_survives_any_case_and_look_alikes(code: str, choices: random.Random) -> None:
    typed = misread(code, choices)

    assert rules.fold(typed) == code


@given(st.text(max_size=12) | CODES)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = rules.fold(text)

    assert once is None or rules.fold(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K7M2Q9X",
        "K7M2Q9XDD",
        "K7M2Q9XU",
        "K7M2\x00Q9X",
        "K7M2 9XD",
        "K7M2-9XD",
        "K7M2Q9Xé",
        "K7M2Q9Xı",
        "ＫＫＫＫ７７７７",
    ],
)
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert rules.fold(text) is None


def test_a_text_of_megabytes_is_refused_without_being_read() -> None:
    text = "K7M2Q9XD" * 1_000_000

    start = time.perf_counter()
    for _ in range(1_000):
        assert rules.fold(text) is None
        assert rules.split(text) == (None, None)

    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(("suffix", "channel"), rules.SUFFIXES.items())
def test_a_suffix_tells_the_channel_in_any_case(suffix: str, channel: str) -> None:
    assert rules.split(f"k7m2q9xd.{suffix}") == ("K7M2Q9XD", channel)
    assert rules.split(f"K7M2Q9XD.{suffix.upper()}") == ("K7M2Q9XD", channel)


@pytest.mark.parametrize("path", ["K7M2Q9XD", "K7M2Q9XD.", "K7M2Q9XD...", "K7M2Q9XD.zz", "K7M2Q9XD.wa.tg"])
def test_a_code_counts_whatever_stands_behind_it(path: str) -> None:
    assert rules.split(path) == ("K7M2Q9XD", None)


@pytest.mark.parametrize("path", ["", ".", ".wa", "about.wa", "K7M2Q9XD/wa", "K7M2Q9XU.wa", "K7M2Q9XD" + "." * 4_096])
def test_a_path_without_a_code_is_nothing(path: str) -> None:
    assert rules.split(path) == (None, None)


@given(st.text(max_size=40))
def test_any_path_is_answered(path: str) -> None:
    code, channel = rules.split(path)

    assert code is None or rules.fold(code) == code
    assert channel is None or (code is not None and channel in rules.SUFFIXES.values())


@pytest.mark.parametrize(
    ("link", "suffix", "upper_case", "channel"),
    [
        ("poster", "whatsapp", True, "whatsapp"),
        (None, "telegram", False, "telegram"),
        ("poster", None, True, "poster"),
        ("mailing", None, False, "mailing"),
        (None, None, True, "qr"),
        (None, None, False, "copy"),
    ],
)
def test_a_visit_came_by_its_suffix_then_its_link_then_its_path(
    link: str | None, suffix: str | None, upper_case: bool, channel: str
) -> None:
    assert rules.channel_of_visit(link, suffix, upper_case) == channel


def test_every_channel_has_a_letter_of_its_own() -> None:
    letters = [channel.letter for channel in rules.CHANNELS]
    names = [channel.name for channel in rules.CHANNELS]

    assert len(set(letters)) == len(letters) == len(set(names)) == 14
    assert set(rules.SUFFIXES.values()) <= set(names)


def number_of(code: str) -> int:
    number = 0
    for sign in code:
        number = number << 5 | ALPHABET.index(sign)
    return number
