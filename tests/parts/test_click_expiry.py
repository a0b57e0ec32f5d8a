"""What runs out of the clicks: visits, secrets and positions go in time, and counts stay; a restored copy adds up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from referral.campaigns import queries as campaigns
from referral.cli.worker import tidy
from referral.clicks import actions, expiry, salts
from referral.clicks import queries as clicks
from referral.clicks.actions import Row
from referral.plumbing import clock
from referral.plumbing.clock import milliseconds
from referral.plumbing.db import db
from referral.plumbing.transaction import upkeep
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

    from referral.campaigns.models import Campaign
    from referral.links.models import Link

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


@pytest.fixture
def poster(app: Flask) -> Link:
    """Make a campaign with a poster."""
    with make.saved(app):
        return make.link(make.campaign(make.brand()))


def visit(app: Flask, link: Link, at: datetime, times: int = 1) -> None:
    """Record visits of a day gone by."""
    ms, whose = milliseconds(at), (link.brand_id, link.campaign_id, link.id)
    with make.saved(app):
        actions.keep(
            [
                Row((ms << 22) + number, ms, *whose, number, "poster", "qr", "phone", None, None, None, "counted")
                for number in range(times)
            ]
        )


def asked(app: Flask, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Ask the database itself."""
    with app.app_context(), db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def kept(app: Flask) -> list[datetime]:
    """List the days of the visits that are kept."""
    rows = asked(app, "SELECT DISTINCT at FROM click ORDER BY at")
    return [datetime.fromtimestamp(int(str(at)) / 1000, UTC) for (at,) in rows]


def forget(app: Flask, days: int, at: datetime = NOON) -> int:
    """Throw visits away once."""
    with clock.at(at), app.app_context():
        return upkeep(lambda: expiry.forget_clicks(days))


def tidied(app: Flask, days: int, at: datetime = NOON) -> None:
    """Clear away as the worker does."""
    with clock.at(at), app.app_context():
        tidy(days, Event())


# --- Visits ----------------------------------------------------------------------------------------------------------


def test_old_visits_go_and_their_counts_stay(app: Flask, poster: Link) -> None:
    for age in (100, 31, 29, 0):
        visit(app, poster, NOON - timedelta(days=age), times=3)

    tidied(app, 30)

    newest = [NOON - timedelta(days=29), NOON]
    assert kept(app)[-2:] == newest
    assert NOON - timedelta(days=100) not in kept(app)
    with make.saved(app):
        campaign = campaign_of(app, poster)
        assert clicks.counts(campaign) == {"counted": 12}
        assert sum(clicks.by_day(campaign, poster.id).values()) == 12
        assert clicks.by_trait(campaign)["device", "phone", "counted"] == 12


@pytest.mark.engines("sqlite")
def test_sqlite_keeps_a_visit_to_the_day(app: Flask, poster: Link) -> None:
    edge = NOON - timedelta(days=30)
    for moment in (edge - timedelta(milliseconds=1), edge, edge + timedelta(milliseconds=1)):
        visit(app, poster, moment)

    tidied(app, 30)

    assert kept(app) == [edge, edge + timedelta(milliseconds=1)]


@pytest.mark.engines("sqlite")
def test_sqlite_throws_away_a_piece_at_a_time_and_of_every_brand(
    app: Flask, poster: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 4)
    with make.saved(app):
        other = make.link(make.campaign(make.brand("tea-house", name="Tea House"), "tea"))
    for link in (poster, other):
        visit(app, link, NOON - timedelta(days=50), times=9)
        visit(app, link, NOON, times=2)

    pieces = [forget(app, 30) for _ in range(8)]

    assert pieces == [4, 4, 1, 4, 4, 1, 0, 0]
    assert asked(app, "SELECT count(*) FROM click") == [(4,)]


@pytest.mark.engines("postgresql")
def test_postgresql_drops_whole_months_when_all_of_each_is_old(app: Flask, poster: Link) -> None:
    august, september, october = (datetime(2026, month, 20, tzinfo=UTC) for month in (8, 9, 10))
    for moment in (august, september, october, NOON):
        visit(app, poster, moment)

    # Thirty days ago was the fifteenth of October.
    assert [forget(app, 30) for _ in range(3)] == [1, 1, 0]
    assert kept(app) == [october, NOON]
    assert [forget(app, 30, NOON + timedelta(days=16)) for _ in range(2)] == [0, 0]
    assert [forget(app, 30, NOON + timedelta(days=17)) for _ in range(2)] == [1, 0]
    assert kept(app) == [NOON]
    parts = asked(app, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'click'::regclass")
    assert parts == [("click_y2026m11",)]


@pytest.mark.engines("postgresql")
def test_a_visit_of_a_month_that_was_dropped_is_kept_all_the_same(app: Flask, poster: Link) -> None:
    long_ago = NOON - timedelta(days=90)
    visit(app, poster, long_ago)
    tidied(app, 30)

    visit(app, poster, long_ago + timedelta(seconds=1))

    assert kept(app) == [long_ago + timedelta(seconds=1)]


@pytest.mark.engines("postgresql")
def test_postgresql_drops_nothing_that_is_not_a_month(app: Flask, poster: Link) -> None:
    with make.saved(app):
        db.session.execute(text("CREATE TABLE click_by_hand PARTITION OF click DEFAULT"))

    assert forget(app, 1) == 0
    assert asked(app, "SELECT to_regclass('click_by_hand')::text") == [("click_by_hand",)]


@pytest.mark.engines("postgresql")
def test_a_month_that_somebody_reads_waits_and_nobody_waits_behind_it(app: Flask, poster: Link) -> None:
    visit(app, poster, NOON - timedelta(days=90))
    visit(app, poster, NOON)

    with app.app_context(), db.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM click"))
        assert forget(app, 30) == 0
        visit(app, poster, NOON + timedelta(seconds=1))

    assert forget(app, 30) == 1
    assert kept(app) == [NOON, NOON + timedelta(seconds=1)]


@pytest.mark.engines("postgresql")
def test_the_next_months_partition_is_there_before_its_first_visit(app: Flask) -> None:
    parts = "SELECT inhrelid::regclass::text AS part FROM pg_inherits WHERE inhparent = 'click'::regclass ORDER BY part"

    tidied(app, 30, NOON)
    early = asked(app, parts)
    tidied(app, 30, NOON + timedelta(days=3))

    assert early == [("click_y2026m11",)]
    assert asked(app, parts) == [("click_y2026m11",), ("click_y2026m12",)]


@pytest.mark.engines("postgresql")
def test_making_a_partition_waits_for_nobody_for_long(app: Flask, poster: Link) -> None:
    visit(app, poster, NOON)

    with app.app_context(), db.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM click"))
        tidied(app, 30, NOON + timedelta(days=3))
        visit(app, poster, NOON + timedelta(seconds=1))
    tidied(app, 30, NOON + timedelta(days=3))

    assert asked(app, "SELECT to_regclass('click_y2026m12')::text") == [("click_y2026m12",)]
    assert len(kept(app)) == 2


@pytest.mark.parametrize("days", [0, -1])
def test_without_an_end_visits_are_kept_for_ever(app: Flask, poster: Link, days: int) -> None:
    visit(app, poster, NOON - timedelta(days=3000))

    tidied(app, days)

    assert kept(app) == [NOON - timedelta(days=3000)]


# --- Secrets and positions -------------------------------------------------------------------------------------------


def secrets_at(app: Flask, moment: datetime) -> dict[int, bytes]:
    """Give the secrets by day, as they are after the worker cleared away."""
    tidied(app, 400, moment)
    with app.app_context():
        return salts.known()


def test_there_are_secrets_for_yesterday_today_and_tomorrow_and_no_others(app: Flask) -> None:
    today = milliseconds(NOON) // 86_400_000

    first = secrets_at(app, NOON)
    second = secrets_at(app, NOON + timedelta(days=1))
    third = secrets_at(app, NOON + timedelta(days=2))

    assert (set(first), set(second)) == ({today, today + 1}, {today, today + 1, today + 2})
    assert set(third) == {today + 1, today + 2, today + 3}
    assert {len(salt) for salt in third.values()} == {32}
    assert len({*first.values(), *second.values(), *third.values()}) == 4, (
        "two days have one secret, or a secret changed"
    )


@pytest.mark.engines("sqlite")
def test_a_secret_that_ran_out_is_in_no_byte_of_the_file(app: Flask) -> None:
    with app.app_context():
        # Some builds of SQLite write zeros over what is deleted by themselves; most do not.
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda opened, _: opened.execute("PRAGMA secure_delete=OFF"))
    today = milliseconds(NOON) // 86_400_000
    gone = secrets_at(app, NOON)[today]
    file = Path(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or "")

    kept_secret = secrets_at(app, NOON + timedelta(days=2))[today + 2]
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert kept_secret in file.read_bytes()
    assert gone not in file.read_bytes()


def test_positions_of_journals_long_gone_are_forgotten(app: Flask) -> None:
    with make.saved(app):
        for name, age in (("old", 401), ("new", 399)):
            db.session.execute(
                text("INSERT INTO click_journal VALUES (:name, 128, :at)"),
                {"name": name, "at": milliseconds(NOON - timedelta(days=age))},
            )

    tidied(app, 30)

    assert asked(app, "SELECT name FROM click_journal") == [("new",)]


def campaign_of(app: Flask, link: Link) -> Campaign:
    """Find the campaign of a link."""
    return campaigns.by_id(link.brand_id, link.campaign_id)
