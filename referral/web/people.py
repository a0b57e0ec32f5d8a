"""Pages of people: signing in by a mailed link or its short code, and signing out."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField

from referral.campaigns import queries as campaigns
from referral.errors import Invalid
from referral.people import actions
from referral.people.rules import Contact, read_code
from referral.web.access import open_to_all, own_address, remember_person
from referral.web.errors import sentence
from referral.web.forms import Form
from referral.web.limits import ASK_MAIL, SIGN_IN, limiter

pages = Blueprint("people", __name__)


class AskForm(Form):
    """Ask where a way in may be mailed to."""

    email = StringField(_("Your mail address"))


class CodeForm(Form):
    """Ask for the short code of the mail."""

    code = StringField(_("Code from the mail"))


@pages.after_request
def tell_no_next_page(response: Response) -> Response:
    """Keep the addresses of these pages, one of which is a way in, from whatever is opened next."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@pages.get("/me/sign-in")
@pages.post("/me/sign-in")
@open_to_all
@limiter.limit(ASK_MAIL, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Mail a way in; what is answered does not tell whether anybody is known by the address."""
    form = AskForm()
    if request.method != "POST":
        return render_template("people/sign_in.html", form=form)
    try:
        key = Contact.of(email=form.email.data or "").email_key
    except Invalid as refusal:
        missing = refusal.code == "contact_missing"
        form.email.errors = [gettext("Tell us your mail address.") if missing else sentence(refusal)]
        return render_template("people/sign_in.html", form=form), 400
    session["challenge"] = actions.ask_way_in(key or "")
    return redirect(url_for("people.sign_in_code"), 303)


@pages.get("/me/sign-in/code")
@pages.post("/me/sign-in/code")
@open_to_all
@limiter.limit(SIGN_IN, methods=["POST"])
def sign_in_code() -> ResponseReturnValue:
    """Say that a mail is under way, and take its short code in the browser that asked for it."""
    challenge, form = session.get("challenge"), CodeForm()
    if challenge is None:
        return redirect(url_for("people.sign_in"), 303)
    if request.method != "POST":
        return render_template("people/sign_in_code.html", form=form)
    way = actions.use_code(challenge, read_code(form.code.data or ""))
    if way is None:
        form.code.errors = [sentence(Invalid("code_wrong"))]
        return render_template("people/sign_in_code.html", form=form), 400
    return _let_in(way.brand_id, way.person_id)


@pages.get("/me/sign-in/<token>")
@pages.post("/me/sign-in/<token>")
@open_to_all
@limiter.limit(SIGN_IN, methods=["POST"])
def sign_in_link(token: str) -> ResponseReturnValue:
    """Show a button, and let in whoever presses it: mail scanners open links, and must not use them up."""
    if request.method != "POST":
        return render_template("people/sign_in_link.html")
    way = actions.use_link(token)
    if way is None:
        return render_template("people/way_closed.html"), 410
    return _let_in(way.brand_id, way.person_id)


@pages.post("/me/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """Sign a person out of this browser, in every brand."""
    for secret in session.pop("people", {}).values():
        actions.let_go(secret)
    for key in ("last_brand", "challenge", "next"):
        session.pop(key, None)
    flash(gettext("You are signed out."), "success")
    return make_response(redirect(url_for("operations.front"), 303))


def _let_in(brand_id: int, person_id: int) -> ResponseReturnValue:
    wanted = session.get("next")
    remember_person(brand_id, actions.let_in(brand_id, person_id))
    return redirect(_where_to(wanted, brand_id), 303)


def _where_to(wanted: str | None, brand_id: int) -> str:
    """Choose the page somebody wanted, if it is theirs: else they would be asked to sign in again."""
    path = own_address(wanted)
    home = url_for("fans.me")
    if path is None or not path.startswith(f"{home}/"):
        return path or home
    found = campaigns.public(path.removeprefix(f"{home}/").partition("?")[0].partition("/")[0])
    return path if found is not None and found[0].id == brand_id else home
