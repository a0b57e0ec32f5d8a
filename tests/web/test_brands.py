"""The first run, the staff's way in, their accounts, a brand's campaigns, its keys and its colour."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest

from referral.brands import actions, queries
from referral.brands.rules import Role
from referral.plumbing import clock
from referral.plumbing.signing import is_api_key
from tests import factories as make
from tests.factories import PASSWORD, send

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Account, Brand

START = {
    "name": "The Night Fair",
    "slug": "night-fair",
    "currency": "IDR",
    "locale": "id",
    "owner": "Rani",
    "email": "Rani@fair.example",
    "password": PASSWORD,
    "again": PASSWORD,
}


@pytest.fixture
def owner(app: Flask, brand: Brand) -> Account:
    """Make its owner."""
    with make.saved(app):
        return make.member(brand)


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> str:
    """Sign in as a person would; return where that led, or the words of the page that came back."""
    answer = send(client, "/sign-in", {"email": email, "password": password})
    return answer.location if answer.status_code == 303 else f"{answer.status_code} {answer.text}"


def with_second_factor(app: Flask, account: Account) -> tuple[pyotp.TOTP, list[str]]:
    """Give an account a second factor whose last code was used a minute ago."""
    secret = pyotp.random_base32()
    totp = pyotp.TOTP(secret)
    moment = clock.now() - timedelta(minutes=1)
    with make.saved(app), clock.at(moment):
        found = queries.account_by_id(account.id)
        assert found is not None
        return totp, actions.add_second_factor(found, secret, totp.at(moment))


# --- The first run ---------------------------------------------------------------------------------------------------


def test_the_first_run_makes_a_brand_and_its_owner_and_lets_them_in(app: Flask, client: FlaskClient) -> None:
    assert client.get("/start").status_code == 200

    answer = send(client, "/start", START)

    assert (answer.status_code, answer.location) == (303, "/b/night-fair")
    page = client.get("/b/night-fair")
    assert page.status_code == 200
    assert "The Night Fair is here" in page.text
    with make.saved(app):
        account = queries.account_by_email("rani@fair.example")
        assert account is not None
        assert queries.role(queries.by_slug("night-fair"), account) == Role.OWNER


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "Night Fair!", "The short name takes"),
        ("email", "rani", "This is not a mail address."),
        ("password", "short", "at least 12 characters"),
        ("again", "something else", "This is not the same password."),
        ("name", " ", "Give the brand a name."),
        ("owner", "", "Write your name."),
    ],
)
def test_a_first_run_that_cannot_be_right_keeps_what_was_typed_and_makes_nothing(
    app: Flask, client: FlaskClient, field: str, value: str, words: str
) -> None:
    given = START | {field: value} | ({"again": value} if field == "password" else {})

    answer = send(client, "/start", given)

    assert answer.status_code == 400
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert PASSWORD not in answer.text
    assert field == "owner" or 'value="Rani"' in answer.text
    with make.saved(app):
        assert not queries.any_brand()


def test_a_first_run_that_fails_late_leaves_no_brand_behind(app: Flask, client: FlaskClient) -> None:
    answer = send(client, "/start", START | {"email": "nobody@"})

    assert answer.status_code == 400
    with make.saved(app):
        assert not queries.any_brand()


def test_there_is_no_second_first_run(app: Flask, client: FlaskClient, brand: Brand) -> None:
    for answer in (client.get("/start"), send(client, "/start", START | {"slug": "another"})):
        assert (answer.status_code, answer.location) == (303, "/sign-in")

    with make.saved(app):
        assert queries.find("another") is None


def test_of_two_who_begin_in_the_same_moment_one_makes_the_brand(app: Flask) -> None:
    together = threading.Barrier(2)
    places: list[str] = []

    def begin(slug: str) -> None:
        client = app.test_client()
        together.wait()
        places.append(send(client, "/start", START | {"slug": slug, "email": f"{slug}@fair.example"}).location)

    threads = [threading.Thread(target=begin, args=(slug,)) for slug in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with make.saved(app):
        begun = [slug for slug in ("one", "two") if queries.find(slug) is not None]
    assert len(begun) == 1
    assert sorted(places) == sorted([f"/b/{begun[0]}", "/sign-in"])


# --- Signing in ------------------------------------------------------------------------------------------------------


def test_the_staff_sign_in_by_mail_address_and_password(client: FlaskClient, owner: Account) -> None:
    assert sign_in(client, " OWNER@night-fair.example ") == "/b/night-fair"

    assert client.get("/b/night-fair").status_code == 200
    assert client.get("/sign-in").location == "/b/night-fair"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client: FlaskClient, owner: Account) -> None:
    wrong = send(client, "/sign-in", {"email": owner.email, "password": "not the password"})
    unknown = send(client, "/sign-in", {"email": "nobody@night-fair.example", "password": "not the password"})
    no_address = send(client, "/sign-in", {"email": "nobody", "password": "not the password"})

    assert wrong.status_code == unknown.status_code == no_address.status_code == 400
    assert "The mail address or the password is not right." in wrong.text

    def same(answer: str, typed: str) -> str:
        return re.sub(r'(name="csrf_token" value|"csrf-token" content)="[^"]+"', "", answer).replace(typed, "")

    assert same(wrong.text, owner.email) == same(unknown.text, "nobody@night-fair.example")
    assert client.get("/b/night-fair").status_code == 302


def test_signing_in_leads_back_to_where_somebody_wanted_to_go(client: FlaskClient, owner: Account) -> None:
    assert client.get("/b/night-fair/keys").location == "/sign-in"

    assert sign_in(client, owner.email) == "/b/night-fair/keys"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(client: FlaskClient, owner: Account, elsewhere: str) -> None:
    with client.session_transaction() as kept:
        kept["next_staff"] = elsewhere

    assert sign_in(client, owner.email) == "/b/night-fair"


def test_who_works_for_several_brands_chooses(app: Flask, client: FlaskClient, owner: Account) -> None:
    with make.saved(app):
        other = make.brand("quiet", name="The Quiet Shelf")
        actions.take_on(other, email=owner.email, role="viewer", password=None)

    assert sign_in(client, owner.email) == "/brands"

    page = client.get("/brands").text
    assert "/b/night-fair" in page
    assert "The Quiet Shelf" in page


def test_a_new_session_begins_with_the_sign_in_and_keeps_the_language_and_the_fan(
    client: FlaskClient, owner: Account
) -> None:
    with client.session_transaction() as kept:
        kept["language"], kept["people"], kept["last_brand"], kept["stray"] = "pl", {"1": "x"}, "1", "from before"

    sign_in(client, owner.email)

    with client.session_transaction() as kept:
        assert (kept["language"], kept["people"], kept["last_brand"]) == ("pl", {"1": "x"}, "1")
        assert "stray" not in kept
        assert "csrf_token" not in kept
        assert not kept.permanent


def test_signing_out_ends_the_session_on_the_server_too(client: FlaskClient, owner: Account) -> None:
    sign_in(client, owner.email)
    with client.session_transaction() as kept:
        secret = kept["staff"]

    assert send(client, "/sign-out").location == "/sign-in"

    with client.session_transaction() as kept:
        assert "staff" not in kept
        kept["staff"] = secret
    assert client.get("/b/night-fair").location == "/sign-in"


@pytest.mark.settings(RATE_LIMITS=True)
def test_signing_in_is_limited(client: FlaskClient, owner: Account) -> None:
    answers = [sign_in(client, owner.email, "not the password")[:3] for _ in range(6)]

    assert answers == ["400"] * 5 + ["429"]
    assert client.get("/sign-in").status_code == 200


def test_a_form_from_elsewhere_is_refused(client: FlaskClient, owner: Account) -> None:
    answer = client.post("/sign-in", data={"email": owner.email, "password": PASSWORD})

    assert answer.status_code == 400
    assert "Please try once more" in answer.text


# --- The second factor -----------------------------------------------------------------------------------------------


def test_a_second_factor_is_asked_for_after_the_password(app: Flask, client: FlaskClient, owner: Account) -> None:
    totp, _ = with_second_factor(app, owner)

    assert sign_in(client, owner.email) == "/sign-in/code"
    assert client.get("/b/night-fair").location == "/sign-in"
    assert client.get("/sign-in/code").status_code == 200
    answer = send(client, "/sign-in/code", {"code": totp.now()})

    assert answer.location == "/b/night-fair"
    assert client.get("/b/night-fair").status_code == 200


def test_a_code_is_good_once(app: Flask, owner: Account) -> None:
    totp, _ = with_second_factor(app, owner)
    code = totp.now()
    answers = []
    for _ in range(2):
        client = app.test_client()
        sign_in(client, owner.email)
        answers.append(send(client, "/sign-in/code", {"code": code}).status_code)

    assert answers == [303, 400]


def test_a_recovery_code_lets_in_once(app: Flask, owner: Account) -> None:
    _, codes = with_second_factor(app, owner)
    answers = []
    for _ in range(2):
        client = app.test_client()
        sign_in(client, owner.email)
        answers.append(send(client, "/sign-in/code", {"code": f"{codes[0][:5].lower()} {codes[0][5:]}"}).status_code)

    assert answers == [303, 400]


def test_the_half_way_ends_after_five_minutes(app: Flask, client: FlaskClient, owner: Account) -> None:
    totp, _ = with_second_factor(app, owner)
    sign_in(client, owner.email)

    with clock.at(clock.now() + timedelta(minutes=5, seconds=1)):
        answer = send(client, "/sign-in/code", {"code": totp.now()})

    assert answer.location == "/sign-in"
    assert client.get("/b/night-fair").location == "/sign-in"


def test_the_half_way_ends_after_five_tries(app: Flask, client: FlaskClient, owner: Account) -> None:
    totp, _ = with_second_factor(app, owner)
    sign_in(client, owner.email)

    wrong = [send(client, "/sign-in/code", {"code": "000000"}).status_code for _ in range(5)]

    assert wrong == [400] * 5
    assert send(client, "/sign-in/code", {"code": totp.now()}).location == "/sign-in"


@pytest.mark.settings(RATE_LIMITS=True)
def test_a_session_that_is_played_back_gets_no_fresh_tries(app: Flask, client: FlaskClient, owner: Account) -> None:
    with_second_factor(app, owner)
    sign_in(client, owner.email)
    with client.session_transaction() as kept:
        fresh = dict(kept)
    answers = []
    for number in range(7):
        other = app.test_client()
        with other.session_transaction() as kept:
            kept.update(fresh)
        answer = send(other, "/sign-in/code", {"code": "000000"}, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
        answers.append(answer.status_code)

    assert answers == [400] * 6 + [429]


def test_nobody_is_half_way_without_the_password(client: FlaskClient) -> None:
    assert client.get("/sign-in/code").location == "/sign-in"
    assert send(client, "/sign-in/code", {"code": "123456"}).location == "/sign-in"


def test_a_second_factor_is_set_up_with_a_code_and_gives_recovery_codes_once(app: Flask, owner: Account) -> None:
    client = make.signed_in(app, owner)
    page = client.get("/account/second-factor")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)
    assert secret is not None
    assert "data:image/svg+xml;base64," in page.text
    wrong = send(client, "/account/second-factor", {"code": "000000"})

    answer = send(client, "/account/second-factor", {"code": pyotp.TOTP(secret[1].replace(" ", "")).now()})

    assert wrong.status_code == 400
    assert secret[1] in wrong.text
    assert len(re.findall(r"\b[0-9A-Z]{5} [0-9A-Z]{5}\b", answer.text)) == actions.RECOVERY_CODES
    assert client.get("/account/second-factor").location == "/account"
    assert "8 recovery codes are left" in client.get("/account").text


def test_a_second_factor_is_dropped_with_the_password_only(app: Flask, owner: Account) -> None:
    with_second_factor(app, owner)
    client = make.signed_in(app, owner)

    refused = send(client, "/account/second-factor/drop", {"password": "not the password"})
    assert refused.status_code == 400
    assert "The password is not right." in refused.text
    assert "recovery codes are left" in client.get("/account").text

    assert send(client, "/account/second-factor/drop", {"password": PASSWORD}).location == "/account"
    assert sign_in(app.test_client(), owner.email) == "/b/night-fair"


# --- The account -----------------------------------------------------------------------------------------------------


def test_somebody_changes_their_name_and_language(app: Flask, owner: Account) -> None:
    client = make.signed_in(app, owner)

    assert send(client, "/account", {"name": "Rani  Putri", "locale": "pl"}).location == "/account"

    page = client.get("/account").text
    assert 'value="Rani Putri"' in page
    assert '<html lang="pl"' in page
    assert send(client, "/account", {"name": "\u202e", "locale": "en"}).status_code == 400


def test_a_changed_password_signs_every_other_browser_out(app: Flask, owner: Account) -> None:
    here, elsewhere = make.signed_in(app, owner), make.signed_in(app, owner)
    new = {"new": "another lantern, further on", "again": "another lantern, further on"}

    wrong = send(here, "/account/password", {"old": "not the password", **new})
    short = send(here, "/account/password", {"old": PASSWORD, "new": "short", "again": "short"})
    right = send(here, "/account/password", {"old": PASSWORD, **new})

    assert (wrong.status_code, short.status_code, right.status_code) == (400, 400, 303)
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").location == "/sign-in"
    assert sign_in(app.test_client(), owner.email, new["new"]) == "/b/night-fair"


# --- A brand ---------------------------------------------------------------------------------------------------------


def test_an_empty_brand_says_what_to_do_next(app: Flask, brand: Brand, owner: Account) -> None:
    with make.saved(app):
        viewer = make.member(brand, "viewer")

    assert "/b/night-fair/campaigns/new" in make.signed_in(app, owner).get("/b/night-fair").text
    assert "/b/night-fair/campaigns/new" not in make.signed_in(app, viewer).get("/b/night-fair").text


def test_a_brand_shows_its_campaigns_with_their_state_and_reach(app: Flask, brand: Brand, owner: Account) -> None:
    with make.saved(app):
        make.crowd(make.campaign(brand, "running", name="Now"), 1234)
        for state in ("draft", "upcoming", "over"):
            make.campaign(brand, state, name=f"It is {state}", state=state)

    page = make.signed_in(app, owner).get("/b/night-fair").text

    assert "1,234" in page
    for name in ("Now", "It is draft", "It is upcoming", "It is over", "Draft", "Opens on", "Running", "Over"):
        assert name in page


def test_a_brand_gives_its_corrected_colour_as_a_style_sheet(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.brand("plain")
        make.brand("yellow", accent="#FFD54A")

    sheet = client.get("/b/yellow/accent.css")

    assert sheet.mimetype == "text/css"
    assert sheet.text == (
        ":root{--brand-accent:#806710;--brand-accent-ink:#fffdf8;--brand-accent-dark:#ffd54a;--brand-accent-dark-ink:#171411}\n"
    )
    again = client.get("/b/yellow/accent.css", headers={"If-None-Match": sheet.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/b/plain/accent.css").text == ""
    assert client.get("/b/nobody/accent.css").status_code == 404


# --- Keys ------------------------------------------------------------------------------------------------------------


def shown_key(page: str) -> str | None:
    """Find the key that a page shows in full."""
    found = re.search(r'class="secret"[^>]*>(tk_[0-9A-Za-z]+)<', page)
    return found[1] if found else None


def test_a_key_is_shown_once_and_kept_as_a_hash(app: Flask, brand: Brand, owner: Account) -> None:
    client = make.signed_in(app, owner)

    made = send(client, "/b/night-fair/keys", {"name": "The till", "scopes": ["fans", "sales"]})

    key = shown_key(made.text)
    assert made.status_code == 200
    assert key is not None and is_api_key(key)
    assert made.headers["Cache-Control"] == "no-store"
    later = client.get("/b/night-fair/keys").text
    assert key not in later
    assert "The till" in later
    assert key[:9] in later
    assert "Fans, Sales" in later


def test_a_key_needs_a_name_and_a_scope(app: Flask, brand: Brand, owner: Account) -> None:
    client = make.signed_in(app, owner)

    answer = send(client, "/b/night-fair/keys", {"name": "The till"})
    assert answer.status_code == 400
    assert "Choose what the key may be used for." in answer.text
    assert 'value="The till"' in answer.text
    assert send(client, "/b/night-fair/keys", {"name": " ", "scopes": ["read"]}).status_code == 400
    assert send(client, "/b/night-fair/keys", {"name": "x", "scopes": ["everything"]}).status_code == 400

    with make.saved(app):
        assert queries.keys(brand) == []


def test_a_revoked_key_is_worthless_and_says_so(app: Flask, brand: Brand, owner: Account) -> None:
    with make.saved(app):
        make.key(brand)
    client = make.signed_in(app, owner)
    revoke = re.search(r'action="(/b/night-fair/keys/[0-9A-Z]{13}/revoke)"', client.get("/b/night-fair/keys").text)
    assert revoke is not None

    assert send(client, revoke[1]).location == "/b/night-fair/keys"

    assert "Revoked" in client.get("/b/night-fair/keys").text
    with make.saved(app):
        assert queries.keys(brand)[0].revoked_at is not None


def test_the_page_of_keys_shows_how_to_use_one(app: Flask, brand: Brand, owner: Account) -> None:
    with make.saved(app):
        make.campaign(brand, "fair")

    page = make.signed_in(app, owner).get("/b/night-fair/keys").text

    assert "curl http://tular.test/api/v1/campaigns/fair/fans" in page
    assert "/api/v1/docs" in page


@pytest.mark.parametrize("locale", ["en", "id", "pl", "zh_Hans"])
def test_the_pages_speak_every_language(app: Flask, owner: Account, locale: str) -> None:
    client = make.signed_in(app, owner)

    for path in ("/b/night-fair", "/b/night-fair/keys", "/account", "/brands", "/b/night-fair/campaigns/new"):
        answer = client.get(f"{path}?lang={locale}")
        assert answer.status_code == 200
        assert f'<html lang="{locale.replace("_", "-")}"' in answer.text
