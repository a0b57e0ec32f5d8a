"""What has run out of the clicks: visits that were kept long enough, while their counts stay; and old secrets."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from referral.brands.models import Brand
from referral.clicks import salts
from referral.clicks.actions import PATIENCE_MS, part_by_month, partition
from referral.clicks.models import Click, ClickJournal
from referral.clicks.rules.months import DAY, month_of
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db

JOURNALS_KEPT = timedelta(days=400)  # a machine that was off for so long and comes back counts its last visits twice
AHEAD_DAYS = 14
AT_ONCE = 10_000  # rows deleted in one go, so that nobody who wants to write waits for long
MONTH = re.compile(r"click_y\d{4}m\d{2}", re.ASCII)
LOCKED = "55P03"
log = structlog.get_logger()


def forget() -> None:
    """Forget old secrets, and how far journals were read that are long gone; make the secrets that come next.

    On PostgreSQL make the partition of the month that comes next, too: at midnight there is a crowd, and now there is
    time.
    """
    salts.prepare()
    salts.forget()
    db.session.execute(delete(ClickJournal).where(ClickJournal.drained_at < now() - JOURNALS_KEPT))
    if db.engine.dialect.name == "postgresql":
        connection, today = db.session.connection(), milliseconds(now())
        months = [month_of(today), month_of(today + AHEAD_DAYS * DAY)]
        _patiently(connection, lambda: part_by_month(connection, months))


def forget_clicks(kept_days: int) -> int:
    """Throw away visits older than so many days, some thousand at a time; 0 days keep them for ever.

    Call it again while it gives more than 0: how many went, or on PostgreSQL, where a whole month goes at a time when
    all of it is old, how many months.
    """
    if kept_days <= 0:
        return 0
    oldest = milliseconds(now()) - kept_days * DAY
    if db.engine.dialect.name == "postgresql":
        return _drop_month(oldest)
    for brand_id in db.session.scalars(select(Brand.id).order_by(Brand.id)).all():
        whose = (Click.brand_id == brand_id, Click.id < oldest << 22)
        old = select(Click.id).where(*whose).order_by(Click.id)
        # Up to the first that is left for the next time; all that are old, where there are not so many.
        first_left = db.session.scalar(old.offset(AT_ONCE).limit(1))
        upto = whose if first_left is None else (*whose, Click.id < first_left)
        deleted = db.session.execute(delete(Click).where(*upto), execution_options={"synchronize_session": False})
        gone: int = deleted.rowcount  # type: ignore[attr-defined]
        if gone:
            return gone
    return 0


def _drop_month(oldest: int) -> int:
    """Drop the partition of the oldest month that is over, unless somebody reads visits for long: then it waits."""
    connection = db.session.connection()
    names = connection.exec_driver_sql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'click'::regclass ORDER BY c.relname"
    ).scalars()
    # Years and months sort as they follow; what somebody else made beside them is not ours to drop.
    kept = partition(month_of(oldest))
    old = next((name for name in names if MONTH.fullmatch(name) and name < kept), None)
    if old is None:
        return 0
    if not _patiently(connection, lambda: connection.exec_driver_sql(f"DROP TABLE {old}")):
        return 0
    log.info("clicks.month_dropped", month=old)
    return 1


def _patiently(connection: Connection, work: Callable[[], object]) -> bool:
    """Do what locks all visits, unless somebody reads them for long: then tell that it has to be done later."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
            work()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != LOCKED:
            raise
        log.info("clicks.months_in_use")
        return False
    return True
