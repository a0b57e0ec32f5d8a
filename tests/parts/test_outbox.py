"""What must leave the house leaves it, at least once, and tells a receiver when it is the same message again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.brands.models import Brand
from referral.notices import worker
from referral.people import actions as people
from referral.people import queries as found_people
from referral.people.models import Person
from referral.plumbing import clock, mail, outbox
from referral.plumbing.outbox import LEASE, PAUSES
from referral.plumbing.transaction import upkeep
from tests import factories as make
from tests.parts.mailing import Letters, by_smtp, mail_server

if TYPE_CHECKING:
    from flask import Flask

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


class Killed(BaseException):
    """End the worker as a signal would: no handler of exceptions is asked."""


@pytest.fixture
def letters() -> Iterator[tuple[Letters, int]]:
    """Run a real mail server; give what it received, and its port."""
    with mail_server() as running:
        yield running


def work(app: Flask, settings: dict[str, Any] | None = None) -> int:
    """Let the worker look once; say how many messages left."""
    with app.app_context():
        return worker.empty_outbox(settings if settings is not None else app.config)


def ask(app: Flask, times: int = 1, address: str = "ayu@example.org") -> None:
    """Ask for a way in."""
    with make.saved(app):
        for _ in range(times):
            people.ask_way_in(address)


def known(app: Flask, locale: str | None = "en", brand_locale: str = "en") -> tuple[Brand, Person]:
    """Make somebody whom mail can reach."""
    with make.saved(app):
        brand = make.brand(locale=brand_locale)
        fan = make.fan(make.campaign(brand), "Ayu Dewi", email="ayu@example.org", locale=locale)
        return brand, make.person_of(fan)


def waiting(app: Flask) -> int:
    """Count what has still to leave."""
    with app.app_context():
        return outbox.waiting()[0]


# --- What is said ----------------------------------------------------------------------------------------------------


def test_a_way_in_leaves_by_smtp_with_link_and_code(app: Flask, letters: tuple[Letters, int]) -> None:
    known(app)
    ask(app)
    sink, port = letters

    assert work(app, by_smtp(app, port)) == 1

    [letter] = sink.received
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    text = body.decode()
    assert (letter["To"], letter["Subject"]) == ("ayu@example.org", "Your way in to The Night Fair")
    assert letter["From"] == "Tular <tular@localhost>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert text.startswith("Hello Ayu,\n\nopen this link")
    assert "\nhttp://tular.test/me/sign-in/" in text
    assert "for 10 minutes." in text
    assert "\n\n\n" not in text.replace("\r", "")
    assert waiting(app) == 0


def test_what_was_said_is_forgotten_once_it_left(app: Flask) -> None:
    known(app)
    ask(app)
    work(app)

    with make.saved(app):
        outbox.put("sign_in", {})
        assert [leased.payload for leased in outbox.lease()] == [{}], (
            "a sent message is leased again, or kept its words"
        )


@pytest.mark.parametrize(("locale", "brand_locale"), [("id", "en"), ("pl", "en"), ("zh_Hans", "en"), (None, "pl")])
def test_a_mail_is_written_in_its_readers_language_or_the_brands(
    app: Flask, locale: str | None, brand_locale: str
) -> None:
    known(app, locale, brand_locale)
    ask(app)

    work(app)

    with app.app_context():
        [kept] = mail.kept()
    assert "http://tular.test/me/sign-in/" in kept.body


def test_without_a_server_mails_are_kept_in_the_mailbox_once(app: Flask) -> None:
    known(app)
    ask(app)

    assert work(app) == 1
    assert work(app) == 0

    with app.app_context():
        assert [kept.recipient for kept in mail.kept()] == ["ayu@example.org"]


# --- At least once ---------------------------------------------------------------------------------------------------


def test_a_worker_killed_after_sending_sends_the_same_message_again_and_loses_none(
    app: Flask, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(app)
    with clock.at(NOON):
        ask(app)
    sink, port = letters
    settings = by_smtp(app, port)

    with monkeypatch.context() as patch, clock.at(NOON):
        patch.setattr(outbox, "done", _die)
        with pytest.raises(Killed):
            work(app, settings)
    with clock.at(NOON + timedelta(seconds=1)):
        at_once = work(app, settings)
    with clock.at(NOON + LEASE + timedelta(seconds=1)):
        later = work(app, settings)

    assert (at_once, later) == (0, 1)
    assert len(sink.received) == 2
    first, second = sink.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].startswith("<outbox-")
    assert first["Message-ID"].endswith("@tular.test>")
    assert first.get_payload() == second.get_payload()
    assert waiting(app) == 0


def test_a_worker_killed_before_sending_loses_nothing(
    app: Flask, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(app)
    with clock.at(NOON):
        ask(app)
    sink, port = letters

    with monkeypatch.context() as patch, clock.at(NOON):
        patch.setattr(mail, "send", _die)
        with pytest.raises(Killed):
            work(app, by_smtp(app, port))
    with clock.at(NOON + LEASE + timedelta(seconds=1)):
        assert work(app, by_smtp(app, port)) == 1

    assert len(sink.received) == 1


def test_the_mailbox_shows_a_mail_once_though_the_worker_was_killed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(app)
    with clock.at(NOON):
        ask(app)

    with monkeypatch.context() as patch, clock.at(NOON):
        patch.setattr(outbox, "done", _die)
        with pytest.raises(Killed):
            work(app)
    with clock.at(NOON + LEASE + timedelta(seconds=1)):
        work(app)

    with app.app_context():
        assert len(mail.kept()) == 1


def _die(*args: object, **options: object) -> None:
    raise Killed


def test_a_server_that_is_down_is_tried_again_with_longer_and_longer_pauses(app: Flask) -> None:
    with make.saved(app), clock.at(NOON):
        outbox.put("sign_in", {})

    moment, tried = NOON, []
    for pause in PAUSES:
        with clock.at(moment), make.saved(app):
            [leased] = outbox.lease()
            outbox.failed(leased, "ConnectionRefusedError")
            tried.append(leased.attempts)
        with clock.at(moment + pause - timedelta(milliseconds=1)), make.saved(app):
            assert outbox.lease() == []
        moment += pause
    with clock.at(moment), make.saved(app):
        [last] = outbox.lease()
        outbox.failed(last, "ConnectionRefusedError")

    assert tried == [1, 2, 3, 4, 5, 6, 7]
    with clock.at(moment + timedelta(days=30)), make.saved(app):
        assert outbox.lease() == []
        assert outbox.given_up() == 1


def test_mail_waits_for_a_server_that_comes_back(app: Flask, letters: tuple[Letters, int]) -> None:
    known(app)
    sink, port = letters
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    with clock.at(NOON):
        ask(app)
        assert work(app, by_smtp(app, nobody)) == 0
        assert work(app, by_smtp(app, port)) == 0, "it was tried again without a pause"
    assert waiting(app) == 1

    with clock.at(NOON + PAUSES[0]):
        assert work(app, by_smtp(app, port)) == 1

    assert len(sink.received) == 1


def test_one_message_that_cannot_be_written_does_not_keep_the_others(app: Flask) -> None:
    known(app)
    with make.saved(app):
        outbox.put("of_a_kind_nobody_knows", {})
    ask(app)

    assert work(app) == 1
    assert waiting(app) == 1


def test_two_workers_do_not_send_the_same_message(app: Flask) -> None:
    known(app)
    ask(app)

    with make.saved(app):
        mine = outbox.lease()
    with make.saved(app):
        theirs = outbox.lease()

    assert (len(mine), len(theirs)) == (1, 0)


# --- Nobody to send it to --------------------------------------------------------------------------------------------


def test_a_way_in_that_has_run_out_is_not_sent_any_more(app: Flask) -> None:
    known(app)
    with clock.at(NOON):
        ask(app, times=2)

    with clock.at(NOON + timedelta(seconds=1)):
        newest = work(app)
    with clock.at(NOON + timedelta(minutes=20)):
        ask(app)
    with clock.at(NOON + timedelta(minutes=40)):
        late = work(app)

    assert (newest, late) == (1, 0)
    assert waiting(app) == 0
    with app.app_context():
        assert len(mail.kept()) == 1


def test_a_mail_to_somebody_who_was_erased_is_dropped_quietly(app: Flask) -> None:
    brand, person = known(app)
    ask(app)
    with make.saved(app):
        found = found_people.by_id(brand.id, person.id)
        assert found is not None
        found.email = found.email_key = found.name = None
        found.erased_at = clock.now()

    assert work(app) == 0
    assert waiting(app) == 0
    with app.app_context():
        assert mail.kept() == []


# --- The transaction -------------------------------------------------------------------------------------------------


def test_what_was_rolled_back_never_leaves(app: Flask) -> None:
    def put_and_break() -> None:
        outbox.put("sign_in", {})
        raise RuntimeError

    with app.app_context(), pytest.raises(RuntimeError):
        upkeep(put_and_break)

    assert waiting(app) == 0


def test_the_oldest_message_says_since_when_it_waits(app: Flask) -> None:
    with make.saved(app), clock.at(NOON):
        outbox.put("sign_in", {})
    with make.saved(app), clock.at(NOON + timedelta(hours=1)):
        outbox.put("sign_in", {})

    with app.app_context():
        assert outbox.waiting() == (2, NOON)
