"""Pages of sales: what came in, whose word it was, what went back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.brands.rules import Permission
from referral.fans import queries as fans
from referral.plumbing import ids
from referral.sales import queries
from referral.web.access import allow

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("sales", __name__)
PAGE = 50


@pages.get("/b/<brand>/campaigns/<campaign>/sales")
@allow(Permission.SEE_MONEY)
def listed(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List a campaign's sales, the newest first, each with those whose word it was."""
    lines = queries.page(campaign, ids.read(request.args.get("after", "")), PAGE + 1)
    shown = lines[:PAGE]
    shares = queries.shares(campaign.brand_id, [line.sale.id for line in shown])
    people = {line.sale.buyer_id for line in shown} | {share.fan_id for parts in shares.values() for share in parts}
    following = (
        url_for("sales.listed", brand=brand.slug, campaign=campaign.slug, after=ids.show(shown[-1].sale.id))
        if len(lines) > PAGE
        else None
    )
    return render_template(
        "sales/listed.html",
        lines=shown,
        shares=shares,
        names=fans.names_of(campaign, sorted(one for one in people if one is not None)),
        totals=queries.totals(campaign),
        next_url=following,
    )
