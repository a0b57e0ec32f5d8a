"""The operator's page: who may see it, and what it says of visits, the disk, mail and settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from referral.brands.rules import Role
from referral.clicks import watch
from referral.plumbing import clock, outbox
from referral.plumbing.db import db
from tests import factories as make
from tests.web.following import LATE, NOON, follow, working

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.links.models import Link


def fill_disk(app: Flask) -> None:
    """Let the journal of this process be written no more."""
    journal = app.click_path.journal  # type: ignore[attr-defined]
    journal._begin = lambda: None
    journal._file.close()


def until(what: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# --- Who may see it --------------------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("role", list(Role))
def test_owners_see_the_house_and_are_led_there_and_nobody_else_is(app: Flask, brand: Brand, role: Role) -> None:
    client = make.staff(app, brand, role)

    answer, account = client.get("/house"), client.get("/account")

    assert (answer.status_code == 200, 'href="/house"' in account.text) == ((role is Role.OWNER,) * 2)
    assert answer.status_code in (200, 403)


@pytest.mark.engines("sqlite")
def test_an_owner_of_one_brand_sees_the_house_though_only_a_viewer_of_another(app: Flask, brand: Brand) -> None:
    with make.saved(app):
        account = make.member(brand, "viewer", "both@brands.example")
        make.member(make.brand("tea-house", name="Tea House"), "owner", "both@brands.example")

    assert make.signed_in(app, account).get("/house").status_code == 200


@pytest.mark.engines("sqlite")
def test_staff_of_no_brand_do_not_see_the_house(app: Flask, owner: FlaskClient) -> None:
    with make.saved(app):
        db.session.connection().exec_driver_sql("DELETE FROM member")

    assert owner.get("/house").status_code == 403


@pytest.mark.engines("sqlite")
def test_who_is_not_signed_in_is_asked_to(client: FlaskClient) -> None:
    assert client.get("/house").location == "/sign-in"


@pytest.mark.engines("sqlite")
def test_the_house_says_nothing_of_any_brand(app: Flask, owner: FlaskClient, poster: Link) -> None:
    follow(app, poster)

    page = owner.get("/house").text

    assert not [word for word in ("Night Fair", "night-fair", "Books all night", poster.code) if word in page]


@pytest.mark.engines("sqlite")
@pytest.mark.settings(MAIL_SERVER="mail.example", MAIL_PASSWORD="hush-hush", METRICS_TOKEN="hush-hush")
def test_the_house_says_no_secret(app: Flask, owner: FlaskClient) -> None:
    page = owner.get("/house").text

    assert "hush-hush" not in page
    assert app.config["SECRET_KEY"] not in page


# --- Visits ----------------------------------------------------------------------------------------------------------


def test_all_is_well_while_a_worker_takes_visits_in(app: Flask, owner: FlaskClient, poster: Link) -> None:
    follow(app, poster)
    with working(app) as drain:
        drain.empty()
        with clock.at(NOON + timedelta(hours=1)):
            page = owner.get("/house").text

    assert "All is well" in page
    assert "Every visit is counted." in page
    assert "The worker is not running" not in page
    assert LATE not in page


def test_without_a_worker_the_house_says_how_to_start_it(app: Flask, owner: FlaskClient, poster: Link) -> None:
    follow(app, poster)

    with clock.at(NOON + timedelta(seconds=10)):
        page = owner.get("/house").text

    assert "The worker is not running on this machine" in page
    assert "flask --app wsgi worker" in page
    assert "<strong>1</strong>" in page
    assert "visit is in a journal and not counted yet" in page
    assert LATE not in page


def test_the_house_does_not_take_itself_for_the_worker_or_keep_it_from_its_turn(app: Flask, owner: FlaskClient) -> None:
    with working(app):
        assert watch.folder(Path(app.config["CLICKS_DIR"])).is_read
    assert [watch.folder(Path(app.config["CLICKS_DIR"])).is_read for _ in range(2)] == [False, False]
    owner.get("/house")

    with working(app) as drain:
        assert drain.look() == 0, "the page holds the worker's turn"


@pytest.mark.parametrize(("seconds", "is_late"), [(59, False), (61, True)])
def test_visits_that_wait_too_long_are_told_of(
    app: Flask, owner: FlaskClient, poster: Link, seconds: int, is_late: bool
) -> None:
    follow(app, poster)
    follow(app, poster, NOON + timedelta(seconds=5))
    make.drain(app)
    follow(app, poster)
    follow(app, poster, NOON + timedelta(seconds=5))
    with clock.at(NOON + timedelta(seconds=seconds)):
        page = owner.get("/house").text

    assert ("Visits arrive late: 2 since Nov 14, 2026 12:00 UTC are not counted yet." in page) is is_late
    assert ("Look at this" in page) is is_late


@pytest.mark.engines("sqlite")
def test_visits_in_memory_are_counted_once_and_told_of(app: Flask, owner: FlaskClient, poster: Link) -> None:
    follow(app, poster)
    journal = app.click_path.journal  # type: ignore[attr-defined]
    fill_disk(app)
    follow(app, poster)
    follow(app, poster)

    page = owner.get("/house").text
    until(lambda: bool(journal.untold == (0, 0)))
    later = owner.get("/house").text

    # Another process's page reads the same from the slot's file.
    assert watch.folder(Path(app.config["CLICKS_DIR"])).is_writable
    for told in (page, later):
        assert "The disk takes no visits: 2 wait in memory." in told
        assert "A process could not write its journal." in told


@pytest.mark.engines("sqlite")
def test_what_could_not_be_said_in_a_slots_file_is_told_by_its_process(
    app: Flask, owner: FlaskClient, poster: Link
) -> None:
    follow(app, poster)
    journal = app.click_path.journal  # type: ignore[attr-defined]
    journal._slot._file.close()
    journal._slot._file = None
    fill_disk(app)
    follow(app, poster)
    time.sleep(0.15)
    journal.lost += 3

    page = owner.get("/house").text

    assert "The disk takes no visits: 1 waits in memory." in page
    assert "3 visits were answered and could not be kept" in page


@pytest.mark.engines("sqlite")
def test_lost_visits_are_told_of_with_where_to_look(app: Flask, owner: FlaskClient, poster: Link) -> None:
    follow(app, poster)
    app.click_path.journal.lost += 1  # type: ignore[attr-defined]

    page = owner.get("/house").text

    assert "1 visit was answered and could not be kept." in page
    assert "in the log of the web processes" in page
    assert "is-error" in page


@pytest.mark.engines("sqlite")
def test_a_journal_that_cannot_be_read_does_not_break_the_pages(app: Flask, owner: FlaskClient) -> None:
    # A folder by that name is what the administrator, who may read everything, cannot read either.
    (Path(app.config["CLICKS_DIR"]) / "of-somebody-else.journal").mkdir(parents=True)

    page = owner.get("/house")

    assert (page.status_code, "The journals cannot be read" in page.text) == (200, True)
    assert owner.get("/b/night-fair").status_code == 200


# --- The disk --------------------------------------------------------------------------------------------------------


def test_a_folder_says_whether_it_takes_files_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    there, later, wrong = (watch.folder(tmp_path / name) for name in (".", "a/b/clicks", "file"))

    assert (there.is_writable, later.is_writable, wrong.is_writable) == (True, True, False)
    assert there.free is not None
    assert there.free > 0
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("folder", "said"),
    [
        (watch.Folder(False, 10**12, True), "Nothing can be written to the journals' folder."),
        (watch.Folder(True, 10**6, True), "The disk is nearly full."),
        (watch.Folder(True, None, True), "Not known"),
        (watch.Folder(True, 128 * 10**9, True), "128 GB, room for 1,000,000,000 visits"),
    ],
)
def test_the_house_says_what_to_do_about_the_disk(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch, folder: watch.Folder, said: str
) -> None:
    monkeypatch.setattr(watch, "folder", lambda _path: folder)

    assert said in owner.get("/house").text


# --- Mail and settings -----------------------------------------------------------------------------------------------


def test_the_house_shows_mail_that_waits_and_mail_that_never_left(app: Flask, owner: FlaskClient) -> None:
    with make.saved(app), clock.at(NOON):
        for _ in range(3):
            outbox.put("sign_in", {})
        [first, *_] = outbox.lease()
        for attempt in range(1, 9):
            outbox.failed(outbox.Leased(first.id, None, "sign_in", {}, attempt), "ConnectionRefusedError")

    page = owner.get("/house").text

    assert "messages have still to leave" in page
    assert "The oldest waits since Nov 14, 2026 12:00 UTC." in page
    assert "1 message never left" in page


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("within 50 milliseconds", marks=pytest.mark.settings()),
        pytest.param("neither a program's end nor a power cut", marks=pytest.mark.settings(CLICK_SYNC_MS=0)),
        pytest.param("thrown away after 400 days", marks=pytest.mark.settings()),
        pytest.param("Single visits are kept for ever", marks=pytest.mark.settings(CLICK_KEPT_DAYS=0)),
        pytest.param("an empty database is filled with it", marks=pytest.mark.settings(DEMO=True)),
        pytest.param("shown at /mailbox", marks=pytest.mark.settings(MAILBOX=True)),
        pytest.param("the server that MAIL_SERVER names", marks=pytest.mark.settings(MAIL_SERVER="mail.example")),
        pytest.param("on port 8100", marks=pytest.mark.settings(REDIRECT_PORT=8100)),
        pytest.param("cannot be read: nothing.mmdb", marks=pytest.mark.settings(GEO_DATABASE="/nothing.mmdb")),
    ],
)
@pytest.mark.engines("sqlite")
def test_the_house_says_settings_in_words(owner: FlaskClient, said: str) -> None:
    assert said in owner.get("/house").text


def test_the_house_names_its_database(owner: FlaskClient, engine_name: str) -> None:
    page = owner.get("/house").text

    assert ("<td>PostgreSQL</td>" in page, "Whole months go at once" in page) == ((engine_name == "postgresql",) * 2)
