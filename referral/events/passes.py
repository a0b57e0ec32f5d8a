"""What changes about passes and the keys that sign them: given out, given anew, revoked; keys rotated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from referral.campaigns.models import Campaign
from referral.errors import Conflict, Gone, Invalid
from referral.events import actions, holders, queries
from referral.events.models import Event, Pass, PassKey
from referral.events.rules import terms as rules
from referral.events.rules.codes import FOREIGN_LENGTH, MOST_NUMBER, RING, code_hash
from referral.people.rules import clean_reference
from referral.plumbing import bulk
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id, new_ids

REVOKED, REISSUED = "revoked", "reissued"
REASON_LENGTH = 24


@dataclass(frozen=True)
class PassTerms:
    """Hold what a pass is to be: whose, what is printed on it, for how many people, from when until when.

    `foreign_code` is what another system's ticket says; without one the pass is ours, and signed.
    """

    fan_id: int | None = None
    label: str | None = None
    admits: int = 1
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    external_id: str | None = None
    foreign_code: str | None = None


@dataclass(frozen=True)
class Issued:
    """Hold a pass; `hit` where it was there before."""

    gate_pass: Pass
    hit: bool


def issue(event: Event, terms: PassTerms) -> Issued:
    """Give out a pass; a fan who has one, or a reference that was given before, gets the one there is.

    Raises:
        Gone: `event_closed`.
        Invalid: `pass_label_too_long`, `admits_invalid`, `valid_reversed`, `external_id_invalid`.
        Conflict: `passes_used_up`, or `external_id_reused` for somebody else's pass.
    """
    wanted = _cleaned(terms)
    known = queries.pass_by_external_id(event, wanted.external_id) if wanted.external_id is not None else None
    if known is not None:
        if known.fan_id != wanted.fan_id:
            raise Conflict("external_id_reused")
        return Issued(known, hit=True)
    own = queries.pass_of_fan(event, wanted.fan_id) if wanted.fan_id is not None else None
    if own is not None:
        return Issued(own, hit=True)
    [pass_id] = issue_many(event, [wanted])
    return Issued(queries.gate_pass(event, pass_id), hit=False)


def issue_many(event: Event, wanted: Sequence[PassTerms]) -> Sequence[int]:
    """Give out passes, one or a hundred thousand, to people who have none; return their ids in the same order.

    Raises:
        Gone: `event_closed`.
        Conflict: `passes_used_up` where the numbers that a short code can hold come to an end.
    """
    if event.closed_at is not None:
        raise Gone("event_closed")
    if not wanted:
        return []
    keys = queries.ring(event)
    signer, key_number, salt = queries.signer_of(event, keys), keys[-1].number, event.salt
    first, moment, changed, brand_id, event_id = _numbers(event, len(wanted)), now(), new_id(), event.brand_id, event.id
    pass_ids = new_ids(len(wanted))
    rows = [
        {
            "brand_id": brand_id,
            "id": pass_id,
            "event_id": event_id,
            "number": number,
            "fan_id": terms.fan_id,
            "label": terms.label,
            "admits": terms.admits,
            "key_number": key_number,
            "foreign_code": terms.foreign_code,
            "code_hash": code_hash(salt, terms.foreign_code or signer.token(pass_id, key_number)),
            "external_id": terms.external_id,
            "valid_from": terms.valid_from,
            "valid_until": terms.valid_until,
            "created_at": moment,
            "changed": changed,
        }
        for number, (pass_id, terms) in enumerate(zip(pass_ids, wanted, strict=True), first)
    ]
    bulk.write(Pass, rows)
    return pass_ids


def welcome(campaign: Campaign, fan_ids: Sequence[int]) -> None:
    """Give people who join a campaign a pass for each of its events that is open; who has had one gets no other."""
    for event in queries.open_for_passes(campaign):
        had = holders.who_had_one(event, fan_ids)
        issue_many(event, [PassTerms(fan_id) for fan_id in dict.fromkeys(fan_ids) if fan_id not in had])


def issue_missing(event: Event, after: int = 0, most: int | None = None) -> list[int]:
    """Give a pass to each fan of an event's campaign who never had one; return who they were.

    Only to those of ids above one, and to so many at most. Whose pass was revoked is left without.
    """
    fan_ids = holders.fans_without(event, after, most)
    issue_many(event, [PassTerms(fan_id) for fan_id in fan_ids])
    return fan_ids


def revoke(gate_pass: Pass, reason: str = REVOKED) -> None:
    """Let nobody in with a pass any more, for ever; a pass that was revoked before keeps why."""
    if gate_pass.revoked_at is not None:
        return
    gate_pass.revoked_at, gate_pass.revoked_reason = now(), rules.visible(reason)[:REASON_LENGTH].strip() or REVOKED
    gate_pass.changed = new_id()


def reissue(event: Event, gate_pass: Pass) -> Pass:
    """Give somebody whose pass is lost, or was signed by a key that is retired, another in its place.

    Raises:
        Conflict: `pass_revoked` where it had been revoked before.
    """
    if gate_pass.revoked_at is not None:
        raise Conflict("pass_revoked")
    [pass_id] = _replace(event, [gate_pass])
    return queries.gate_pass(event, pass_id)


def reissue_old(event: Event) -> int:
    """Give everybody whose pass was signed by a retired key another; return how many there were."""
    return len(_replace(event, queries.of_retired_keys(event)))


def rotate_key(event: Event) -> PassKey:
    """Sign passes with a new key from now on.

    Passes signed with the last four keys go on being valid. An older key is retired, and what it signed has to be given
    out anew: devices hear of it as they do of a revocation.
    """
    keys = queries.ring(event)
    fresh = actions.add_key(event, keys[-1].number + 1)
    retired = [key for key in keys if key.number <= fresh.number - RING]
    for key in retired:
        key.retired_at = now()
    if retired:
        db.session.execute(
            update(Pass)
            .where(
                Pass.brand_id == event.brand_id,
                Pass.event_id == event.id,
                Pass.key_number.in_([key.number for key in retired]),
            )
            .values(changed=new_id())
            .execution_options(synchronize_session="fetch")
        )
    db.session.flush()
    return fresh


def _cleaned(terms: PassTerms) -> PassTerms:
    rules.check_valid(terms.valid_from, terms.valid_until)
    foreign = terms.foreign_code.strip() if terms.foreign_code is not None else None
    if foreign is not None and not (0 < len(foreign) <= FOREIGN_LENGTH and foreign.isprintable()):
        raise Invalid("foreign_code_invalid", most=FOREIGN_LENGTH)
    return PassTerms(
        terms.fan_id,
        rules.clean_label(terms.label),
        rules.check_admits(terms.admits),
        terms.valid_from,
        terms.valid_until,
        clean_reference(terms.external_id) if terms.external_id is not None else None,
        foreign,
    )


def _numbers(event: Event, count: int) -> int:
    """Take so many numbers for an event's passes; return the first. Whoever else wants some waits for our commit."""
    following = db.session.execute(
        update(Event)
        .where(Event.brand_id == event.brand_id, Event.id == event.id)
        .values(next_number=Event.next_number + count)
        .returning(Event.next_number)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    set_committed_value(event, "next_number", following)
    if following - 1 > MOST_NUMBER:
        raise Conflict("passes_used_up", most=MOST_NUMBER)
    return following - count


def _replace(event: Event, old: Sequence[Pass]) -> Sequence[int]:
    """Revoke passes, and give out others in their place; return the new ones' ids.

    A shop's reference goes over to the new pass: it speaks of what somebody bought, and not of a piece of paper.
    """
    wanted = [
        PassTerms(one.fan_id, one.label, one.admits, one.valid_from, one.valid_until, one.external_id) for one in old
    ]
    for one in old:
        revoke(one, REISSUED)
        one.external_id = None
    db.session.flush()
    fresh = issue_many(event, wanted)
    for one, pass_id in zip(old, fresh, strict=True):
        one.replaced_by_id = pass_id
    db.session.flush()
    return fresh
