"""How a volunteer's phone is paired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from referral.errors import Invalid
from referral.events.rules import pairing
from referral.events.rules.pairing import State
from referral.links.qr import modules

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TOKEN = "7KM2Q9XD0000ABCDEFGHJKMNPQ"


def test_a_pairing_code_is_good_until_the_tenth_minute_is_over() -> None:
    ends = pairing.ends(NOW)

    assert pairing.state(ends, None, NOW + timedelta(minutes=10, milliseconds=-1)) is State.FRESH
    assert pairing.state(ends, None, NOW + timedelta(minutes=10)) is State.EXPIRED


def test_a_code_whose_device_was_revoked_before_it_was_used_is_good_for_nothing() -> None:
    assert pairing.state(pairing.ends(NOW), NOW, NOW) is State.EXPIRED


def test_a_code_that_was_used_stays_used_however_late() -> None:
    assert pairing.state(None, None, NOW + timedelta(days=9)) is State.USED


@pytest.mark.parametrize("written", [TOKEN, TOKEN.lower(), f" {TOKEN}\n", TOKEN.replace("0", "o")])
def test_a_code_is_read_in_any_case_and_with_look_alikes(written: str) -> None:
    assert pairing.clean_token(written) == TOKEN


@pytest.mark.parametrize("written", ["", TOKEN[1:], TOKEN + "0", TOKEN.replace("7", "U"), "ＫＭ" * 13, "\0" * 26])
def test_what_is_no_code_is_not_read_as_one(written: str) -> None:
    assert pairing.clean_token(written) is None


def test_the_code_on_the_organisers_screen_stays_small() -> None:
    shown = pairing.payload("https://fair.example.org", TOKEN)

    assert shown == f"HTTPS://FAIR.EXAMPLE.ORG/G/PAIR/{TOKEN}"
    assert len(modules(shown)) <= 29 + 8


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("tg_" + "a" * 43, True), ("tg_" + "a" * 42, False), ("tk_" + "a" * 43, False), ("tg_" + "ü" * 43, False)],
)
def test_a_secret_has_a_form_of_its_own(text: str, is_one: bool) -> None:
    assert pairing.is_secret(text) is is_one


@given(some.frozensets(some.integers(1, 2**63 - 1), max_size=20))
def test_places_are_read_as_they_were_written(places: frozenset[int]) -> None:
    assert pairing.read_places(pairing.written_places(places)) == places


@given(some.frozensets(some.integers(1, 9), min_size=1), some.integers(1, 9))
def test_a_device_of_some_places_may_be_at_no_other(places: frozenset[int], place: int) -> None:
    assert pairing.may_be_at(pairing.written_places(places), place) is (place in places)


def test_a_device_without_places_may_be_at_all() -> None:
    assert pairing.may_be_at("", 7)


@pytest.mark.parametrize(("seconds", "due"), [(0, False), (29, False), (30, True), (3600, True), (-1, True)])
def test_that_a_device_was_heard_of_is_written_down_every_thirty_seconds(seconds: int, due: bool) -> None:
    assert pairing.is_due(NOW, NOW + timedelta(seconds=seconds)) is due


def test_a_device_that_was_never_heard_of_is_written_down_at_once() -> None:
    assert pairing.is_due(None, NOW)


@pytest.mark.parametrize(
    ("text", "code"), [("", "name_missing"), ("\u200b\0", "name_missing"), ("a" * 81, "name_too_long")]
)
def test_a_device_needs_a_name_that_can_be_read(text: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        pairing.clean_name(text)


def test_a_name_is_kept_on_one_line() -> None:
    assert pairing.clean_name("  Ayu\n at the\tdoor ") == "Ayu at the door"
