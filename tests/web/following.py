"""What tests of followed links share: a phone, somebody who follows, the worker, and what was noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from referral.clicks import queries as clicks
from referral.clicks.drain import Drain
from referral.plumbing import clock
from referral.plumbing.db import db
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

    from referral.campaigns.models import Campaign
    from referral.links.models import Link

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"}
WHATSAPP = {"User-Agent": "WhatsApp/2.23.20.0"}
NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
LATE = "Visits arrive late"


def follow(app: Flask, link: Link, at: datetime = NOON) -> None:
    """Let somebody follow a link."""
    with clock.at(at):
        assert app.test_client().get(f"/r/{link.code}", headers=PHONE).status_code == 302


@contextmanager
def working(app: Flask) -> Iterator[Drain]:
    """Let a worker be at it."""
    with app.app_context():
        drain = Drain(Path(app.config["CLICKS_DIR"]), 0)
        drain.look()
        db.session.remove()
        yield drain
        drain.close()


def noted(app: Flask, campaign: Campaign) -> dict[str, int]:
    """Count what was noted of a campaign, by verdict."""
    make.drain(app)
    with make.saved(app):
        return clicks.counts(campaign)
