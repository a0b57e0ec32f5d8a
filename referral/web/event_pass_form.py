"""The forms of passes: given out to somebody, or to some who are nobody yet; revoked for a reason."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField

from referral.errors import Invalid
from referral.events.passes import PassTerms
from referral.events.rules.hours import local_moment
from referral.events.rules.terms import check_admits, check_valid, clean_label
from referral.introductions import queries as tellers
from referral.links.rules import fold
from referral.web.forms import Form, choices

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign

MOST_AT_ONCE = 10_000
PLACES = {
    "fan_unknown": "fan",
    "name_unknown": "fan",
    "name_ambiguous": "fan",
    "passes_of_one": "number",
    "passes_number_invalid": "number",
    "pass_label_too_long": "label",
    "admits_invalid": "admits",
    "moment_malformed": "valid_from",
    "time_skipped": "valid_from",
    "valid_reversed": "valid_until",
}
REVOKED_FOR = {
    "lost": _("It was lost or copied"),
    "mistake": _("It was made by mistake"),
    "refunded": _("It was given back"),
    "conduct": _("House rules"),
    "revoked": _("Another reason"),
}


class PassForm(Form):
    """Ask for passes."""

    fan = StringField(_("Whose it is"))
    number = StringField(_("How many passes"), default="1")
    label = StringField(_("What is printed beside the name"))
    admits = StringField(_("People who come in with one pass"), default="1")
    valid_from = StringField(_("Valid from"))
    valid_until = StringField(_("Valid until"))


class RevokeForm(Form):
    """Ask why a pass is revoked."""

    reason = SelectField(_("Why"), choices=choices(list(REVOKED_FOR.items())), default="lost")


def terms_of(form: PassForm, campaign: Campaign, zone: ZoneInfo) -> list[PassTerms]:
    """Read which passes are wanted.

    Raises:
        Invalid: with the codes of PLACES.
    """
    number = _whole(form.number.data, "passes_number_invalid", MOST_AT_ONCE)
    fan_id = _fan(campaign, (form.fan.data or "").strip())
    if fan_id is not None and number > 1:
        raise Invalid("passes_of_one")
    valid_from, valid_until = (_moment(field.data, zone) for field in (form.valid_from, form.valid_until))
    check_valid(valid_from, valid_until)
    terms = PassTerms(
        fan_id=fan_id,
        label=clean_label(form.label.data),
        admits=check_admits(_whole(form.admits.data, "admits_invalid", 999)),
        valid_from=valid_from,
        valid_until=valid_until,
    )
    return [terms] * number


def _fan(campaign: Campaign, text: str) -> int | None:
    """Find somebody by the code of their link, or by their name where one person has it; None for nobody."""
    if not text:
        return None
    code = fold(text)
    if code is not None and (teller := tellers.teller(campaign, code=code)) is not None:
        if teller.fan_id is None:
            raise Invalid("fan_unknown")
        return teller.fan_id
    named = tellers.tellers_by_name(campaign, text)
    if len(named) > 1:
        raise Invalid("name_ambiguous")
    if not named or named[0].fan_id is None:
        raise Invalid("name_unknown")
    return named[0].fan_id


def _moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    plain = (text or "").strip()
    return local_moment(plain, zone) if plain else None


def _whole(text: str | None, code: str, most: int) -> int:
    plain = "".join((text or "1").split())
    if not (plain.isascii() and plain.isdigit() and 1 <= len(plain) < 10 and 1 <= int(plain) <= most):
        raise Invalid(code, most=most)
    return int(plain)
