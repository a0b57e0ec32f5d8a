"""Scans, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from referral.api import scan_documents as d
from referral.api.access import Answered, needs
from referral.api.operations import Operation
from referral.brands.rules import Scope
from referral.events import queries, scanning
from referral.events.rules.answering import Answer
from referral.plumbing import ids
from referral.plumbing.clock import now

if TYPE_CHECKING:
    from referral.brands.models import Brand

calls = Blueprint("api_scans", __name__)
LARGEST = 8 * 1024 * 1024  # bytes: so that who sends ten thousand scans is told how many are taken
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@calls.post("/events/<event>/scans")
@needs(Scope.EVENTS, Operation("Send scans", takes=d.ScansIn, gives=d.ScansOut, largest=LARGEST))
def send(brand: Brand, event: str, document: d.ScansIn) -> Answered:
    """Take up to 500 scans, each with a verdict of its own; one that cannot be read never loses the others.

    Every scan is kept. What they come to does not depend on the order in which they are sent, and a scan that is sent
    again is answered as the first time.
    """
    found = queries.by_slug(brand, event)
    answers = scanning.take_all(found, document.scans, received_at=now())
    return {"data": [_verdict(one) for one in answers]}, 200


def _verdict(one: Answer) -> dict[str, Any]:
    return {
        "id": one.id,
        "verdict": one.verdict,
        "reason": one.reason,
        "repeat": one.repeat,
        "would": one.would,
        "skewed": one.skewed,
        "conflict": one.conflict,
        "first": None if one.first is None else {"at": _moment(one.first.at_ms), "place": one.first.place},
        "pass": None if one.pass_id is None else ids.show(one.pass_id),
        "number": one.number,
    }


def _moment(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat().replace("+00:00", "Z")
