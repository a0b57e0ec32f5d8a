"""Whoever writes to SQLite stands in a queue that every process keeps."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from referral.plumbing import turns
from referral.plumbing.db import db
from referral.plumbing.transaction import in_reading, in_transaction, upkeep

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.engines("sqlite")

_HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "ab")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def turn_of(app: Flask) -> Path:
    return Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///") + turns.ENDING)


def write() -> None:
    db.session.execute(text("SELECT 1"))


def test_a_writer_waits_for_another_process_and_a_reader_does_not(app: Flask) -> None:
    command = [sys.executable, "-c", _HOLD, str(turn_of(app)), "0.7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other, app.app_context():
        assert other.stdout is not None
        other.stdout.readline()
        begun = time.monotonic()
        in_reading(write)
        read = time.monotonic() - begun
        upkeep(write)
        written = time.monotonic() - begun

    assert read < 0.4
    assert written > 0.4


def test_a_killed_writer_holds_nobody_up(app: Flask) -> None:
    command = [sys.executable, "-c", _HOLD, str(turn_of(app)), "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other, app.app_context():
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()
        other.wait()
        upkeep(write)


def test_a_transaction_in_a_transaction_keeps_the_turn_of_the_first(app: Flask) -> None:
    def outer() -> bool:
        write()
        in_transaction(write)
        return turns._mine.has_turn

    with app.app_context():
        assert upkeep(outer)
        assert not turns._mine.has_turn


def test_what_fails_gives_its_turn_back(app: Flask) -> None:
    def fail() -> None:
        write()
        raise KeyError("on purpose")

    with app.app_context():
        with pytest.raises(KeyError):
            upkeep(fail)
        done = threading.Event()

        def write_too() -> None:
            with app.app_context():
                upkeep(write)
            done.set()

        threading.Thread(target=write_too).start()
        assert done.wait(10)


def test_where_no_file_can_be_made_the_database_alone_decides(app: Flask) -> None:
    turn_of(app).mkdir()
    try:
        with app.app_context():
            upkeep(write)
    finally:
        turn_of(app).rmdir()
