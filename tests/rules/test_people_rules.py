"""Who somebody is: names, addresses and numbers as people really type them, and when a mailed way in is good."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import Invalid
from referral.people.rules import (
    NAME_LENGTH,
    SIGN_IN_MAILS,
    SIGN_IN_TRIES,
    Contact,
    WayIn,
    clean_email,
    clean_name,
    clean_phone,
    clean_reference,
    first_name,
    good_until,
    is_good,
    mail_or_phone,
    may_mail,
    read_code,
)

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Siti   Rahma ", "Siti Rahma"),
        ("Zażółć Gęślą", "Zażółć Gęślą"),
        ("王小明", "王小明"),
        ("Ayu\x00Dewi", "AyuDewi"),
        ("Ayu\r\nBcc: all@example.org", "Ayu Bcc: all@example.org"),
        ("\u202eudiB\u202c", "udiB"),
        ("\u2066Ayu\u2069", "Ayu"),
        ("A\ufeffyu\u200b", "Ayu"),
        ("Ayu 🌺", "Ayu 🌺"),
        ("👩\u200d🌾", "👩\u200d🌾"),
        ("e\u0301va", "\u00e9va"),
        ("<b>Ayu</b>", "<b>Ayu</b>"),
        ("=2+3", "=2+3"),
    ],
)
def test_a_name_is_kept_as_it_was_typed_without_what_cannot_be_seen(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\x00", "\u202e\u202c", "\u200d", "\u200b \ufeff"])
def test_a_name_of_nothing_that_can_be_seen_is_no_name(typed: str) -> None:
    assert clean_name(typed) is None


@pytest.mark.parametrize("length", [NAME_LENGTH + 1, 10_000, 2_000_000])
def test_a_name_that_is_too_long_is_refused_and_not_cut(length: int) -> None:
    with pytest.raises(Invalid) as refused:
        clean_name("a" * length)

    assert (refused.value.code, refused.value.fields) == ("name_too_long", {"most": NAME_LENGTH})


@given(st.text(max_size=NAME_LENGTH))
def test_no_name_can_turn_a_line_around_or_break_it(typed: str) -> None:
    name = clean_name(typed)

    assert name is None or not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in name)
    assert name is None or clean_name(name) == name


@pytest.mark.parametrize(("name", "first"), [("Siti Rahma", "Siti"), ("王小明", "王小明"), (None, None)])
def test_other_fans_see_the_first_word_of_a_name(name: str | None, first: str | None) -> None:
    assert first_name(name) == first


# --- Mail and phone --------------------------------------------------------------------------------------------------


def test_a_mail_address_is_known_without_case_and_kept_as_it_was_typed() -> None:
    contact = Contact.of(email="  Ayu.Dewi@Example.ORG ")

    assert contact.email == "Ayu.Dewi@example.org"
    assert contact.email_key == "ayu.dewi@example.org"


@pytest.mark.parametrize(
    "typed",
    ["ayu", "ayu@", "@example.org", "a b@example.org", "a@b@example.org", "a@ex\x00ample.org", "a@" + "b" * 400],
)
def test_what_is_no_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_email(typed)

    assert refused.value.code == "email_invalid"


@pytest.mark.parametrize(
    ("typed", "locale", "number"),
    [
        ("0812-3456-7890", "id", "+6281234567890"),
        ("601 234 567", "pl", "+48601234567"),
        ("138 0013 8000", "zh_Hans", "+8613800138000"),
        ("+62 812 3456 7890", None, "+6281234567890"),
        ("+48601234567", "id", "+48601234567"),
        ("٠٨١٢٣٤٥٦٧٨٩٠", "id", "+6281234567890"),
    ],
)
def test_a_phone_number_is_read_as_people_at_home_write_it(typed: str, locale: str | None, number: str) -> None:
    assert clean_phone(typed, locale) == number


@pytest.mark.parametrize("typed", ["1", "12345678901234567890", "0812", "+", "phone", "0812\x00", "9" * 1000])
def test_what_is_no_phone_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_phone(typed, "id")

    assert refused.value.code == "phone_invalid"


def test_a_number_of_one_town_only_is_refused() -> None:
    with pytest.raises(Invalid):
        clean_phone("812345", "en")


def test_a_number_without_a_country_needs_one() -> None:
    with pytest.raises(Invalid):
        clean_phone("0812 3456 7890", None)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ayu@example.org", ("ayu@example.org", None)),
        ("0812 3456 7890", (None, "+6281234567890")),
    ],
)
def test_one_field_takes_a_mail_address_or_a_number(typed: str, read: tuple[str | None, str | None]) -> None:
    assert mail_or_phone(typed, "id") == read


@pytest.mark.parametrize(
    ("typed", "code"), [("", "contact_missing"), ("  ", "contact_missing"), ("Ayu", "contact_unreadable")]
)
def test_one_field_says_what_is_wrong_with_it(typed: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        mail_or_phone(typed, "id")

    assert refused.value.code == code


def test_somebody_needs_a_way_to_be_known() -> None:
    with pytest.raises(Invalid) as refused:
        Contact.of(name="Ayu", email=" ", phone="")

    assert refused.value.code == "contact_missing"


@pytest.mark.parametrize("reference", ["", " A-1", "A-1 ", "A\n1", "A\x001", "a" * 121])
def test_a_shops_reference_is_refused_where_it_could_not_be_told_from_another(reference: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_reference(reference)

    assert refused.value.code == "external_id_invalid"


# --- A mailed way in -------------------------------------------------------------------------------------------------


def test_a_way_in_is_good_for_ten_minutes() -> None:
    way = WayIn(good_until(NOON), None, 0)

    assert is_good(way, NOON + timedelta(minutes=10) - timedelta(milliseconds=1))
    assert not is_good(way, NOON + timedelta(minutes=10))


def test_a_way_in_is_good_once() -> None:
    assert not is_good(WayIn(good_until(NOON), NOON, 0), NOON)


def test_a_way_in_closes_after_five_wrong_codes() -> None:
    assert is_good(WayIn(good_until(NOON), None, SIGN_IN_TRIES - 1), NOON)
    assert not is_good(WayIn(good_until(NOON), None, SIGN_IN_TRIES), NOON)


@pytest.mark.parametrize("typed", ["K7M2Q9X0", "k7m2q9x0", " k7m2 q9xo ", "K7M2-Q9XO", "K7M2\u00a0Q9X0"])
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert read_code(typed) == "K7M2Q9X0"


def test_nobody_is_mailed_without_end() -> None:
    assert may_mail(SIGN_IN_MAILS - 1)
    assert not may_mail(SIGN_IN_MAILS)
