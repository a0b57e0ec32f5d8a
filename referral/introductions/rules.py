"""How somebody who was told becomes a fan: who counts as the teller, and in which generation they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from referral.people.rules import Contact


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
