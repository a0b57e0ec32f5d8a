"""`worker`: what leaves the house leaves it here, and what has run out is thrown away."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from threading import Event

import click
import structlog
from flask import current_app

from referral.brands import expiry as brands
from referral.cli.jobs import job
from referral.notices.worker import empty_outbox
from referral.people import expiry as people
from referral.plumbing import expiry as plumbing
from referral.plumbing.db import db
from referral.plumbing.transaction import upkeep

TIDYING_SECONDS = 3600
LONGEST_PAUSE = 30
log = structlog.get_logger()


@click.command("worker")
@job
def command() -> None:
    """Send what waits in the outbox, until SIGTERM or SIGINT; what is being sent then is still sent."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = current_app.config
    log.info("worker.started")
    keep_working(lambda: empty_outbox(settings), tidy, stop, settings["WORKER_SECONDS"])
    log.info("worker.stopped")


def keep_working(look: Callable[[], object], clear: Callable[[], object], stop: Event, pause: float) -> None:
    """Look into the outbox, with a pause after each look, and clear away old rows now and then, until told to stop.

    A database that is away, or a bug that only one message meets, must not keep all other mail in the house: whatever
    goes wrong is logged, and after a pause that doubles up to half a minute the worker goes on.
    """
    cleared_at = float("-inf")
    trouble = 0
    while not stop.is_set():
        try:
            look()
            if time.monotonic() - cleared_at > TIDYING_SECONDS:
                clear()
                cleared_at = time.monotonic()
            trouble = 0
        except Exception as error:
            trouble += 1
            log.warning("worker.trouble", reason=type(error).__name__, times=trouble)
        finally:
            # The next look begins with a connection that is known to work, and with nothing remembered.
            db.session.remove()
        stop.wait(min(pause * 2**trouble, max(pause, LONGEST_PAUSE)))


def tidy() -> None:
    """Throw away what has run out."""

    def work() -> None:
        for part in (plumbing, people, brands):
            part.forget()

    upkeep(work)
