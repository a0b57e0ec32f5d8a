"""Scans come in: written into the log, each with a verdict of its own, and the passes they are about settled anew.

This is the one way in, for a gate's app, a shop's program, an organiser's page and a visitor's own phone. Whoever sends
calls `take` in a transaction that writes; a transaction that meets another's record is run again, and finds it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app

from referral.errors import Invalid, TooMany
from referral.events import desk, scan_writing
from referral.events.rules.answering import Answer
from referral.events.rules.door import REFUSED
from referral.events.rules.records import Record, name_of
from referral.events.scan_batch import Batch

if TYPE_CHECKING:
    from referral.events.models import Event, GateDevice

MOST = 500
"""Records of one call."""


def check_count(count: int) -> None:
    """Refuse too many records whole; raise TooMany `too_many_scans`, with the limit."""
    if count > MOST:
        raise TooMany("too_many_scans", limit=MOST)


def take_all(
    event: Event, said: Sequence[object], *, device: GateDevice | None = None, received_at: datetime
) -> list[Answer]:
    """Take records as they were sent; one that cannot be read is answered `malformed`, and the others are taken.

    Raises:
        TooMany: `too_many_scans`, with the limit.
    """
    check_count(len(said))
    read: list[Record | None] = []
    for one in said:
        try:
            read.append(Record.read(one))
        except Invalid:
            read.append(None)
    taken = iter(take(event, [one for one in read if one is not None], device=device, received_at=received_at))
    return [
        Answer(name_of(one), REFUSED, "malformed") if record is None else next(taken)
        for one, record in zip(said, read, strict=True)
    ]


def take(
    event: Event, records: Sequence[Record], *, device: GateDevice | None = None, received_at: datetime
) -> list[Answer]:
    """Take up to MOST records, and answer each in the order they were sent.

    Every record that is new goes into the log, refused ones too; only one whose id was used for other content does not.

    Raises:
        TooMany: `too_many_scans`, with the limit.
    """
    check_count(len(records))
    if not records:
        return []
    batch = Batch(event, records, device, received_at, current_app.config["PUBLIC_URL"])
    fresh = batch.fresh()
    judged = batch.judge(fresh)
    scan_writing.write(event, batch.changes(fresh, judged), received_at)
    return batch.answers(fresh, judged)


def settle_again(event: Event, pass_ids: Sequence[int], *, at: datetime) -> bool:
    """Settle up to MOST passes anew from their scans, and tell whether anything had to be put right.

    Nothing has, but where an organiser changed opening hours after people came: a scan counts for the day that it falls
    into by the hours as they are now.
    """
    check_count(len(pass_ids))
    batch = Batch(event, [], None, at, current_app.config["PUBLIC_URL"], pass_ids)
    changes = batch.changes({}, batch.judge({}))
    scan_writing.write(event, changes, at)
    return not changes.empty


def settle_all(event: Event, *, at: datetime) -> bool:
    """Settle every pass that was ever scanned anew, and tell whether anything had to be put right."""
    ids = desk.scanned(event)
    parts = (ids[start : start + MOST] for start in range(0, len(ids), MOST))
    return sum(settle_again(event, part, at=at) for part in parts) > 0
