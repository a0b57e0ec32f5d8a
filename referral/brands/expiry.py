"""What has run out of the staff's sessions, thrown away."""

from __future__ import annotations

from sqlalchemy import delete

from referral.brands.models import StaffSession
from referral.plumbing.clock import now
from referral.plumbing.db import db


def forget() -> None:
    """Forget sessions of staff that ran out."""
    db.session.execute(delete(StaffSession).where(StaffSession.expires_at < now()))
