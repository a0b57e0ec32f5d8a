"""The picture of a spread: its columns, the person at a place of it, who came since, and its numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from referral.brands.rules import Permission
from referral.errors import Invalid
from referral.fans import queries as fans
from referral.plumbing import ids
from referral.spread import cache
from referral.spread import picture as pictures
from referral.spread.card import card_of
from referral.spread.drawing import stage_svg
from referral.spread.picture import Version
from referral.spread.rules.layout import prune
from referral.spread.rules.wire import KINDS
from referral.web import shown
from referral.web.access import allow, may_here

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("picture", __name__)

FOUND = 20
LISTED = 100
DRAWN = 2_000  # people drawn one by one in a still; more would only be a haze


@pages.get("/b/<brand>/campaigns/<campaign>/spread.bin")
@allow(Permission.SEE_CAMPAIGNS)
def columns(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Give the picture of the spread, or of one branch, as columns for the browser to draw."""
    standing = cache.standing(campaign)
    branch = shown.fan_asked("branch")
    told = (*KINDS.values(), "value") if may_here(Permission.SEE_MONEY) else tuple(KINDS.values())
    version = pictures.branch_version(standing.version, branch)
    return shown.columns(campaign, standing.forest, version=version, told=told, branch=branch)


@pages.get("/b/<brand>/campaigns/<campaign>/spread/person")
@allow(Permission.SEE_CAMPAIGNS)
def person(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Tell of one person of the picture, by row and version or by id."""
    fan, row, version = shown.fan_asked("fan"), shown.whole("row", least=0), request.args.get("version")
    if fan is None and (row is None or not version):
        raise Invalid("picture_unnamed")
    forest = cache.standing(campaign).forest
    seen = pictures.Seen.of(forest, Version.read(version) if version else Version.now(forest))
    at = pictures.row_of(forest, fan) if fan is not None else seen.who(row or 0)

    def names(fan_ids: Sequence[int]) -> dict[int, str | None]:
        return fans.names_of(campaign, fan_ids) if may_here(Permission.SEE_PEOPLE) else {}

    return render_template(
        "spread/_card.html",
        one=card_of(seen, at, names, money=may_here(Permission.SEE_MONEY)),
        called=shown.label,
        at=shown.moment,
        show=ids.show,
    )


@pages.get("/b/<brand>/campaigns/<campaign>/spread/search")
@allow(Permission.SEE_PEOPLE)
def search(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Find people of the picture by name."""
    text = request.args.get("q", "").replace("\0", "").strip()[:80]
    version, forest = request.args.get("version"), cache.standing(campaign).forest
    seen = pictures.Seen.of(forest, Version.read(version) if version else Version.now(forest))
    people = fans.search(campaign, text, 0, FOUND) if text else []
    found = [(fan, person.name, pictures.place_of(seen, fan.id)) for fan, person in people]
    return render_template("spread/_found.html", found=found, text=text, show=ids.show)


@pages.get("/b/<brand>/campaigns/<campaign>/spread/live")
@allow(Permission.SEE_CAMPAIGNS)
def live(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Tell who came since a version of the picture; nothing where nobody did."""
    standing = cache.standing(campaign)
    version = Version.read(shown.version_asked())
    people, reach = pictures.newcomers(standing.forest, version, shown.whole("have", least=0) or 0)
    if not people:
        return "", 204
    return jsonify(
        version=pictures.branch_version(standing.version, version.branch),
        reach=reach,
        people=[
            {
                "fan": ids.show(one.fan),
                "row": one.row,
                "new": one.new,
                "at": one.at_ms,
                "combo": one.combo,
                "generation": one.generation,
            }
            for one in people
        ],
    )


@pages.get("/b/<brand>/campaigns/<campaign>/spread/numbers")
@allow(Permission.SEE_CAMPAIGNS)
def numbers(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Say in numbers what a part of the picture shows: who came when, by what, below whom."""
    forest = cache.standing(campaign).forest
    chosen = shown.selection(KINDS.values(), branch=shown.fan_asked("branch")).of(forest)
    rows = pictures.largest_branches(chosen, LISTED).tolist()
    listed = [int(chosen.ids[row]) for row in rows]
    names = fans.names_of(campaign, listed) if may_here(Permission.SEE_PEOPLE) else {}
    return shown.numbers(
        campaign, chosen, [shown.listed(chosen, row, names) for row in rows], is_part=chosen is not forest
    )


@pages.get("/b/<brand>/campaigns/<campaign>/spread.svg")
@allow(Permission.EXPORT)
def still(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Give the picture of the spread, or of one branch, as a file."""
    branch = shown.fan_asked("branch")
    forest = pictures.shown_forest(cache.standing(campaign).forest, branch)
    drawn = forest if len(forest) <= DRAWN else forest.keep(prune(forest, DRAWN))
    names = fans.names_of(campaign, drawn.ids.tolist()) if may_here(Permission.SEE_PEOPLE) else {}
    view = shown.view()
    file = stage_svg(
        drawn,
        view=view,
        title=_("The spread of %(campaign)s", campaign=campaign.name),
        description=_("Each ring is a generation; the campaign's page says the same in words.")
        if view == "generations"
        else _("Whoever came later stands further out; the campaign's page says the same in words."),
        labels={fan: name for fan in drawn.ids.tolist() if (name := names.get(fan))},
        show_id=ids.show,
    )
    return Response(
        file,
        mimetype="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="{campaign.slug}.svg"'},
    )
