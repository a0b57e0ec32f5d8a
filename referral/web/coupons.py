"""Pages of coupons: words of the shop's own that stand for links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired

from referral.brands.rules import Permission
from referral.errors import Invalid, NotFound, Refusal
from referral.fans import queries as fans
from referral.links import actions, queries
from referral.links.rules import fold
from referral.plumbing import ids
from referral.web.access import allow, may_here
from referral.web.forms import Form, again

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.links.models import Coupon, Link

pages = Blueprint("coupons", __name__)
PAGE = 50
PLACES = {"coupon_invalid": "code", "coupon_taken": "code", "code_unknown": "told_by"}


class CouponForm(Form):
    """Ask for a coupon, and for the link that it stands for."""

    code = StringField(_("Coupon"), [DataRequired(_("Write the coupon."))])
    told_by = StringField(_("Code of the link"), [DataRequired(_("Write the code of a link."))])


@pages.get("/b/<brand>/campaigns/<campaign>/coupons")
@allow(Permission.SEE_CAMPAIGNS)
def listed(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List a campaign's coupons with the links that they stand for."""
    return render_template("coupons/listed.html", **_page(campaign, CouponForm(formdata=None)))


@pages.post("/b/<brand>/campaigns/<campaign>/coupons")
@allow(Permission.EDIT_CAMPAIGNS)
def make(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Let one more coupon stand for a link."""
    form = CouponForm()
    if not form.validate():
        again("coupons/listed.html", **_page(campaign, form))
    try:
        made = actions.make_coupon(campaign, form.code.data, _link(campaign, form.told_by.data))
    except Refusal as refusal:
        form.blame(refusal, PLACES)
        again("coupons/listed.html", **_page(campaign, form))
    flash(gettext("The coupon %(code)s is made.", code=made.coupon.code), "success")
    return _back(brand, campaign)


def _link(campaign: Campaign, text: str) -> Link:
    code = fold(text.strip())
    link = queries.in_campaign(campaign, code) if code is not None else None
    if link is None:
        raise Invalid("code_unknown")
    return link


@pages.post("/b/<brand>/campaigns/<campaign>/coupons/<coupon>/off")
@allow(Permission.EDIT_CAMPAIGNS)
def switch_off(brand: Brand, campaign: Campaign, coupon: str) -> ResponseReturnValue:
    """Switch a coupon off: from now on it leads to nobody."""
    found = _find(campaign, coupon)
    actions.switch(found, on=False)
    flash(gettext("The coupon %(code)s is switched off; sales from now on cannot name it.", code=found.code), "success")
    return _back(brand, campaign)


@pages.post("/b/<brand>/campaigns/<campaign>/coupons/<coupon>/on")
@allow(Permission.EDIT_CAMPAIGNS)
def switch_on(brand: Brand, campaign: Campaign, coupon: str) -> ResponseReturnValue:
    """Switch a coupon on again."""
    found = _find(campaign, coupon)
    actions.switch(found, on=True)
    flash(gettext("The coupon %(code)s is switched on again.", code=found.code), "success")
    return _back(brand, campaign)


def _back(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for("coupons.listed", brand=brand.slug, campaign=campaign.slug), 303)


def _find(campaign: Campaign, shown: str) -> Coupon:
    coupon_id = ids.read(shown)
    if coupon_id is None:
        raise NotFound("coupon_unknown")
    return queries.coupon_by_id(campaign, coupon_id)


def _page(campaign: Campaign, form: CouponForm) -> dict[str, Any]:
    found = queries.coupons(campaign, ids.read(request.args.get("after", "")), PAGE + 1)
    shown = found[:PAGE]
    owners = sorted({link.fan_id for _coupon, link in shown if link.fan_id is not None})
    return {
        "form": form,
        "coupons": [(coupon, link, ids.show(coupon.id)) for coupon, link in shown],
        # A name is shown to those only who may see people; everybody else knows a fan by the code.
        "names": fans.names_of(campaign, owners) if may_here(Permission.SEE_PEOPLE) else {},
        "after": ids.show(shown[-1][0].id) if len(found) > PAGE else None,
    }
