"""What a booth keeps of a visitor it met, and how that leaves as CSV: whom to write to only where they agreed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referral.errors import Invalid
from referral.plumbing.spreadsheets import to_csv

NOTE_LENGTH = 2_000
COLUMNS = ("place", "at", "number", "label", "name", "email", "phone", "consent", "warmth", "note", "by")


class Warmth(StrEnum):
    """Name how likely a visitor is to buy."""

    COLD = "cold"
    WARM = "warm"
    HOT = "hot"


@dataclass(frozen=True)
class Lead:
    """Hold a visitor whom a booth met; `name`, `email` and `phone` are there only where the visitor consented."""

    id: int
    place_id: int
    place: str
    pass_id: int
    number: int
    label: str | None
    name: str | None
    email: str | None
    phone: str | None
    consented_at: datetime | None
    warmth: str | None
    note: str
    taken_by: str | None
    at: datetime


def clean_warmth(text: str | None) -> Warmth | None:
    """Take how warm a visitor was, empty for nothing said; raise Invalid `warmth_unknown`."""
    if not text:
        return None
    try:
        return Warmth(text)
    except ValueError as error:
        raise Invalid("warmth_unknown", known=", ".join(Warmth)) from error


def clean_note(text: str) -> str:
    r"""Take a note as it was typed, lines and all, without signs that cannot be kept; raise Invalid `note_too_long`.

    >>> clean_note(" wants 20 chairs\x00\r\n by May ")
    'wants 20 chairs\n by May'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n")
    note = "\n".join("".join(sign for sign in line if sign.isprintable()).rstrip() for line in lines).strip()
    if len(note) > NOTE_LENGTH:
        raise Invalid("note_too_long", most=NOTE_LENGTH)
    return note


def leads_csv(leads: Iterable[Lead]) -> str:
    """Write leads for a spreadsheet; a cell that it would run as a formula gets an apostrophe."""
    return ",".join(COLUMNS) + "\r\n" + to_csv(_cells(lead) for lead in leads)


def _cells(lead: Lead) -> tuple[str | None, ...]:
    return (
        lead.place,
        _iso(lead.at),
        str(lead.number),
        lead.label,
        lead.name,
        lead.email,
        lead.phone,
        _iso(lead.consented_at) if lead.consented_at is not None else "",
        lead.warmth,
        lead.note,
        lead.taken_by,
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
