"""Clean the ticket list of another system, so that its tickets open our gates.

A ticket's own text, which its QR code holds, is its `secret`. Nothing is passed over in silence: whatever is not taken
as it stands has a remark that names it and says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from referral.errors import Invalid
from referral.events.rules.codes import FOREIGN_LENGTH
from referral.events.rules.terms import LABEL_LENGTH, MOST_PEOPLE, visible
from referral.events.rules.ticket_files import Said, of_csv, of_json, text_of
from referral.people.rules import EXTERNAL_ID_LENGTH, clean_email, clean_name

MOST_TICKETS = 300_000
JSON, CSV = "json", "csv"


@dataclass(frozen=True)
class Ticket:
    """Hold one ticket as it is to be taken.

    `line` is where it stands in the file: a line of CSV, or the ticket's own place in the list of JSON, from 1.
    """

    line: int
    secret: str
    name: str | None = None
    email: str | None = None
    label: str | None = None
    admits: int = 1
    external_id: str | None = None
    locale: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True)
class Remark:
    """Say why a line's ticket was not taken, or in part only; `reference` is what its own system calls it."""

    line: int
    code: str
    is_taken: bool
    reference: str | None = None


@dataclass(frozen=True)
class TicketFile:
    """Hold what a file says: tickets to take, tickets that are cancelled, and remarks."""

    tickets: tuple[Ticket, ...]
    cancelled: tuple[Ticket, ...]
    remarks: tuple[Remark, ...]


def guess_kind(data: bytes) -> str:
    """Tell JSON from CSV by its first sign.

    >>> guess_kind(b' {"event": {}}'), guess_kind(b"secret,name")
    ('json', 'csv')
    """
    return JSON if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else CSV


def read_tickets(data: bytes, kind: str | None = None) -> TicketFile:
    """Read a file of tickets; the kind is guessed where it is not said.

    Raises:
        Invalid: `tickets_not_utf8`, `tickets_unreadable` (no JSON of these kinds, no CSV), `tickets_no_secrets` (a CSV
            without a column for the tickets' texts), `tickets_too_many`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("tickets_not_utf8") from error
    reader = of_json if (kind or guess_kind(data)) == JSON else of_csv
    taken: list[Ticket] = []
    cancelled: list[Ticket] = []
    remarks: list[Remark] = []
    seen: set[str] = set()
    for count, said in enumerate(reader(text), 1):
        if count > MOST_TICKETS:
            raise Invalid("tickets_too_many", most=MOST_TICKETS)
        ticket, found = _ticket(said)
        remarks += found
        if ticket is None:
            continue
        if ticket.secret in seen:
            remarks.append(Remark(ticket.line, "secret_twice", False, ticket.external_id))
            continue
        seen.add(ticket.secret)
        (cancelled if said.cancelled else taken).append(ticket)
    return TicketFile(tuple(taken), tuple(cancelled), tuple(remarks))


def _ticket(said: Said) -> tuple[Ticket | None, list[Remark]]:
    """Clean one ticket. Whatever is wrong about a person leaves a ticket of nobody, which still opens the gate."""
    reference = text_of(said.reference)
    reference = reference if reference and len(reference) <= EXTERNAL_ID_LENGTH else None
    secret = said.secret.strip() if isinstance(said.secret, str) else ""
    refusal = said.refusal or _no_secret(secret)
    if refusal is None and said.cancelled:
        return Ticket(said.line, secret, external_id=reference), []
    try:
        if refusal is not None:
            raise ValueError(refusal)
        admits, starts, ends = _count(said.admits), _moment(said.valid_from), _moment(said.valid_until)
        if starts and ends and ends <= starts:
            raise ValueError("valid_invalid")
    except ValueError as error:
        return None, [Remark(said.line, str(error), False, reference)]
    label = visible(text_of(said.item) or "")
    (name, bad_name), (email, bad_email) = _cleaned(clean_name, said.name), _cleaned(clean_email, said.email)
    ticket = Ticket(
        line=said.line,
        secret=secret,
        name=name,
        email=email,
        label=label[:LABEL_LENGTH].strip() or None,
        admits=admits,
        external_id=reference,
        locale=text_of(said.locale),
        valid_from=starts,
        valid_until=ends,
    )
    found = ("item_shortened" if len(label) > LABEL_LENGTH else None, bad_name, bad_email)
    return ticket, [Remark(said.line, code, True, reference) for code in found if code is not None]


def _cleaned(clean: Callable[[str], str | None], value: Any) -> tuple[str | None, str | None]:
    """Clean what is said of a person; give it, or else why it cannot be."""
    text = text_of(value)
    try:
        return clean(text) if text is not None else None, None
    except Invalid as refusal:
        return None, refusal.code


def _no_secret(secret: str) -> str | None:
    if not secret:
        return "secret_missing"
    if len(secret) > FOREIGN_LENGTH:
        return "secret_too_long"
    return None if secret.isprintable() else "secret_unreadable"


def _count(value: Any) -> int:
    """Read how many people a ticket admits, 1 where nothing is said; raise ValueError where that cannot be."""
    text = text_of(value)
    if text is None and (value is None or isinstance(value, str)):
        return 1
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_PEOPLE):
        raise ValueError("admits_invalid")
    return int(text)


def _moment(value: Any) -> datetime | None:
    """Read a moment with its time zone, None where nothing is said; raise ValueError where it is none."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("valid_invalid")
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("valid_invalid") from error
