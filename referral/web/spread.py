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
from referral.plumbing import i18n, ids
from referral.plumbing.money import Money
from referral.spread import queries
from referral.spread.drawing import stage_svg
from referral.spread.exports import FORMATS
from referral.spread.exports import export as exported
from referral.spread.overview import Overview
from referral.spread.overview import overview as at_a_glance
from referral.spread.rules.layout import prune
from referral.spread.timeline import Row, timeline_svg
from referral.web import channels, language
from referral.web.access import allow, may_here

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.spread.rules.forest import Forest

pages = Blueprint("spread", __name__)
DRAWN = 2_000  # people drawn one by one; more would only be a haze
PAGE = 50


@pages.get("/b/<brand>/campaigns/<campaign>")
@allow(Permission.SEE_CAMPAIGNS)
def overview(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Show a campaign at a glance: its spread as a picture, its measures, its days."""
    seen = at_a_glance(campaign)
    names = _names(campaign)
    drawn = _drawn(seen.forest)
    present = {channel for channel in seen.forest.channel.tolist() if channel}
    return render_template(
        "spread/overview.html",
        seen=seen,
        names=names,
        picture=_picture(campaign, drawn, names),
        chart=_chart(campaign, seen),
        hidden_people=len(seen.forest) - len(drawn),
        uncounted=sum(count for verdict, count in seen.clicks.items() if verdict != "counted"),
        channels=[(channel, channels.name(channel)) for channel in channels.NAMES if channel in present],
    )


@pages.get("/b/<brand>/campaigns/<campaign>/spread.svg")
@allow(Permission.EXPORT)
def picture(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Give the picture of the spread as a file."""
    drawn = _drawn(queries.forest(campaign))
    return Response(
        _picture(campaign, drawn, _names(campaign)),
        mimetype="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="{campaign.slug}.svg"'},
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


def _names(campaign: Campaign) -> dict[int, str]:
    """Give everybody's name to those who may see people; to others, nobody's."""
    if not may_here(Permission.SEE_PEOPLE):
        return {}
    return {fan_id: name for fan_id, name in fans.names(campaign).items() if name}


def _drawn(forest: Forest) -> Forest:
    return forest if len(forest) <= DRAWN else forest.keep(prune(forest, DRAWN))


def _picture(campaign: Campaign, forest: Forest, names: dict[int, str]) -> Markup:
    """Draw the spread, each person with what the card beside it says."""
    somebody, locale = _("Somebody"), language.current()
    sees_money = may_here(Permission.SEE_MONEY)
    known = [names.get(fan_id, somebody) for fan_id in forest.ids.tolist()]
    made = forest.introductions().tolist()
    labels: dict[int, str] = {}
    details: dict[int, dict[str, str]] = {}
    called = {channel: channels.name(channel) for channel in set(forest.channel.tolist())}
    for row, fan_id in enumerate(forest.ids.tolist()):
        parent = int(forest.parent[row])
        labels[fan_id] = known[row]
        about = {
            "name": known[row],
            "generation": str(forest.depth[row]),
            "told-by": known[parent] if parent >= 0 else "",
            "channel": called[forest.channel[row]],
            "brought": str(made[row]),
            "below": str(int(forest.size[row]) - 1),
        }
        if sees_money and forest.value is not None and forest.value[row]:
            about["bought"] = i18n.money(Money(int(forest.value[row]), campaign.currency), locale)
        details[fan_id] = {key: value for key, value in about.items() if value}
    return Markup(  # noqa: S704 - the drawing escapes every word that it is given
        stage_svg(
            forest,
            title=_("The spread of %(campaign)s", campaign=campaign.name),
            description=_("Each ring is a generation; the tables below say the same in words."),
            labels=labels,
            show_id=ids.show,
            details=details,
        )
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
