"""Signing in by mail: a button and not a link, once, for ten minutes, and the same answer for everybody."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.plumbing import clock, outbox
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.people.models import Person

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


def ask(client: FlaskClient, email: str = "ayu@example.org") -> None:
    """Ask for a way in, as the sign-in page does."""
    answer = make.send(client, "/me/sign-in", {"email": email})
    assert (answer.status_code, answer.location) == (303, "/me/sign-in/code")


def mailed(app: Flask) -> list[dict[str, Any]]:
    """Take what is to be mailed: the tokens and codes that only the mail carries."""
    with make.saved(app):
        waiting = outbox.lease(100)
        for leased in waiting:
            outbox.done(leased.id)
        return [dict(leased.payload) for leased in waiting]


@pytest.fixture
def ayu(app: Flask) -> Person:
    """Give somebody who joined with a mail address."""
    with make.saved(app):
        return make.person_of(make.fan(make.campaign(make.brand()), "Ayu", email="ayu@example.org"))


def is_in(client: FlaskClient) -> bool:
    """Tell whether somebody is signed in in this browser."""
    return client.get("/me").location == "/me/fair"


# --- The link --------------------------------------------------------------------------------------------------------


def test_a_returning_fan_gets_in_by_the_mailed_link_on_any_device(app: Flask, client: FlaskClient, ayu: Person) -> None:
    ask(client, " Ayu@Example.org ")
    [mail] = mailed(app)
    other = app.test_client()

    page = other.get(f"/me/sign-in/{mail['token']}")
    answer = make.send(other, f"/me/sign-in/{mail['token']}")

    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert "<button" in page.text
    assert mail["token"] not in page.text.partition("<main")[2]
    assert (answer.status_code, answer.location) == (303, "/me")
    assert is_in(other)
    assert not is_in(client)


def test_opening_the_link_changes_nothing_however_often_scanners_do(
    app: Flask, client: FlaskClient, ayu: Person
) -> None:
    ask(client)
    [mail] = mailed(app)
    scanner = app.test_client()

    for _ in range(5):
        scanner.get(f"/me/sign-in/{mail['token']}")
        scanner.head(f"/me/sign-in/{mail['token']}")

    assert not is_in(scanner)
    assert make.send(client, f"/me/sign-in/{mail['token']}").status_code == 303
    assert is_in(client)


def test_the_link_is_good_once(app: Flask, client: FlaskClient, ayu: Person) -> None:
    ask(client)
    [mail] = mailed(app)
    make.send(client, f"/me/sign-in/{mail['token']}")
    thief = app.test_client()

    answer = make.send(thief, f"/me/sign-in/{mail['token']}")

    assert answer.status_code == 410
    assert "This way in is closed" in answer.text
    assert 'href="/me/sign-in"' in answer.text
    assert not is_in(thief)


def test_the_link_is_good_for_ten_minutes(app: Flask, client: FlaskClient, ayu: Person) -> None:
    with clock.at(NOON):
        ask(client)
        [mail] = mailed(app)

    with clock.at(NOON + timedelta(minutes=10)):
        answer = make.send(client, f"/me/sign-in/{mail['token']}")

    assert answer.status_code == 410


def test_a_newer_link_ends_the_older_one(app: Flask, client: FlaskClient, ayu: Person) -> None:
    ask(client)
    ask(client)
    older, newer = mailed(app)

    assert make.send(client, f"/me/sign-in/{older['token']}").status_code == 410
    assert make.send(client, f"/me/sign-in/{newer['token']}").status_code == 303


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "Ünknown", "..%2f.."])
def test_an_unknown_link_gets_a_clear_page(app: Flask, client: FlaskClient, ayu: Person, token: str) -> None:
    answer = make.send(client, f"/me/sign-in/{token}")

    assert answer.status_code in {404, 410}
    assert not is_in(client)


def test_the_button_needs_the_pages_token(app: Flask, client: FlaskClient, ayu: Person) -> None:
    ask(client)
    [mail] = mailed(app)

    assert client.post(f"/me/sign-in/{mail['token']}").status_code == 400
    assert make.send(client, f"/me/sign-in/{mail['token']}").status_code == 303


# --- The code --------------------------------------------------------------------------------------------------------


def test_the_short_code_lets_in_the_browser_that_asked(app: Flask, client: FlaskClient, ayu: Person) -> None:
    ask(client)
    [mail] = mailed(app)
    typed = f" {mail['code'][:4].lower()}-{mail['code'][4:].lower()} "

    answer = make.send(client, "/me/sign-in/code", {"code": typed})

    assert (answer.status_code, answer.location) == (303, "/me")
    assert is_in(client)
    assert make.send(app.test_client(), f"/me/sign-in/{mail['token']}").status_code == 410


def test_the_short_code_is_worth_nothing_in_another_browser(app: Flask, client: FlaskClient, ayu: Person) -> None:
    ask(client)
    [mail] = mailed(app)
    thief = app.test_client()

    assert make.send(thief, "/me/sign-in/code", {"code": mail["code"]}).location == "/me/sign-in"
    ask(thief, "mallory@example.org")
    assert make.send(thief, "/me/sign-in/code", {"code": mail["code"]}).status_code == 400
    assert not is_in(thief)


def test_five_wrong_codes_close_the_way(app: Flask, client: FlaskClient, ayu: Person) -> None:
    ask(client)
    [mail] = mailed(app)

    wrong = [make.send(client, "/me/sign-in/code", {"code": f"0000000{number}"}).status_code for number in range(5)]
    right = make.send(client, "/me/sign-in/code", {"code": mail["code"]})

    assert wrong == [400] * 5
    assert right.status_code == 400
    assert "not right, or was used before" in right.text
    assert not is_in(client)


@pytest.mark.parametrize("code", ["", "x" * 10_000, "\x00", "＜＞", "🌺" * 8])
def test_what_is_no_code_is_answered_like_a_wrong_one(app: Flask, client: FlaskClient, ayu: Person, code: str) -> None:
    ask(client)

    assert make.send(client, "/me/sign-in/code", {"code": code}).status_code == 400


# --- Nobody learns who is known --------------------------------------------------------------------------------------


def test_an_unknown_address_gets_the_same_answer_and_no_mail(app: Flask, client: FlaskClient, ayu: Person) -> None:
    known, unknown = app.test_client(), app.test_client()
    ask(known, "ayu@example.org")
    ask(unknown, "nobody@example.org")

    pages = [one.get("/me/sign-in/code").text.partition("<main")[2] for one in (known, unknown)]

    assert len(mailed(app)) == 1
    without_tokens = {page.partition("csrf_token")[0] for page in pages}
    assert len(without_tokens) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "Tell us your mail address."), ("ayu", "This is not a mail address."), ("a@b\x00.org", "not")],
)
def test_what_is_no_address_is_said_beside_the_field(
    app: Flask, client: FlaskClient, ayu: Person, typed: str, sentence: str
) -> None:
    answer = make.send(client, "/me/sign-in", {"email": typed})

    assert answer.status_code == 400
    assert sentence in answer.text


def test_nobodys_mailbox_is_filled_by_a_stranger(app: Flask, client: FlaskClient, ayu: Person) -> None:
    with clock.at(NOON):
        for _ in range(8):
            ask(client)
        flood = mailed(app)
    with clock.at(NOON + timedelta(minutes=11)):
        ask(client)
        later = mailed(app)

    assert len(flood) == 5
    assert len(later) == 1


def test_one_address_in_two_brands_is_mailed_a_way_into_each(app: Flask, client: FlaskClient, ayu: Person) -> None:
    with make.saved(app):
        make.fan(make.campaign(make.brand("tea-house", name="Tea House"), "tea"), "Ayu", email="ayu@example.org")

    ask(client)
    ways = mailed(app)
    for way in ways:
        make.send(client, f"/me/sign-in/{way['token']}")

    page = client.get("/me")
    assert len(ways) == 2
    assert page.status_code == 200
    assert "/me/fair" in page.text
    assert "/me/tea" in page.text


@pytest.mark.settings(RATE_LIMITS=True)
def test_asking_and_trying_is_slowed_down(app: Flask, client: FlaskClient, ayu: Person) -> None:
    asked = Counter(make.send(client, "/me/sign-in", {"email": "x@example.org"}).status_code for _ in range(6))
    tried = Counter(make.send(client, "/me/sign-in/code", {"code": "0"}).status_code for _ in range(8))

    assert asked == {303: 4, 429: 2}
    assert tried == {400: 5, 429: 3}


# --- Where one gets to -----------------------------------------------------------------------------------------------


def sign_in(app: Flask, client: FlaskClient) -> str | None:
    """Sign in by mail; say where it leads."""
    ask(client)
    [mail] = mailed(app)
    return make.send(client, f"/me/sign-in/{mail['token']}").location


def test_who_was_sent_to_sign_in_gets_to_the_page_they_wanted(app: Flask, client: FlaskClient, ayu: Person) -> None:
    assert client.get("/me/fair").location == "/me/sign-in"

    assert sign_in(app, client) in {"/me/fair", "/me/fair?"}


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\tx",
        "javascript:alert(1)",
        "",
    ],
)
def test_signing_in_never_leads_elsewhere(app: Flask, client: FlaskClient, ayu: Person, wanted: str) -> None:
    with client.session_transaction() as kept:
        kept["next"] = wanted

    assert sign_in(app, client) == "/me"


def test_a_page_of_somebody_elses_brand_is_not_led_to(app: Flask, client: FlaskClient, ayu: Person) -> None:
    with make.saved(app):
        make.campaign(make.brand("tea-house", name="Tea House"), "tea")
    client.get("/me/tea")

    assert sign_in(app, client) == "/me"


def test_signing_in_begins_a_new_session_and_keeps_the_language(app: Flask, client: FlaskClient, ayu: Person) -> None:
    with client.session_transaction() as kept:
        kept["language"], kept["planted"] = "id", "by somebody"

    sign_in(app, client)

    with client.session_transaction() as kept:
        assert "planted" not in kept
        assert kept["language"] == "id"


def test_signing_out_ends_the_session_in_the_database_too(app: Flask, ayu: Person) -> None:
    client = make.signed_in_person(app, ayu)
    with client.session_transaction() as kept:
        copied = dict(kept)

    answer = make.send(client, "/me/sign-out")

    assert answer.status_code == 303
    assert not is_in(client)
    thief = app.test_client()
    with thief.session_transaction() as stolen:
        stolen.update(copied)
    assert not is_in(thief)
