"""Who somebody is: how names, mail addresses and phone numbers are read, and when a mailed way in is good."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from referral.errors import Invalid

NAME_LENGTH = 80
EXTERNAL_ID_LENGTH = 120
SIGN_IN_MINUTES = 10
SIGN_IN_TRIES = 5
_REGIONS = {"id": "ID", "pl": "PL", "zh_Hans": "CN"}
SIGN_IN_MAILS = 5
_LOOK_ALIKES = str.maketrans("OIL", "011")
_JOINERS = {"\u200d", "\u200c"}  # zero-width joiners hold emoji and Persian words together; they stay


@dataclass(frozen=True)
class Contact:
    """Hold who somebody says they are, cleaned; any of the three references may identify them."""

    name: str | None
    email: str | None
    phone: str | None
    external_id: str | None
    locale: str | None

    @classmethod
    def of(
        cls,
        *,
        name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        external_id: str | None = None,
        locale: str | None = None,
        currency: str | None = None,
    ) -> Contact:
        """Clean and check what was given.

        Raises:
            Invalid: `name_too_long`, `email_invalid`, `phone_invalid`, `external_id_invalid`, or `contact_missing`
                where none of mail, phone and external id is there.
        """
        contact = cls(
            name=clean_name(name) if name else None,
            email=clean_email(email) if email and email.strip() else None,
            phone=clean_phone(phone, locale, currency) if phone and phone.strip() else None,
            external_id=clean_reference(external_id) if external_id is not None else None,
            locale=locale,
        )
        if not (contact.email or contact.phone or contact.external_id):
            raise Invalid("contact_missing")
        return contact

    @property
    def email_key(self) -> str | None:
        """Give the form of the mail address under which a person is known once."""
        return self.email.casefold() if self.email else None


def clean_name(text: str) -> str | None:
    """Take a name as it was typed, without what cannot be seen or would turn the line around.

    Raises:
        Invalid: `name_too_long`, above 80 characters.
    """
    if len(text) > 50 * NAME_LENGTH:
        raise Invalid("name_too_long", most=NAME_LENGTH)
    kept = "".join(
        " " if unicodedata.category(sign) in {"Zs", "Zl", "Zp", "Cc"} else sign
        for sign in unicodedata.normalize("NFC", text)
        if sign in _JOINERS or (unicodedata.category(sign) not in {"Cf", "Cs", "Co", "Cn"} and sign != "\0")
    )
    name = " ".join(kept.split()).strip("".join(_JOINERS))
    if len(name) > NAME_LENGTH:
        raise Invalid("name_too_long", most=NAME_LENGTH)
    return name or None


def clean_email(text: str) -> str:
    """Take a mail address in its normal form; raise Invalid `email_invalid` where it is not one."""
    if len(text) > 320:
        raise Invalid("email_invalid")
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid("email_invalid") from error


def clean_phone(text: str, locale: str | None = None, currency: str | None = None) -> str:
    """Take a phone number as E.164; without a country code it is one of the locale's country, else of the currency's.

    English says nothing of where somebody is. A currency does: its code begins with its country's (ISO 4217).

    >>> clean_phone("0812-3456-7890", "id"), clean_phone("0812-3456-7890", "en", "IDR")
    ('+6281234567890', '+6281234567890')
    """
    if len(text) > 40:
        raise Invalid("phone_invalid")
    home = (currency or "")[:2]
    region = _REGIONS.get(locale or "") or (home if home in phonenumbers.SUPPORTED_REGIONS else None)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise Invalid("phone_invalid") from error
    # A number that works within one town only (as `is_possible_number` would allow) tells nobody apart.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise Invalid("phone_invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def clean_reference(text: str) -> str:
    """Take a reference of the shop's: 1 to 120 visible characters; raise Invalid `external_id_invalid` otherwise."""
    if not 1 <= len(text) <= EXTERNAL_ID_LENGTH or not text.isprintable() or text != text.strip():
        raise Invalid("external_id_invalid", most=EXTERNAL_ID_LENGTH)
    return text


def mail_or_phone(text: str, locale: str | None, currency: str | None = None) -> tuple[str | None, str | None]:
    """Read the one field of the join form: a text with an @ is a mail address, else a phone number."""
    if not text.strip():
        raise Invalid("contact_missing")
    if "@" in text:
        return clean_email(text), None
    if not re.search(r"\d", text):
        raise Invalid("contact_unreadable")
    return None, clean_phone(text, locale, currency)


def first_name(name: str | None) -> str | None:
    """Give the first word of a name, which is all that other fans ever see.

    >>> first_name("Siti Rahma")
    'Siti'
    """
    return name.split()[0] if name else None


def read_code(text: str) -> str:
    """Read a mailed code as somebody typed it: without case, spaces and hyphens, look-alikes folded.

    >>> read_code(" k7m2-q9xo ")
    'K7M2Q9X0'
    """
    return "".join(sign for sign in text[:40].upper() if sign.isalnum()).translate(_LOOK_ALIKES)


@dataclass(frozen=True)
class WayIn:
    """Hold what decides whether a mailed way in is still good."""

    expires_at: datetime
    used_at: datetime | None
    tries: int


def good_until(asked_at: datetime) -> datetime:
    """Tell until when a way in that is asked for now is good."""
    return asked_at + timedelta(minutes=SIGN_IN_MINUTES)


def is_good(way: WayIn, now: datetime) -> bool:
    """Tell whether a way in may be used: not used yet, not run out, not tried too often."""
    return way.used_at is None and now < way.expires_at and way.tries < SIGN_IN_TRIES


def may_mail(asked_lately: int) -> bool:
    """Tell whether one more way in may be mailed to somebody who was mailed so many while one is good.

    Whoever types somebody else's address over and over must not fill their mailbox.
    """
    return asked_lately < SIGN_IN_MAILS
