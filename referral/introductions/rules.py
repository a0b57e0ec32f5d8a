"""How somebody who was told becomes a fan: who counts as the teller, and in which generation they stand."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from referral.errors import Invalid
from referral.people.rules import Contact, clean_name


@dataclass(frozen=True)
class Teller:
    """Name who told somebody: a fan, through one of their links, or one of the brand's own links (no fan)."""

    link_id: int | None
    fan_id: int | None
    generation: int | None
    channel: str | None = None


@dataclass(frozen=True)
class Arrival:
    """Hold that somebody came: who, told by whom, how and when."""

    contact: Contact
    told_by: Teller | None
    channel: str | None
    at: datetime
    click_id: int | None = None
    shows_name: bool = False


@dataclass(frozen=True)
class ToldBy:
    """Hold what an arrival is recorded as: whose edge it is, and whether it is the first."""

    introducer_id: int | None
    link_id: int | None
    is_primary: bool


def generation(teller: Teller | None) -> int:
    """Count a newcomer's generation: 0 where nobody told them, else their introducer's + 1."""
    return 0 if teller is None or teller.generation is None else teller.generation + 1


def edge(teller: Teller | None, fan_id: int, is_new: bool) -> ToldBy | None:
    """Decide what to record between a teller and a fan: nothing where nobody told, or where one told oneself.

    The first teller of a newcomer is the primary one. Who was here before keeps who told them first, or that nobody
    did; a later teller is kept beside it.
    """
    if teller is None or teller.fan_id == fan_id:
        return None
    return ToldBy(teller.fan_id, teller.link_id, is_primary=is_new)


def name_key(name: str) -> str | None:
    """Fold a name that somebody spoke, so that it is the same in whatever case and spacing; None where it is none.

    >>> name_key("  siti   RAHMA "), name_key("ŁUKASZ") == name_key("Łukasz"), name_key(" ")
    ('siti rahma', True, None)
    """
    try:
        name = clean_name(name) or ""
    except Invalid:  # longer than any name that is kept
        return None
    return unicodedata.normalize("NFC", name.casefold()) or None


def name_pattern(key: str) -> str:
    r"""Write a pattern for LIKE that matches, in any case, each name of this key, and few others.

    The engines fold the case of a-z alike, and of other letters each in its own way; those match anything here. So does
    what one letter may fold to: ss is ß, and a letter with a mark behind it may be one with the mark on it.

    >>> name_pattern("łukasz 100%"), name_pattern("gross")
    ('%ukasz 100\\%', 'gro%')
    """
    parts = re.split(r"(?:ss|.?[^\x00-\x7f])+", key)
    return "%".join(re.sub(r"([%_\\])", r"\\\1", part) for part in parts)
