"""A pass reaches its visitor by mail: its address and its code as a picture, once, and only while it is good."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image

from referral.events import own_passes, passes, queries
from referral.fans import queries as fans
from referral.notices import worker
from referral.people import queries as people
from referral.plumbing import clock, mail, outbox
from referral.plumbing.clock import now
from referral.plumbing.db import every_brand
from tests import factories as make
from tests.parts.mailing import Letters, by_smtp, mail_server

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.events.models import Event, Pass


@pytest.fixture
def letters() -> Iterator[tuple[Letters, int]]:
    """Run a real mail server; give what it received, and its port."""
    with mail_server() as running:
        yield running


def fair(app: Flask, **terms: Any) -> Event:
    """Make a campaign that people may join, with an event."""
    with make.saved(app):
        return make.event(make.campaign(make.brand()), **terms)


def join(client: FlaskClient, contact: str, name: str = "Ayu Lestari", **headers: str) -> None:
    """Join as a visitor does."""
    answer = make.send(client, "/c/fair/join", {"name": name, "contact": contact}, headers=headers)
    assert answer.location == "/me/fair"


def pass_of(app: Flask, event: Event, email: str) -> Pass:
    """Give the pass of whoever has a mail address."""
    with make.saved(app):
        [person] = people.with_mail_address(email)
        [fan] = fans.of_person(person)
        held = queries.pass_of_fan(event, fan.id)
        assert held is not None
        return held


def waiting(app: Flask) -> int:
    """Count what has still to leave."""
    with app.app_context():
        return outbox.waiting()[0]


def work(app: Flask, settings: dict[str, Any] | None = None) -> int:
    """Let the worker look once; say how many messages left."""
    with app.app_context():
        return worker.empty_outbox(settings if settings is not None else app.config)


def mailbox(app: Flask) -> list[Any]:
    """Give what lies in the development mailbox, the newest first."""
    with app.app_context():
        return mail.kept()


def test_who_joins_by_mail_is_sent_their_pass_with_its_code(
    app: Flask, client: FlaskClient, letters: tuple[Letters, int]
) -> None:
    event = fair(app)
    join(client, "ayu@example.org")
    sink, port = letters

    assert work(app, by_smtp(app, port)) == 1

    [letter] = sink.received
    gate_pass = pass_of(app, event, "ayu@example.org")
    with make.saved(app):
        token = make.token_of(gate_pass)
    [picture] = letter.iter_attachments()
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.get_content())))
    text = letter.get_body().get_content()  # type: ignore[union-attr]
    assert (letter["To"], letter["Subject"]) == ("ayu@example.org", "Your pass for A night of books")
    assert text.startswith("Hello Ayu,\n\nthis is your pass for A night of books")
    assert f"\nhttp://tular.test/p/{token}\n" in text
    assert "Hall B\n" in text
    assert "\nhttp://tular.test/me/fair\n" in text
    assert "\n\n\n" not in text
    assert picture.get_content_type() == "image/png"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_filename() == "pass-1.png"
    assert code.text == f"HTTP://TULAR.TEST/P/{token}"


def test_a_mail_without_a_picture_stays_one_piece_of_text(app: Flask, letters: tuple[Letters, int]) -> None:
    sink, port = letters

    with app.app_context():
        mail.send(mail.Mail("<1@tular.test>", "ayu@example.org", "Hello", "Come.\n"), by_smtp(app, port))

    [letter] = sink.received
    assert letter.get_content_type() == "text/plain"


def test_it_is_sent_once_however_often_somebody_joins(app: Flask, client: FlaskClient) -> None:
    event = fair(app)
    join(client, "ayu@example.org")
    with make.saved(app):
        token = make.token_of(pass_of(app, event, "ayu@example.org"))
    work(app)
    for _ in range(2):
        make.send(client, "/c/fair/join", {})

    assert waiting(app) == 0
    assert work(app) == 0
    [kept] = mailbox(app)
    assert token in kept.body


def test_who_has_no_mail_address_is_sent_nothing(app: Flask, client: FlaskClient) -> None:
    fair(app)
    join(client, "+62 812 3456 7890")

    assert work(app) == 0
    assert waiting(app) == 0
    assert mailbox(app) == []


def test_a_story_without_an_event_sends_no_pass(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(make.brand())
    join(client, "ayu@example.org")

    assert waiting(app) == 0


def test_it_is_written_with_the_joining_or_not_at_all(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fair(app)
    client = app.test_client()

    def full(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(outbox, "put", full)
    with pytest.raises(OSError, match="full"):
        make.send(client, "/c/fair/join", {"name": "Ayu", "contact": "ayu@example.org"})

    with app.app_context(), every_brand():
        assert people.with_mail_address("ayu@example.org") == []


@pytest.mark.parametrize(
    ("tag", "greeting"),
    [("id", "Halo"), ("pl", "Cześć"), ("zh-CN", "你好")],
)
def test_it_is_written_in_the_language_of_joining(app: Flask, client: FlaskClient, tag: str, greeting: str) -> None:
    fair(app)
    join(client, "ayu@example.org", **{"Accept-Language": tag})
    work(app)

    [kept] = mailbox(app)
    assert greeting in kept.body.splitlines()[0]


def test_a_new_pass_is_sent_in_place_of_a_lost_one_that_was_not_sent_yet(app: Flask, client: FlaskClient) -> None:
    event = fair(app)
    join(client, "ayu@example.org")
    lost = pass_of(app, event, "ayu@example.org")

    assert make.send(client, "/me/fair/events/night/pass").status_code == 303
    work(app)

    fresh = pass_of(app, event, "ayu@example.org")
    with make.saved(app):
        old, new = make.token_of(lost), make.token_of(fresh)
    [kept] = mailbox(app)
    assert lost.id != fresh.id
    assert new in kept.body
    assert old not in kept.body


def test_a_pass_that_opens_nothing_any_more_is_not_sent(app: Flask) -> None:
    event = fair(app)
    with make.saved(app):
        ayu, budi = (make.fan(queries.campaign_of(event), name) for name in ("Ayu", "Budi"))
        taken, late = make.gate_pass(event, ayu), make.gate_pass(event, budi)
        own_passes.mail(taken, "en")
        own_passes.mail(late, "en")
        passes.revoke(taken)

    with clock.at(now() + timedelta(days=4)):
        assert work(app) == 0

    assert waiting(app) == 0
    assert mailbox(app) == []


def test_a_pass_of_somebody_who_was_erased_is_not_sent(app: Flask) -> None:
    event = fair(app)
    with make.saved(app):
        ayu = make.fan(queries.campaign_of(event), "Ayu")
        own_passes.mail(make.gate_pass(event, ayu), "en")
        make.person_of(ayu).erased_at = now()

    assert work(app) == 0
    assert waiting(app) == 0


def test_it_can_be_sent_again_to_its_own_address_only(app: Flask, client: FlaskClient) -> None:
    fair(app)
    join(client, "ayu@example.org")
    work(app)

    make.send(client, "/me/fair/events/night/pass/mail", {"email": "somebody.else@example.org"})
    work(app)

    assert [kept.recipient for kept in mailbox(app)] == ["ayu@example.org"] * 2
