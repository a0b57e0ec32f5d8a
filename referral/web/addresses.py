"""Pages of fans who joined with a number: they may leave a mail address, and come back by it once it is confirmed.

The address waits in the browser's own signed session until the code that was mailed to it is typed there: nothing is
kept of an address that may be somebody else's. The area's blueprint begins here and goes on in fans.py.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, current_app, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import EmailField, StringField

from referral.errors import Invalid, Refusal
from referral.people import actions
from referral.people.rules import clean_email, good_until, read_code
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.signing import short_code
from referral.web import language
from referral.web.access import allow_person
from referral.web.errors import sentence
from referral.web.forms import Form
from referral.web.limits import ASK_MAIL, SIGN_IN, limiter

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.people.models import Person

pages = Blueprint("fans", __name__)


class AddressForm(Form):
    """Ask for a mail address."""

    email = EmailField(_("Your mail address"))


class AddressCodeForm(Form):
    """Ask for the code that was mailed to the address."""

    code = StringField(_("Code from the mail"))


class Asked(NamedTuple):
    """Hold an address that waits for its code, as the browser's session keeps it."""

    person_id: int
    email: str
    until_ms: int
    proof: str

    def is_of(self, person: Person) -> bool:
        """Tell whether it is this person's, and may still be confirmed."""
        return self.person_id == person.id and milliseconds(now()) < self.until_ms

    def is_proved_by(self, code: str) -> bool:
        """Tell whether a code is the one that was mailed."""
        return hmac.compare_digest(self.proof, _proof(self.person_id, self.email, self.until_ms, code))


@pages.post("/me/<campaign>/mail")
@allow_person
@limiter.limit(ASK_MAIL)
def ask_address(person: Person, campaign: Campaign) -> ResponseReturnValue:
    """Mail a code to the address that somebody without one would like to come back by."""
    try:
        email = clean_email(AddressForm().email.data or "")
    except Invalid as refusal:
        flash(sentence(refusal), "error")
        return _back(campaign)
    code, until = short_code(), milliseconds(good_until(now()))
    if person.email is None:
        actions.offer_address(person, email, code, language.current())
        session["address"] = Asked(person.id, email, until, _proof(person.id, email, until, code))
    return _back(campaign)


@pages.post("/me/<campaign>/mail/code")
@allow_person
@limiter.limit(SIGN_IN)
def confirm_address(person: Person, campaign: Campaign) -> ResponseReturnValue:
    """Take the code, and with it the address."""
    asked = waiting(person)
    code = read_code(AddressCodeForm().code.data or "")
    try:
        if asked is None or not asked.is_proved_by(code):
            raise Invalid("code_wrong")
        actions.take_address(person, asked.email)
    except Refusal as refusal:
        flash(sentence(refusal), "error")
        return _back(campaign)
    session.pop("address", None)
    flash(gettext("The address is yours: you can sign in by it from anywhere."), "success")
    return _back(campaign)


def waiting(person: Person) -> Asked | None:
    """Give the address of a person that waits for its code in this browser."""
    kept = session.get("address")
    asked = Asked(*kept) if kept else None
    return asked if asked is not None and asked.is_of(person) else None


def _proof(person_id: int, email: str, until_ms: int, code: str) -> str:
    """Bind a code to what it proves, with the installation's key: the session is signed, but its owner can read it."""
    said = f"address\n{person_id}\n{email}\n{until_ms}\n{code}"
    return hmac.new(current_app.config["SECRET_KEY"].encode(), said.encode(), "sha256").hexdigest()


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for("fans.home", campaign=campaign.slug, _anchor="address"), 303)
