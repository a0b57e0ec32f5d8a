"""Pages of leads: whom an event's booths met; by name only where the visitor agreed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from referral.brands.rules import Permission
from referral.events import leads, queries
from referral.events.rules.leads import Warmth, leads_csv
from referral.events.rules.terms import PlaceKind
from referral.web.access import allow, may_here
from referral.web.events import around

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("event_leads", __name__)
LISTED = 200
WARMTH = {Warmth.HOT.value: _("Hot"), Warmth.WARM.value: _("Warm"), Warmth.COLD.value: _("Cold")}


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/leads")
@allow(Permission.SEE_CAMPAIGNS)
def listed(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Count each booth's leads, and list the newest of those who agreed, for whoever may see people."""
    found = queries.in_campaign(campaign, event)
    met = leads.listed(found)
    counts = Counter((lead.place_id, lead.warmth) for lead in met)
    agreed = [lead for lead in met if lead.consented_at is not None]
    return render_template(
        "events/leads.html",
        **around(found),
        booths=[place for place in queries.places(found, closed=True) if place.kind == PlaceKind.BOOTH],
        counts=counts,
        totals=Counter(lead.place_id for lead in met),
        agreed=Counter(lead.place_id for lead in agreed),
        number=len(met),
        leads=[lead for lead in met if lead.consented_at is not None][:LISTED]
        if may_here(Permission.SEE_PEOPLE)
        else [],
        warmth=WARMTH,
    )


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/leads.csv")
@allow(Permission.MANAGE_EVENTS)
def csv(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give the leads of all booths as CSV."""
    found = queries.in_campaign(campaign, event)
    return Response(
        leads_csv(leads.listed(found)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{found.slug}-leads.csv"'},
    )
