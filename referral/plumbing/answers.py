"""Answers given once: what a request with an Idempotency-Key was answered, kept in the transaction of its work."""

from __future__ import annotations

from sqlalchemy import select

from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id
from referral.plumbing.models import IdempotentAnswer


def given(brand_id: int, key: str) -> IdempotentAnswer | None:
    """Find what a key was answered."""
    return db.session.scalar(
        select(IdempotentAnswer).where(IdempotentAnswer.brand_id == brand_id, IdempotentAnswer.key == key)
    )


def reserve(brand_id: int, key: str, request_hash: str) -> IdempotentAnswer:
    """Take a key before its work is begun.

    Of two requests at once the second waits here, at the unique index, until the first is committed. Then it is run
    again and finds the answer; or the first was refused, and the second does the work.
    """
    place = IdempotentAnswer(
        brand_id=brand_id, id=new_id(), key=key, request_hash=request_hash, status=0, body="", created_at=now()
    )
    db.session.add(place)
    db.session.flush()
    return place


def keep(place: IdempotentAnswer, status: int, body: str) -> None:
    """Keep what a key was answered."""
    place.status, place.body = status, body
