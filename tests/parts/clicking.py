"""What tests of the click path share: visitors, further processes, and what there is in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from referral.campaigns import actions as campaigns
from referral.campaigns import queries as found_campaigns
from referral.clicks import expiry
from referral.clicks.journal import ENDING
from referral.clicks.models import WHOLE_CAMPAIGN, Click, ClickDay, ClickHour
from referral.links import queries as found_links
from referral.plumbing.db import db
from tests import factories as make
from tests.application import application, settings_for_tests

if TYPE_CHECKING:
    from flask import Flask

AGENT = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 Chrome/126.0.6478.122 Mobile Safari/537.36"
PHONE = {"User-Agent": AGENT}
NIGHT = datetime(2026, 5, 31, 23, 59, 30, tzinfo=UTC)


def secrets_made(app: Flask) -> None:
    """Make the days' secrets, as `serve` does before the first visit."""
    with make.saved(app):
        expiry.forget()


def rows(app: Flask) -> list[Click]:
    """Read all visits that are in the database."""
    with make.saved(app):
        return list(db.session.scalars(select(Click).order_by(Click.id)))


def verdicts(app: Flask) -> dict[str, int]:
    """Count the visits in the database by verdict, and see that the counts that are kept say the same."""
    with make.saved(app):
        found = Counter(db.session.scalars(select(Click.verdict)))
        for table in (ClickDay, ClickHour):
            kept: Counter[str] = Counter()
            for verdict, clicks in db.session.execute(
                select(table.verdict, table.clicks).where(table.link_id == WHOLE_CAMPAIGN)
            ):
                kept[verdict] += clicks
            assert kept == found
    return dict(found)


def click_of(answer: Any) -> str:
    """Read the click out of the address that a visit led to."""
    return parse_qs(urlsplit(answer.location).query)["tular_click"][0]


def changed(app: Flask, code: str, **settings: Any) -> None:
    """Change the campaign that a code leads into."""
    with make.saved(app):
        link = found_links.by_code(code)
        assert link is not None
        campaign = found_campaigns.by_id(link.brand_id, link.campaign_id)
        said = {"name": campaign.name, "landing_url": campaign.landing_url, "starts_at": None, "ends_at": None}
        campaigns.change(campaign, **{**said, **settings})


@contextmanager
def other_process(app: Flask, **settings: object) -> Iterator[Flask]:
    """Make one more application on the same database and folder, as another process has it."""
    same = {name: app.config[name] for name in ("DATA_DIR", "CLICKS_DIR")}
    with application(settings_for_tests(app.config["DATABASE_URL"], **{**same, **settings})) as other:
        yield other


def journals(app: Flask) -> list[Path]:
    """List the journals that are there."""
    return sorted(Path(app.config["CLICKS_DIR"]).glob(f"*{ENDING}"))
