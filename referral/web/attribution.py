"""The page that shows who would be credited under another rule: before and after, with nothing changed by looking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField

from referral.brands.rules import Permission
from referral.campaigns.rules import Attribution, check_attribution, read_attribution_days
from referral.errors import Refusal
from referral.fans import queries as fans
from referral.sales import queries
from referral.sales.rules import compare
from referral.web.access import allow
from referral.web.forms import Form, again, choices

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("attribution", __name__)

SALES = 50_000  # looked at again, the newest first: some seconds of work
SHOWN = 100  # introducers, those whom it changes most

RULES = {
    Attribution.FIRST: _("The first who told them"),
    Attribution.LAST: _("The last who told them"),
    Attribution.SPLIT: _("All who told them, in equal parts"),
}


PLACES = {"attribution_invalid": "model", "attribution_days_invalid": "days"}


class RuleForm(Form):
    """Ask under which rule to look at the sales; it is sent with GET, for it changes nothing."""

    class Meta:
        """Take no token."""

        csrf = False

    model = SelectField(_("Who is credited"), choices=choices(RULES.items()))
    days = StringField(_("For how many days a word counts"))


@pages.get("/b/<brand>/campaigns/<campaign>/attribution")
@allow(Permission.SEE_MONEY)
def compared(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Show what is credited to whom now, and what would be under another rule."""
    # The address may say other things than a rule, such as a language.
    is_asked = not request.args.keys().isdisjoint(PLACES.values())
    form = RuleForm(request.args if is_asked else None, data=_another(campaign))
    page = {"form": form, "rules": RULES, "now": Attribution(campaign.attribution)}
    try:
        other = Attribution(check_attribution(form.model.data or ""))
        days = read_attribution_days(form.days.data or "")
    except Refusal as refusal:
        form.blame(refusal, PLACES)
        again("attribution/compared.html", **page)
    cases = queries.cases(campaign, SALES)
    found = compare(cases, queries.buyers(campaign), other, days)
    lines = found.lines[:SHOWN]
    return render_template(
        "attribution/compared.html",
        **page,
        found=found,
        lines=lines,
        other=other,
        is_cut=len(cases) == SALES,
        names=fans.names_of(campaign, [one.introducer_id for one in lines if one.introducer_id is not None]),
    )


def _another(campaign: Campaign) -> dict[str, object]:
    """Choose what to show to somebody who has not chosen yet: the rule that turns the present one around."""
    first = campaign.attribution == Attribution.FIRST
    return {"model": Attribution.LAST if first else Attribution.FIRST, "days": str(campaign.attribution_days)}
