"""What has run out of the ways in which people sign in, thrown away."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from referral.people.models import PersonSession, SignIn
from referral.plumbing.clock import now
from referral.plumbing.db import db

KEPT = timedelta(days=7)  # so that an old link can still be told from one that never was


def forget() -> None:
    """Forget sessions and mailed ways in that ran out a week ago."""
    limit = now() - KEPT
    db.session.execute(delete(PersonSession).where(PersonSession.expires_at < limit))
    db.session.execute(delete(SignIn).where(SignIn.expires_at < limit))
