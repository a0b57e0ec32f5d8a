"""`worker`: visits come into the database here, passes are given, what leaves the house leaves it.

What has run out is thrown away.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import click
import structlog
from flask import Flask, current_app

from referral.brands import expiry as brands
from referral.cli.children import give_way
from referral.cli.jobs import job
from referral.clicks import expiry as clicks
from referral.clicks.drain import Drain
from referral.events.giving import Giver
from referral.notices.worker import empty_outbox
from referral.people import expiry as people
from referral.plumbing import expiry as plumbing
from referral.plumbing.db import db
from referral.plumbing.transaction import upkeep

TIDYING_SECONDS = 3600
LONGEST_PAUSE = 30
DRAIN_SECONDS = 0.25  # between two looks into the journals: a visit is seen by staff within a second
PIECE_SECONDS = 0.1
NICENESS = 10  # whoever waits for an answer goes first; yet on a machine that is busy for long it must keep up
log = structlog.get_logger()


@click.command("worker")
@job
def command() -> None:
    """Take visits into the database, give passes, and send what waits in the outbox, until SIGTERM or SIGINT.

    What is being written or sent then is still written and sent.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    give_way(NICENESS)
    settings = current_app.config
    log.info("worker.started")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # Visits have a thread of their own: a mail server that takes its time must not keep them waiting.
    drain = Thread(target=take_visits_in, args=(app, stop), name="drain")
    drain.start()
    gifts = Thread(target=give_passes, args=(app, stop, settings["WORKER_SECONDS"]), name="gifts")
    gifts.start()
    days = settings["CLICK_KEPT_DAYS"]
    keep_working(lambda: empty_outbox(settings), lambda: tidy(days, stop), stop, settings["WORKER_SECONDS"])
    drain.join()
    gifts.join()
    log.info("worker.stopped")


def take_visits_in(app: Flask, stop: Event) -> None:
    """Read the journals into the database until told to stop; what is left there waits for the next worker."""
    with app.app_context():
        drain = Drain(Path(app.config["CLICKS_DIR"]), app.config["FLOOD_PER_MINUTE"])
        keep_working(lambda: drain.empty(stop), lambda: None, stop, DRAIN_SECONDS)
        drain.close()


def give_passes(app: Flask, stop: Event, pause: float) -> None:
    """Give passes to those who have none yet, until told to stop; each hour it looks at everybody again."""
    with app.app_context():
        giver = Giver()
        keep_working(giver.look, giver.forget, stop, pause)


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


def tidy(click_days: int, stop: Event) -> None:
    """Throw away what has run out; visits after so many days."""

    def work() -> None:
        for part in (plumbing, people, brands, clicks):
            part.forget()

    upkeep(work)
    # In pieces, between which others may write.
    while not stop.is_set() and upkeep(lambda: clicks.forget_clicks(click_days)):
        stop.wait(PIECE_SECONDS)
