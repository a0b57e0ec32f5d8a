"""The transaction: one commit a request, in one place; what another writer got in the way of is tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from referral.plumbing import turns
from referral.plumbing.db import db, every_brand, reading

T = TypeVar("T")
TRIES = 5
log = structlog.get_logger()


def in_transaction(work: Callable[[], T]) -> T:
    """Run the work and commit it; roll back on any exception.

    Two requests may find at the same time that a row is not there yet, and both make it: the second meets the unique
    index. It is run again from the start, and then finds the row. The same goes for a deadlock or a busy database.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with turns.queueing():
                result = work()
                db.session.commit()
            return result
        except (IntegrityError, OperationalError, DBAPIError) as error:
            db.session.rollback()
            db.session.expunge_all()
            if attempt == TRIES or not _passing(error):
                raise
            log.info("transaction.again", attempt=attempt, reason=type(error.orig).__name__)
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - spreads the tries, keeps no secret
        except BaseException:
            db.session.rollback()
            raise
    raise AssertionError("unreachable")


def in_reading(work: Callable[[], T]) -> T:
    """Run work that only reads, in a transaction in which the database refuses every change."""
    with reading():
        try:
            return work()
        finally:
            db.session.rollback()


def upkeep(work: Callable[[], T]) -> T:
    """Run work over all brands in one transaction: the worker's and the operator's commands."""
    with every_brand():
        return in_transaction(work)


def _passing(error: DBAPIError) -> bool:
    """Tell whether the same work may succeed when it is done again."""
    if isinstance(error, IntegrityError):
        text = str(error.orig).lower()
        return "unique" in text or "duplicate key" in text
    state = getattr(error.orig, "sqlstate", None)
    return state in {"40001", "40P01", "55P03"} or "database is locked" in str(error.orig)
