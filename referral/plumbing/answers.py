"""Answers given once: what a request with an Idempotency-Key was answered, kept in the transaction that did the work."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.models import IdempotentAnswer

KEPT_DAYS = 30


def given(brand_id: int, key: str) -> IdempotentAnswer | None:
    """Find what a key was answered."""
    return db.session.scalar(
        select(IdempotentAnswer).where(IdempotentAnswer.brand_id == brand_id, IdempotentAnswer.key == key)
    )


def keep(brand_id: int, key: str, request_hash: str, status: int, body: str) -> None:
    """Keep an answer; two requests at once meet the unique index, and the second is run again."""
    db.session.add(
        IdempotentAnswer(
            brand_id=brand_id, key=key, request_hash=request_hash, status=status, body=body, created_at=now()
        )
    )
    db.session.flush()


def forget_old() -> None:
    """Delete answers older than thirty days."""
    db.session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now() - timedelta(days=KEPT_DAYS)))
