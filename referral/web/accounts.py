"""Pages of the staff's own accounts: signing in with a password and a second factor, and looking after both.

They belong to the area of brands, whose blueprint begins here and goes on in brands.py.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, EqualTo

from referral.brands import actions, passwords, queries
from referral.brands.rules import PASSWORD_LENGTH
from referral.errors import Refusal
from referral.links import qr
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.i18n import LANGUAGES
from referral.web.access import (
    allow_account,
    current_account,
    forget_account,
    open_to_all,
    own_address,
    remember_account,
)
from referral.web.forms import Form, again, choices
from referral.web.limits import SECOND_FACTOR, SIGN_IN, limiter

if TYPE_CHECKING:
    from referral.brands.models import Account

pages = Blueprint("brands", __name__)

HALF_WAY_SECONDS = 5 * 60
HALF_WAY_TRIES = 5


class SignInForm(Form):
    """Ask who it is."""

    email = EmailField(_("Mail address"), [DataRequired(_("Write your mail address."))])
    password = PasswordField(_("Password"), [DataRequired(_("Write your password."))])


class CodeForm(Form):
    """Ask for a code of the authenticator app, or a recovery code."""

    code = StringField(_("Code"), [DataRequired(_("Write the code."))])


class NameForm(Form):
    """Ask what somebody is called, and which language they read."""

    name = StringField(_("Your name"), [DataRequired(_("Write your name."))])
    locale = SelectField(_("Language"), choices=choices([("", _("As the browser says")), *LANGUAGES.items()]))


class PasswordForm(Form):
    """Ask for the password of today and the next one."""

    old = PasswordField(_("Password now"), [DataRequired(_("Write your password."))])
    new = PasswordField(_("New password"), [DataRequired(_("Write a new password."))])
    again = PasswordField(_("New password once more"), [EqualTo("new", _("This is not the same as the new password."))])


class OnlyPasswordForm(Form):
    """Ask for the password once more, before something that weakens the account."""

    password = PasswordField(_("Password"), [DataRequired(_("Write your password."))])


# --- Signing in and out ----------------------------------------------------------------------------------------------


@pages.get("/sign-in")
@pages.post("/sign-in")
@open_to_all
@limiter.limit(SIGN_IN, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Let somebody of the staff in by mail address and password; what is answered does not tell which was wrong."""
    form = SignInForm()
    if request.method != "POST":
        signed_in = current_account()
        return redirect(home(signed_in)) if signed_in is not None else render_template("brands/sign_in.html", form=form)
    if not form.validate():
        return again("brands/sign_in.html", form=form)
    account = actions.recognise(form.email.data, form.password.data)
    if account is None:
        form.form_errors.append(gettext("The mail address or the password is not right."))
        return again("brands/sign_in.html", form=form)
    if account.totp_secret is not None:
        until = milliseconds(now()) + HALF_WAY_SECONDS * 1000
        session["half_way"] = {"account": account.id, "until": until, "tries": 0}
        return redirect(url_for("brands.second_factor"), 303)
    return enter(account)


@pages.get("/sign-in/code")
@pages.post("/sign-in/code")
@open_to_all
@limiter.limit(SECOND_FACTOR, key_func=lambda: str(session.get("half_way", {}).get("account")), methods=["POST"])
def second_factor() -> ResponseReturnValue:
    """Ask whoever gave the right password for a code, for five minutes and five times."""
    account = _half_way()
    if account is None:
        session.pop("half_way", None)
        flash(gettext("That took too long, or was tried too often. Please begin again."), "warning")
        return redirect(url_for("brands.sign_in"), 303)
    form = CodeForm()
    if request.method != "POST":
        return render_template("brands/second_factor.html", form=form)
    if form.validate() and actions.pass_second_factor(account, form.code.data[:40]):
        return enter(account)
    session["half_way"] = {**session["half_way"], "tries": session["half_way"]["tries"] + 1}
    if form.code.data:
        form.code.errors = [gettext("The code is not right, or was used before.")]
    return again("brands/second_factor.html", form=form)


@pages.post("/sign-out")
@allow_account
def sign_out(account: Account) -> ResponseReturnValue:
    """Sign this browser out."""
    actions.let_go(session["staff"])
    forget_account()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("brands.sign_in"), 303)


def enter(account: Account) -> ResponseReturnValue:
    """Sign an account in to this browser, and lead it to where it wanted to go."""
    wanted = own_address(session.get("next_staff"))
    remember_account(actions.let_in(account))
    if account.locale and "language" not in session:
        session["language"] = account.locale
    return redirect(wanted or home(account), 303)


def home(account: Account) -> str:
    """Give the address where an account starts: its only brand, or all of them."""
    brands = queries.brands_of(account)
    return url_for("brands.show", brand=brands[0].slug) if len(brands) == 1 else url_for("brands.listed")


def _half_way() -> Account | None:
    """Tell whose password this browser knew a moment ago."""
    state = session.get("half_way")
    if state is None or state["until"] < milliseconds(now()) or state["tries"] >= HALF_WAY_TRIES:
        return None
    return queries.account_by_id(state["account"])


# --- The account -----------------------------------------------------------------------------------------------------


@pages.get("/account")
@allow_account
def account(account: Account) -> ResponseReturnValue:
    """Show somebody their account."""
    return render_template("brands/account.html", **_account_page(account))


@pages.post("/account")
@allow_account
def change_account(account: Account) -> ResponseReturnValue:
    """Change a name and a language."""
    form = NameForm()
    if not form.validate():
        return again("brands/account.html", **_account_page(account, name_form=form))
    try:
        actions.introduce_oneself(account, name=form.name.data, locale=form.locale.data or None)
    except Refusal as refusal:
        form.blame(refusal, {"name_missing": "name", "name_too_long": "name", "locale_unknown": "locale"})
        return again("brands/account.html", **_account_page(account, name_form=form))
    session.pop("language", None)
    if account.locale:
        session["language"] = account.locale
    flash(gettext("Saved."), "success")
    return redirect(url_for("brands.account"), 303)


@pages.post("/account/password")
@allow_account
@limiter.limit(SIGN_IN)
def change_password(account: Account) -> ResponseReturnValue:
    """Change the password, which signs every other browser out."""
    form = PasswordForm()
    places = {"password_wrong": "old", "password_short": "new", "password_long": "new", "password_weak": "new"}
    if not form.validate():
        return again("brands/account.html", **_account_page(account, password_form=form))
    try:
        actions.change_password(account, form.old.data, form.new.data)
    except Refusal as refusal:
        form.blame(refusal, places)
        return again("brands/account.html", **_account_page(account, password_form=form))
    remember_account(actions.let_in(account))
    flash(gettext("The password is changed. Every other browser is signed out."), "success")
    return redirect(url_for("brands.account"), 303)


@pages.get("/account/second-factor")
@pages.post("/account/second-factor")
@allow_account
@limiter.limit(SIGN_IN, methods=["POST"])
def set_up_second_factor(account: Account) -> ResponseReturnValue:
    """Show a secret for an authenticator app; once a code proves that it was read, show the recovery codes."""
    if account.totp_secret is not None:
        return redirect(url_for("brands.account"), 303)
    form = CodeForm()
    secret = session.setdefault("new_second_factor", passwords.new_totp_secret())
    if request.method != "POST":
        return render_template("brands/second_factor_new.html", form=form, **_secret_page(account, secret))
    if not form.validate():
        return again("brands/second_factor_new.html", form=form, **_secret_page(account, secret))
    try:
        codes = actions.add_second_factor(account, secret, form.code.data[:40])
    except Refusal as refusal:
        form.blame(refusal, {"code_wrong": "code"})
        return again("brands/second_factor_new.html", form=form, **_secret_page(account, secret))
    session.pop("new_second_factor")
    return render_template("brands/recovery_codes.html", codes=codes)


@pages.post("/account/second-factor/drop")
@allow_account
@limiter.limit(SIGN_IN)
def drop_second_factor(account: Account) -> ResponseReturnValue:
    """Ask for the password only from now on; it takes the password to say so."""
    form = OnlyPasswordForm()
    if not form.validate():
        return again("brands/account.html", **_account_page(account, drop_form=form))
    try:
        actions.drop_second_factor(account, form.password.data)
    except Refusal as refusal:
        form.blame(refusal, {"password_wrong": "password"})
        return again("brands/account.html", **_account_page(account, drop_form=form))
    flash(gettext("The second factor is gone. Your password alone lets you in now."), "success")
    return redirect(url_for("brands.account"), 303)


def _account_page(account: Account, **forms: Form) -> dict[str, Any]:
    told = {
        "name_form": NameForm(formdata=None, data={"name": account.name, "locale": account.locale or ""}),
        "password_form": PasswordForm(formdata=None),
        "drop_form": OnlyPasswordForm(formdata=None),
    }
    return {
        "account": account,
        "codes_left": len(account.recovery_hashes.split()),
        "least": PASSWORD_LENGTH,
        "brands": queries.brands_of(account),
        **told,
        **forms,
    }


def _secret_page(account: Account, secret: str) -> dict[str, Any]:
    drawn = qr.svg(
        passwords.totp_uri(secret, account.email, "Tular"), title=gettext("QR code for your authenticator app")
    )
    return {
        # As an address of its own: the picture holds the secret, so there is no page that could give it out.
        "picture": "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode(),
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
    }
