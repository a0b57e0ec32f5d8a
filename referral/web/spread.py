"""Pages of the spread: the campaign at a glance, its people, its picture, and files to take away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from referral.brands.rules import Permission
from referral.credits import queries as credits
from referral.fans import queries as fans
from referral.introductions import queries as introductions
from referral.plumbing import i18n
from referral.plumbing.money import Money
from referral.spread import queries
from referral.spread.exports import FORMATS
from referral.spread.exports import export as exported
from referral.spread.overview import Overview
from referral.spread.overview import overview as at_a_glance
from referral.spread.timeline import Row, timeline_svg
from referral.web import channels, language
from referral.web.access import allow, may_here

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("spread", __name__)
PAGE = 50


@pages.get("/b/<brand>/campaigns/<campaign>")
@allow(Permission.SEE_CAMPAIGNS)
def overview(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Show a campaign at a glance: its spread as a picture, its measures, its days."""
    seen = at_a_glance(campaign)
    named = [one.fan for one in seen.measures.bridges] + [tree.root for tree in seen.measures.structural_virality.trees]
    return render_template(
        "spread/overview.html",
        seen=seen,
        names=fans.names_of(campaign, named) if may_here(Permission.SEE_PEOPLE) else {},
        chart=_chart(campaign, seen),
        uncounted=sum(count for verdict, count in seen.clicks.items() if verdict != "counted"),
    )


@pages.get("/b/<brand>/campaigns/<campaign>/export")
@allow(Permission.EXPORT)
def export(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Give the spread as CSV, GraphML or GEXF."""
    wanted = request.args.get("format", "csv")
    if wanted not in FORMATS:
        abort(404)
    kind, ending = FORMATS[wanted]
    spread = queries.named(campaign)
    return Response(
        exported(spread.forest, spread.names, wanted),
        mimetype=kind,
        headers={"Content-Disposition": f'attachment; filename="{campaign.slug}.{ending}"'},
    )


@dataclass(frozen=True)
class PersonRow:
    """Hold one line of the list of people."""

    name: str | None
    joined_at: datetime
    generation: int
    introducer_id: int | None
    told_by: str | None
    link_label: str | None
    channel: str | None
    brought: int
    earned: int


@pages.get("/b/<brand>/campaigns/<campaign>/people")
@allow(Permission.SEE_PEOPLE)
def people(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List a campaign's people with who told them, the newest first."""
    text = request.args.get("q", "").strip()[:80].replace("\0", "")
    number = request.args.get("page", "1")
    page = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    found = fans.search(campaign, text, (page - 1) * PAGE, PAGE + 1)
    shown = found[:PAGE]
    wanted = [fan.id for fan, _person in shown]
    told = introductions.introducers(campaign, wanted)
    first = introductions.primaries(campaign, wanted)
    brought = introductions.brought_by(campaign, wanted)
    earned = credits.earned_by_fan(campaign, wanted) if may_here(Permission.SEE_MONEY) else {}
    rows = []
    for fan, person in shown:
        introducer_id, introducer, label = told.get(fan.id, (None, None, None))
        one = first.get(fan.id)
        rows.append(
            PersonRow(
                person.name,
                fan.joined_at,
                fan.generation,
                introducer_id,
                introducer,
                label,
                one.channel if one else None,
                brought.get(fan.id, 0),
                earned.get(fan.id, 0),
            )
        )

    def at(other: int) -> str:
        return url_for("spread.people", brand=brand.slug, campaign=campaign.slug, q=text or None, page=other)

    return render_template(
        "spread/people.html",
        rows=rows,
        text=text,
        previous_url=at(page - 1) if page > 1 else None,
        next_url=at(page + 1) if len(found) > PAGE else None,
        channel_name=channels.name,
    )


def _chart(campaign: Campaign, seen: Overview) -> Markup:
    """Draw what happened over time."""
    if not seen.timeline:
        return Markup()
    locale = language.current()
    rows = [
        Row(_("Arrivals"), [one.arrivals for one in seen.timeline], lambda most: i18n.number(most, locale, 0)),
        Row(_("Clicks"), [one.clicks for one in seen.timeline], lambda most: i18n.number(most, locale, 0)),
    ]
    if may_here(Permission.SEE_MONEY):
        for title, amounts in (
            (_("Sales"), [one.sold for one in seen.timeline]),
            (_("Credited"), [one.credited for one in seen.timeline]),
        ):
            rows.append(Row(title, amounts, lambda most: i18n.money(Money(most, campaign.currency), locale)))
    return Markup().join(
        Markup('<div class="{}">{}</div>').format(
            css,
            Markup(  # noqa: S704 - the drawing escapes every word that it is given
                timeline_svg(
                    rows,
                    title=_("Arrivals, clicks and sales over time"),
                    description=ngettext("%(num)s person came.", "%(num)s people came.", len(seen.forest)),
                    labels=[i18n.when(one.start, locale) for one in seen.timeline],
                    name=css,
                    width=width,
                )
            ),
        )
        for css, width in (("chart-wide", 1180), ("chart-narrow", 390))
    )
