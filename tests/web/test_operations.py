"""The house itself: its front, its language, health, figures and the development mailbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from referral.notices.worker import empty_outbox
from referral.plumbing import clock, outbox
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


# --- The front -------------------------------------------------------------------------------------------------------


def test_an_empty_installation_leads_to_its_first_run(client: FlaskClient) -> None:
    assert client.get("/").location == "/start"


def test_with_one_brand_the_front_shows_its_running_stories(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        brand = make.brand()
        make.campaign(brand, title="Books all night")
        for state in ("draft", "upcoming", "over"):
            make.campaign(brand, state, title=f"The {state} one", state=state)

    page = client.get("/")

    assert page.status_code == 200
    assert 'href="/c/fair"' in page.text
    assert "Books all night" in page.text
    assert not [state for state in ("draft", "upcoming", "over") if f"The {state} one" in page.text]
    assert 'href="/me"' in page.text
    assert 'href="/sign-in"' in page.text


def test_with_several_brands_the_front_names_none(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(make.brand(), title="Books all night")
        make.brand("tea-house", name="Tea House")

    page = client.get("/")

    assert page.status_code == 200
    assert "Books all night" not in page.text
    assert "Tea House" not in page.text
    assert 'href="/me"' in page.text
    assert 'href="/sign-in"' in page.text


def test_the_staff_are_led_to_their_brand(app: Flask) -> None:
    with make.saved(app):
        owner = make.member(make.brand())

    assert make.signed_in(app, owner).get("/").location == "/b/night-fair"


# --- The language ----------------------------------------------------------------------------------------------------


def test_a_chosen_language_stays_and_leads_back_to_the_page(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    answer = make.send(client, "/language", {"locale": "id", "next": "/c/fair?via=ABCDEFG1&lang=pl"})

    assert (answer.status_code, answer.location) == (303, "/c/fair?via=ABCDEFG1")
    page = client.get("/c/fair", headers={"Accept-Language": "pl"})
    assert '<html lang="id"' in page.text
    assert page.headers["Content-Language"] == "id"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:a()",
        "/\r\nX: y",
        "x",
        "",
    ],
)
def test_choosing_a_language_never_leads_elsewhere(client: FlaskClient, wanted: str) -> None:
    answer = make.send(client, "/language", {"locale": "pl", "next": wanted})

    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("locale", ["", "xx", "../../etc", "\x00", "p" * 5000])
def test_a_language_we_do_not_have_changes_nothing(client: FlaskClient, locale: str) -> None:
    make.send(client, "/language", {"locale": locale, "next": "/"})

    with client.session_transaction() as kept:
        assert "language" not in kept


# --- Health and figures ----------------------------------------------------------------------------------------------


def read(answer: TestResponse) -> dict[str, str]:
    """Read figures as Prometheus does."""
    return dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))


def test_health_is_answered_when_the_database_answers(client: FlaskClient) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    head = client.head("/healthz")
    assert (head.status_code, head.data) == (200, b"")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("lost", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://nobody@127.0.0.1:9/nothing"])
def test_health_is_not_answered_without_a_database(app: Flask, lost: str) -> None:
    with app.app_context():
        engines = app.extensions["sqlalchemy"].engines
        engines[None].dispose()
        engines[None] = create_engine(lost)

    answer = app.test_client().get("/healthz")

    assert (answer.status_code, answer.json) == (503, {"status": "database unreachable"})


@pytest.mark.settings(METRICS_TOKEN="a token")
def test_figures_are_given_to_who_has_the_token(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        make.click(ayu)
        make.click(ayu, verdict="bot")
        make.sale(campaign, budi)
        outbox.put("sign_in", {})

    answer = client.get("/metrics", headers={"Authorization": "Bearer a token"})

    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    figures = read(answer)
    assert float(figures.pop("tular_outbox_oldest_seconds")) >= 0
    assert figures == {
        "tular_outbox_waiting": "1.0",
        "tular_outbox_given_up": "0.0",
        "tular_fans": "2.0",
        'tular_clicks_total{verdict="bot"}': "1.0",
        'tular_clicks_total{verdict="counted"}': "1.0",
        "tular_sales_total": "1.0",
        "tular_ledger_transactions_total": "1.0",
        "tular_clicks_waiting": "0.0",
        "tular_clicks_oldest_seconds": "0.0",
        "tular_clicks_held": "0.0",
        "tular_clicks_lost": "0.0",
        "tular_journals": "0.0",
    }


@pytest.mark.settings(METRICS_TOKEN="a token")
def test_figures_tell_of_visits_that_are_not_counted_yet(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code
    for second in (0, 5, 5):
        with clock.at(NOON + timedelta(seconds=second)):
            client.get(f"/r/{code}", headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile"})

    def on_their_way() -> tuple[str, ...]:
        with clock.at(NOON + timedelta(seconds=30)):
            figures = read(client.get("/metrics", headers={"Authorization": "Bearer a token"}))
        return tuple(figures[f"tular_{name}"] for name in ("clicks_waiting", "clicks_oldest_seconds", "journals"))

    before = on_their_way()
    make.drain(app)

    assert before == ("3.0", "30.0", "1.0")
    assert on_their_way() == ("0.0", "0.0", "1.0")


@pytest.mark.engines("sqlite")
@pytest.mark.settings(METRICS_TOKEN="a token")
def test_figures_count_what_waits_in_memory_and_what_is_lost_once(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code
    client.get(f"/r/{code}")
    journal = app.click_path.journal  # type: ignore[attr-defined]
    journal._begin = lambda: None  # as on a disk that takes no file any more
    journal._file.close()
    journal.lost += 2
    client.get(f"/r/{code}")

    def figures() -> tuple[str, str]:
        found = read(client.get("/metrics", headers={"Authorization": "Bearer a token"}))
        return found["tular_clicks_held"], found["tular_clicks_lost"]

    at_once = figures()
    deadline = time.monotonic() + 5
    while journal.untold != (0, 0):
        assert time.monotonic() < deadline, "the slot's file was not written"
        time.sleep(0.01)

    assert at_once == figures() == ("1.0", "2.0")


@pytest.mark.settings(METRICS_TOKEN="a token")
@pytest.mark.engines("sqlite")
def test_figures_are_given_also_where_the_journals_cannot_be_read(app: Flask, client: FlaskClient) -> None:
    (Path(app.config["CLICKS_DIR"]) / "of-somebody-else.journal").mkdir(parents=True)

    figures = read(client.get("/metrics", headers={"Authorization": "Bearer a token"}))

    assert "tular_fans" in figures
    assert "tular_clicks_waiting" not in figures


@pytest.mark.settings(METRICS_TOKEN="a token")
@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer a", "a token", "bearer a token", "Bearer ä token"])
def test_without_the_token_there_are_no_figures(client: FlaskClient, given: str | None) -> None:
    headers = {"Authorization": given} if given is not None else {}

    assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize("given", ["Bearer", "Bearer "])
def test_without_a_token_set_there_is_no_such_page(client: FlaskClient, given: str) -> None:
    assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


# --- The development mailbox -----------------------------------------------------------------------------------------


def mail_somebody(app: Flask, client: FlaskClient) -> None:
    """Let a way in be mailed into the mailbox."""
    with make.saved(app):
        make.fan(make.campaign(make.brand()), "Ayu <b>", email="ayu@example.org")
    make.send(client, "/me/sign-in", {"email": "ayu@example.org"})
    with app.app_context():
        assert empty_outbox(app.config) == 1


@pytest.mark.settings(MAILBOX=True)
def test_the_mailbox_shows_mails_with_links_to_follow(app: Flask, client: FlaskClient) -> None:
    mail_somebody(app, client)

    page = client.get("/mailbox")

    assert page.status_code == 200
    assert "Your way in to The Night Fair" in page.text
    assert "ayu@example.org" in page.text
    assert '<a href="http://tular.test/me/sign-in/' in page.text
    assert "<b>" not in page.text


@pytest.mark.settings(MAILBOX=True)
@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {}),
        ("::ffff:192.0.2.7", {}),
        ("", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
    ],
)
def test_the_mailbox_is_for_this_machine_only(client: FlaskClient, address: str, headers: dict[str, str]) -> None:
    answer = client.get("/mailbox", headers=headers, environ_overrides={"REMOTE_ADDR": address})

    assert answer.status_code == 404


@pytest.mark.settings(MAILBOX=True)
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.8.8.8"])
def test_the_mailbox_is_seen_at_this_machine(client: FlaskClient, address: str) -> None:
    assert client.get("/mailbox", environ_overrides={"REMOTE_ADDR": address}).status_code == 200


def test_without_the_setting_there_is_no_mailbox(client: FlaskClient) -> None:
    assert client.get("/mailbox").status_code == 404


@pytest.mark.settings(MAILBOX=True, MAIL_SERVER="mail.example")
def test_with_a_mail_server_there_is_no_mailbox(client: FlaskClient) -> None:
    assert client.get("/mailbox").status_code == 404


# --- What is not there -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nothing", "/%00", "/c/", "/r/", "/me/a/b/c", "/..%2f..%2fetc/passwd", "/.env"])
def test_a_page_that_is_not_there_says_so_and_leads_on(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("path", ["/me/fair%00", "/c/fair%00", "/r/%00", "/me/sign-in/%00", "/pictures/%00.jpg"])
def test_a_nul_in_an_address_finds_nothing(app: Flask, path: str) -> None:
    with make.saved(app):
        person = make.person_of(make.fan(make.campaign(make.brand()), "Ayu"))

    assert make.signed_in_person(app, person).get(path).status_code == 404
