"""Pages of credits: who earned what, why, and since when it may be paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.brands.rules import Permission
from referral.credits import queries
from referral.fans import queries as fans
from referral.plumbing import ids
from referral.plumbing.clock import now
from referral.sales import queries as sales
from referral.web.access import allow

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("credits", __name__)
PAGE = 50


@pages.get("/b/<brand>/campaigns/<campaign>/credits")
@allow(Permission.SEE_MONEY)
def listed(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List what fans earned and what was taken back, the newest first, each with its why."""
    lines = queries.ledger(campaign, now(), ids.read(request.args.get("after", "")), PAGE + 1)
    shown = lines[:PAGE]
    following = (
        url_for("credits.listed", brand=brand.slug, campaign=campaign.slug, after=ids.show(shown[-1].id))
        if len(lines) > PAGE
        else None
    )
    return render_template(
        "credits/listed.html",
        lines=shown,
        shares=sales.shares_behind(campaign, (line.sale for line in shown)),
        names=fans.names_of(campaign, sorted({line.fan_id for line in shown})),
        totals=queries.campaign_total(campaign),
        next_url=following,
    )
