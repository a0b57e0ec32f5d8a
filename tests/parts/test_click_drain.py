"""Journals drained into the database: each visit once, wherever the worker dies and whoever else reads."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from referral.clicks import actions, drain
from referral.clicks.actions import Row
from referral.clicks.drain import Drain
from referral.clicks.journal import ENDING, Journal
from referral.clicks.models import ClickJournal
from referral.plumbing.db import db
from tests import factories as make
from tests.parts.clicking import AGENT, PHONE, journals, other_process, verdicts

if TYPE_CHECKING:
    from flask import Flask


@contextmanager
def draining(app: Flask, kind: type[Drain] = Drain) -> Iterator[Drain]:
    """Give a drain of an application's folder, inside its context."""
    with app.app_context():
        reader = kind(Path(app.config["CLICKS_DIR"]), app.config["FLOOD_PER_MINUTE"])
        try:
            yield reader
        finally:
            reader.close()
            db.session.remove()


class Death(BaseException):
    """Stand for the end of the worker: nothing catches it on the way."""


def visited(app: Flask, times: int = 5) -> str:
    """Let so many visitors come, by a process that is no more: its journal is to be thrown away when it is read."""
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    with other_process(app) as other:
        for number in range(times):
            other.test_client().get(f"/r/{code}", headers={"User-Agent": f"{AGENT} {number}"})
    return code


def test_visits_that_come_meanwhile_are_gathered_for_the_next_time(app: Flask) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    browser, stop = app.test_client(), threading.Event()
    looks = 0

    class Busy(Drain):
        """See one more visit each time that it has looked."""

        def look(self) -> int:
            nonlocal looks
            looks += 1
            found = super().look()
            browser.get(f"/r/{code}", headers={"User-Agent": f"{AGENT} {looks}"})
            if looks == 9:
                stop.set()
            return found

    browser.get(f"/r/{code}", headers=PHONE)
    with draining(app, Busy) as busy:
        assert (busy.empty(stop), looks) == (1, 1)
        assert (busy.empty(stop), looks) == (1, 2)


@pytest.mark.parametrize(("seconds", "found"), [(0.04, [50, 100, 200, 50]), (0.16, [50, 50, 50, 50])])
def test_the_next_transaction_takes_as_many_as_the_last_ones_pace_allows(
    app: Flask, monkeypatch: pytest.MonkeyPatch, seconds: float, found: list[int]
) -> None:
    times = count()
    monkeypatch.setattr(drain, "FEWEST", 50)
    monkeypatch.setattr(drain, "thread_time", lambda: seconds * next(times))
    visited(app, 400)

    with draining(app) as reader:
        assert [reader.look() for _ in range(4)] == found


def test_journals_without_news_take_no_share_from_others(app: Flask) -> None:
    visited(app, 200)
    with ExitStack() as idle:
        for number in range(9):
            idle.enter_context(closing(Journal(Path(app.config["CLICKS_DIR"]), number, 50)))
        with draining(app) as reader:
            assert reader.look() == 200


def test_more_than_a_batch_is_read_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "FEWEST", 50)
    monkeypatch.setattr(drain, "BATCH", 100)
    visited(app, 250)

    assert make.drain(app) == 250
    assert verdicts(app) == {"counted": 250}


@pytest.mark.parametrize("where", ["rows", "commit", "unlink", "position"])
@pytest.mark.parametrize("times", [5, 120])
def test_each_visit_arrives_once_wherever_the_worker_dies(
    app: Flask, monkeypatch: pytest.MonkeyPatch, where: str, times: int
) -> None:
    visited(app, times)

    def die(*_: object, **__: object) -> None:
        raise Death

    def keep_and_die(*kept: list[Row]) -> None:
        actions_keep(*kept)
        raise Death

    actions_keep = actions.keep
    with monkeypatch.context() as patch:
        if where == "rows":  # they are written, and not committed
            patch.setattr(actions, "keep", keep_and_die)
        elif where == "commit":  # committed, and the journal still there
            patch.setattr(Drain, "_forget", die)
        elif where == "unlink":  # the journal gone, and its position still there
            patch.setattr(drain, "_forget", die)
        else:  # all done
            patch.setattr(Drain, "empty", lambda self, stop=None: (self.look(), die()))
        with draining(app) as reader, pytest.raises(Death):
            reader.empty()
    make.drain(app)
    make.drain(app)

    assert verdicts(app) == {"counted": times}
    assert journals(app) == []
    with make.saved(app):
        left = db.session.scalars(select(ClickJournal.position)).all()
    assert len(left) == (1 if where == "unlink" else 0)


def test_a_drain_that_failed_goes_on_from_what_was_committed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    visited(app)
    keep = actions.keep

    with draining(app) as reader:
        with monkeypatch.context() as patch:
            patch.setattr(actions, "keep", lambda *kept: (keep(*kept), 1 / 0))
            with pytest.raises(ZeroDivisionError):
                reader.look()
        assert journals(app) != []
        assert reader.look() == 5

    assert verdicts(app) == {"counted": 5}


def test_one_drain_at_a_time_reads(app: Flask) -> None:
    visited(app)

    with draining(app) as first, draining(app) as second:
        assert first.look() == 5
        assert second.look() == -1
        assert second.empty() == 0
        first.close()
        assert second.look() == 0

    assert verdicts(app) == {"counted": 5}


def test_two_drains_at_once_keep_each_visit_once(app: Flask) -> None:
    visited(app, 200)
    kept: list[int] = []
    start = threading.Barrier(2)

    def read() -> None:
        with draining(app) as reader:
            start.wait(10)
            kept.append(reader.empty())

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sum(kept) == 200
    assert verdicts(app) == {"counted": 200}


@pytest.mark.parametrize("times", [5, 120])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_copied_journal_doubles_nothing_and_stops_nothing(app: Flask, times: int, when: str) -> None:
    """Few rows and many are written in different ways on PostgreSQL; both have to find what is there already."""
    visited(app, times)
    (journal,) = journals(app)
    copy = journal.with_name(f"00-00-0-copied{ENDING}")
    backup = journal.with_name("backup")
    shutil.copyfile(journal, copy if when == "before" else backup)

    make.drain(app)
    if when == "after":
        shutil.copyfile(backup, copy)
        make.drain(app)
    with other_process(app) as other:
        with make.saved(app):
            code = make.code_of(make.fan(make.campaign(make.brand("others"), "other")))
        other.test_client().get(f"/r/{code}", headers=PHONE)
        make.drain(app)

    assert verdicts(app) == {"counted": times + 1}
    assert not copy.exists()


def test_a_journal_torn_by_a_power_failure_gives_all_its_whole_records(app: Flask) -> None:
    visited(app, 4)
    (journal,) = journals(app)
    data = journal.read_bytes()
    journal.write_bytes(data[:128] + data[128:200] + data[256:384] + bytes(300) + data[384:450])

    assert make.drain(app) == 2
    assert journals(app) == []
