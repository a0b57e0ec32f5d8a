"""What is wrong with visits on their way, asked once a request: for the operator's page, for figures, for staff."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from flask import current_app, g

from referral.clicks import queries as clicks
from referral.clicks.rules.alarm import Alarm, alarm
from referral.plumbing.clock import milliseconds, now

if TYPE_CHECKING:
    from referral.app import Tular
    from referral.clicks.backlog import Backlog

log = structlog.get_logger()


@dataclass(frozen=True)
class Alarmed:
    """Hold what is on its way, since when, and what is wrong with it."""

    backlog: Backlog
    since: datetime | None
    kinds: frozenset[Alarm]


def on_its_way() -> Backlog | None:
    """Tell what is on its way on this machine, with what only this process knows; None where nobody can look."""
    if "on_its_way" not in g:
        g.on_its_way = _measure()
    found: Backlog | None = g.on_its_way
    return found


def visits_alarm() -> Alarmed | None:
    """Tell what is wrong with visits on their way; None where all is well. Templates call it."""
    backlog = on_its_way()
    if backlog is None:
        return None
    kinds = alarm(backlog, milliseconds(now()), current_app.config["LATE_SECONDS"])
    return Alarmed(backlog, since(backlog), kinds) if kinds else None


def since(backlog: Backlog) -> datetime | None:
    """Tell when the oldest visit that is not counted yet came."""
    return None if backlog.oldest_at is None else datetime.fromtimestamp(backlog.oldest_at / 1000, UTC)


def _measure() -> Backlog | None:
    app: Tular = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        backlog = clicks.waiting()
    except OSError as error:
        # Somebody else's folder, or a disk that fails: a page must not fall with it.
        log.error("clicks.backlog", reason=str(error))
        return None
    journal = app.click_path.journal
    if journal is None:
        return backlog
    held, lost = journal.untold
    return replace(backlog, held=max(backlog.held + held, 0), lost=max(backlog.lost + lost, 0))
