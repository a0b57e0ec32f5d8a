"""How a volunteer's phone is paired: what its code looks like, how long it is good, and how its places are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from referral.errors import Invalid
from referral.events.rules.codes import fold
from referral.events.rules.terms import visible

TOKEN_SIGNS = 26
"""Signs of a pairing code: 130 random bits."""
PAIRING_MINUTES = 10
SECRET_PREFIX = "tg_"  # noqa: S105 - what every secret begins with, and no secret itself
NAME_LENGTH = 80
SEEN_SECONDS = 30
"""How often it is written down that a device was heard of."""
MOST_UNSENT = 1_000_000
MOST_OFFSET_MS = 366 * 86_400_000
"""A clock that is further off than a year is not remembered as a number."""

_SECRET = re.compile(r"tg_[A-Za-z0-9_-]{43}", re.ASCII)


class State(StrEnum):
    """Name where a pairing code stands."""

    FRESH = "fresh"
    USED = "used"
    EXPIRED = "expired"


def state(expires_at: datetime | None, revoked_at: datetime | None, now: datetime) -> State:
    """Tell where a pairing code stands; the moment at which it ends is taken away when it is used."""
    if expires_at is None:
        return State.USED
    return State.EXPIRED if revoked_at is not None or now >= expires_at else State.FRESH


def clean_token(text: str) -> str | None:
    """Take a pairing code as it was scanned or typed, in any case and with look-alikes folded; None for anything else.

    >>> clean_token("o" * 26)
    '00000000000000000000000000'
    """
    token = fold(text.strip())
    return token if token is not None and len(token) == TOKEN_SIGNS else None


def is_secret(text: str) -> bool:
    """Tell whether a text has the form of a device's secret."""
    return _SECRET.fullmatch(text) is not None


def payload(base_url: str, token: str) -> str:
    """Write what a pairing QR code holds.

    >>> payload("https://fair.example/", "0" * 26)
    'HTTPS://FAIR.EXAMPLE/G/PAIR/00000000000000000000000000'
    """
    there = urlsplit(base_url)
    return f"{there.scheme.upper()}://{there.netloc.upper()}{there.path.rstrip('/')}/G/PAIR/{token}"


def ends(now: datetime) -> datetime:
    """Tell when a pairing code made now ends."""
    return now + timedelta(minutes=PAIRING_MINUTES)


def clean_name(text: str) -> str:
    """Take the name of a device or of who carries it; raise Invalid `name_missing` or `name_too_long`."""
    name = visible(text[: 50 * NAME_LENGTH])
    if not name:
        raise Invalid("name_missing")
    if len(name) > NAME_LENGTH:
        raise Invalid("name_too_long", most=NAME_LENGTH)
    return name


def written_places(ids: Iterable[int]) -> str:
    """Write the places of a device as they are kept, in order; none of them stands for all.

    >>> written_places([12, 7, 12])
    '7 12'
    """
    return " ".join(str(number) for number in sorted(set(ids)))


def read_places(text: str) -> frozenset[int]:
    """Read the places of a device as they are kept; none stands for all.

    >>> sorted(read_places("7 12")), read_places("")
    ([7, 12], frozenset())
    """
    return frozenset(int(word) for word in text.split())


def may_be_at(places: str, place_id: int) -> bool:
    """Tell whether a device may scan at a place.

    >>> may_be_at("7 12", 12), may_be_at("7 12", 8), may_be_at("", 8)
    (True, False, True)
    """
    allowed = read_places(places)
    return not allowed or place_id in allowed


def is_due(last_seen_at: datetime | None, now: datetime) -> bool:
    """Tell whether to write down again that a device was heard of; a clock set back is no reason to wait."""
    return last_seen_at is None or not timedelta(0) <= now - last_seen_at < timedelta(seconds=SEEN_SECONDS)
