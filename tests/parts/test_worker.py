"""The worker's rounds: what leaves, what is tidied, and when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from referral.cli.worker import keep_working, tidy
from referral.plumbing import clock
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.models import IdempotentAnswer
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask


ROOT = Path(__file__).parents[2]


def count(app: Flask, table: str) -> int:
    with app.app_context():
        return int(db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_the_worker_goes_on_after_trouble_and_ends_when_it_is_told_to(app: Flask) -> None:
    stop, looked, cleared = threading.Event(), [], []

    def look() -> None:
        looked.append(time.monotonic())
        if len(looked) in (2, 3):
            raise ConnectionError("the database is away")
        if len(looked) == 5:
            stop.set()

    with app.app_context():
        keep_working(look, lambda: cleared.append(None), stop, 0.02)

    pauses = [after - before for before, after in pairwise(looked)]
    assert len(looked) == 5
    assert pauses[1] > 0.04
    assert pauses[2] > 0.08
    assert len(cleared) == 1


def test_the_worker_sees_a_database_that_has_come_back(app: Flask) -> None:
    stop = threading.Event()
    seen: list[int] = []

    def look() -> None:
        if not seen:
            seen.append(0)
            db.session.execute(text("SELECT * FROM a_table_that_is_not_there"))
        seen.append(db.session.scalar(text("SELECT 1")) or 0)
        stop.set()

    with app.app_context():
        keep_working(look, tidy, stop, 0.01)

    assert seen == [0, 1]


def test_what_has_run_out_is_thrown_away_and_nothing_else(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = make.fan(make.campaign(brand))
        member, person = make.member(brand), make.person_of(ayu)
    make.signed_in(app, member)
    make.signed_in_person(app, person)
    with clock.at(now() - timedelta(days=200)):
        make.signed_in(app, member)
        make.signed_in_person(app, person)
    with make.saved(app):
        for days in (29, 31):
            at = now() - timedelta(days=days)
            db.session.add(
                IdempotentAnswer(
                    brand_id=brand.id, key=f"{days} days", request_hash="", status=200, body="", created_at=at
                )
            )
    with app.app_context():
        tidy(400, Event())

    assert [count(app, table) for table in ("staff_session", "person_session", "idempotent_answer")] == [1, 1, 1]
    assert [count(app, table) for table in ("account", "person", "fan")] == [1, 1, 1]


@pytest.mark.slow
@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_ends_cleanly_on_a_signal(database_url: str, tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    environment = {**os.environ, "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "LOG_LEVEL": "INFO"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        first = next(line for line in worker.stderr if "worker." in line)
        worker.send_signal(number)
        rest = worker.stderr.read()

    assert "worker.started" in first
    assert "worker.stopped" in rest
    assert "Traceback" not in rest
    assert worker.returncode == 0
