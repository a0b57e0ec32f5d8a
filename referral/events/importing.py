"""Another system's tickets, taken in: they open our gates, and who came by somebody's word is credited all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from referral.errors import Gone
from referral.events import holders, passes, queries
from referral.events.models import Event, Pass
from referral.events.passes import PassTerms
from referral.events.rules.codes import code_hash
from referral.events.rules.tickets import Remark, Ticket, read_tickets
from referral.introductions import actions as introductions
from referral.introductions.rules import Arrival
from referral.people.rules import Contact
from referral.plumbing import bulk
from referral.plumbing.clock import now
from referral.plumbing.i18n import LANGUAGES

AT_ONCE = 5_000
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Report:
    """Hold what came of an import: passes of people, passes of nobody, tickets that were here, and those taken back.

    `remarks` name each line that was not taken as it stands.
    """

    people: int = 0
    anonymous: int = 0
    known: int = 0
    cancelled: int = 0
    remarks: tuple[Remark, ...] = field(default=())

    @property
    def taken(self) -> int:
        """Count the passes made."""
        return self.people + self.anonymous

    @property
    def changed_nothing(self) -> bool:
        """Tell whether everything was as the file says before."""
        return not (self.taken or self.cancelled)

    def refused(self) -> Counter[str]:
        """Count the lines that were not taken by the reason."""
        return Counter(one.code for one in self.remarks if not one.is_taken)


def import_tickets(event: Event, data: bytes, kind: str | None = None) -> Report:
    """Take a file of tickets in: `json` or `csv`, which is guessed where it is not said.

    Whoever has a mail address becomes a fan of the event's campaign, and the ticket is theirs; the others are nobody's,
    and open the gate as well. A ticket is known again by its own text, so that a file may be imported as often as it
    grows: what is here stays as it is, and what was cancelled since is revoked.

    Raises:
        Gone: `event_closed`.
        Invalid: what `rules.tickets.read_tickets` raises.
        Conflict: `passes_used_up`.
    """
    if event.closed_at is not None:
        raise Gone("event_closed")
    file = read_tickets(data, kind)
    remarks = list(file.remarks)
    here = _here(event, [*file.tickets, *file.cancelled])
    fresh = []
    for ticket in file.tickets:
        known = here.get(ticket.secret)
        if known is None:
            fresh.append(ticket)
        elif known.revoked_at is not None:
            remarks.append(Remark(ticket.line, "revoked_here", False, ticket.external_id))
    with bulk.planned_once():
        people = _take(event, fresh, remarks)
    return Report(
        people=people,
        anonymous=len(fresh) - people,
        known=len(file.tickets) - len(fresh),
        cancelled=_cancel([here[ticket.secret] for ticket in file.cancelled if ticket.secret in here]),
        remarks=tuple(sorted(remarks, key=lambda one: one.line)),
    )


def _here(event: Event, tickets: Sequence[Ticket]) -> dict[str, Pass]:
    """Find the tickets that were taken in before, by their own text."""
    found = holders.passes_by_hashes(event, [code_hash(event.salt, ticket.secret) for ticket in tickets])
    return {one.foreign_code: one for one in found if one.foreign_code is not None}


def _cancel(gone: Sequence[Pass]) -> int:
    living = [one for one in gone if one.revoked_at is None]
    for one in living:
        passes.revoke(one, CANCELLED)
    return len(living)


def _take(event: Event, tickets: Sequence[Ticket], remarks: list[Remark]) -> int:
    """Make passes for tickets, part by part; return how many are somebody's."""
    campaign = queries.campaign_of(event)
    references = holders.external_ids(event, [one.external_id for one in tickets if one.external_id is not None])
    people = 0
    welcomed: list[int] = []
    for start in range(0, len(tickets), AT_ONCE):
        part = tickets[start : start + AT_ONCE]
        owners = _owners(event, part, remarks)
        wanted = [_terms(ticket, owners.get(ticket.line), references, remarks) for ticket in part]
        passes.issue_many(event, wanted)
        people += len(owners)
        welcomed += owners.values()
    passes.welcome(campaign, welcomed)  # to the campaign's other events
    if len(tickets) >= bulk.WORTH_A_LOOK:
        bulk.look_again(Pass)
    return people


def _owners(event: Event, tickets: Sequence[Ticket], remarks: list[Remark]) -> dict[int, int]:
    """Let the people of tickets into the campaign; give whose each ticket is, by its line.

    Everybody has one pass at most: of several tickets of somebody's, the first one, unless they have a pass already.
    """
    campaign = queries.campaign_of(event)
    named = [ticket for ticket in tickets if ticket.email is not None]
    arrivals = [
        Arrival(
            Contact(ticket.name, ticket.email, None, None, ticket.locale if ticket.locale in LANGUAGES else None),
            told_by=None,
            channel=None,
            at=now(),
        )
        for ticket in named
    ]
    fan_ids = [arrived.fan_id for arrived in introductions.arrive(campaign, arrivals)]
    have = set(queries.passes_of_fans(event, list(dict.fromkeys(fan_ids))))
    owners: dict[int, int] = {}
    for ticket, fan_id in zip(named, fan_ids, strict=True):
        if fan_id in have:
            remarks.append(Remark(ticket.line, "has_pass", True, ticket.external_id))
        else:
            have.add(fan_id)
            owners[ticket.line] = fan_id
    return owners


def _terms(ticket: Ticket, fan_id: int | None, references: set[str], remarks: list[Remark]) -> PassTerms:
    reference = ticket.external_id
    if reference is not None and reference in references:
        remarks.append(Remark(ticket.line, "reference_taken", True, reference))
        reference = None
    if reference is not None:
        references.add(reference)
    return PassTerms(
        fan_id, ticket.label, ticket.admits, ticket.valid_from, ticket.valid_until, reference, ticket.secret
    )
