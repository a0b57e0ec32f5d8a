"""What has run out of the plumbing's own tables, thrown away."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.models import IdempotentAnswer, Outbox

ANSWERS_KEPT = timedelta(days=30)
SENT_KEPT = timedelta(days=30)


def forget() -> None:
    """Forget answers that nobody may ask for again, and what is left of messages that went out long ago."""
    moment = now()
    db.session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < moment - ANSWERS_KEPT))
    db.session.execute(delete(Outbox).where(Outbox.done_at < moment - SENT_KEPT))
