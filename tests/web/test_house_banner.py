"""The banner that tells staff when visits are late."""

from __future__ import annotations

import fcntl
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from referral.brands.rules import Role
from referral.clicks import watch
from referral.plumbing import clock
from referral.plumbing.db import db
from tests import factories as make
from tests.web.following import LATE, NOON, follow, working

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.links.models import Link


CAMPAIGN = "/b/night-fair/campaigns/fair"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.engines("sqlite")
def test_when_visits_are_late_the_staff_of_a_campaign_are_told(
    app: Flask, brand: Brand, poster: Link, role: Role
) -> None:
    client = make.staff(app, brand, role)
    follow(app, poster)

    with clock.at(NOON + timedelta(minutes=2)):
        campaign, campaigns, account = (client.get(path).text for path in (CAMPAIGN, "/b/night-fair", "/account"))

    assert "Visits arrive late: 1 since Nov 14, 2026 12:00 UTC is not counted yet." in campaign
    assert 'role="status"' in campaign
    assert (LATE in campaigns) is (role is Role.OWNER)
    assert LATE not in account
    assert ('href="/house"' in campaign) is (role is Role.OWNER)


@pytest.mark.engines("sqlite")
def test_while_all_is_well_there_is_no_banner(app: Flask, owner: FlaskClient, poster: Link) -> None:
    follow(app, poster)

    with clock.at(NOON + timedelta(seconds=30)):
        assert LATE not in owner.get(CAMPAIGN).text


@pytest.mark.engines("sqlite")
def test_people_from_outside_are_told_nothing(app: Flask, client: FlaskClient, poster: Link) -> None:
    follow(app, poster)

    with clock.at(NOON + timedelta(minutes=2)):
        assert [LATE in client.get(path).text for path in ("/c/fair", "/", "/sign-in")] == [False] * 3


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("path", [CAMPAIGN, "/house"])
def test_the_banner_costs_a_page_one_small_question(app: Flask, owner: FlaskClient, poster: Link, path: str) -> None:
    follow(app, poster)
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))

    with clock.at(NOON + timedelta(minutes=2)):
        page = owner.get(path).text

    assert LATE in page
    assert len([statement for statement in asked if "click_journal.position" in statement]) == 1
    assert not [statement for statement in asked if "FROM click " in statement]


@pytest.mark.engines("sqlite")
def test_the_worker_holds_the_file_that_the_house_looks_at(app: Flask) -> None:
    with working(app), (Path(app.config["CLICKS_DIR"]) / watch.TURN).open("rb") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
