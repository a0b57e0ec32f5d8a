"""The page that says whom to ask first: the few whose word, told anew, would reach the most people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.brands.rules import Permission
from referral.clicks.rules.months import DAY
from referral.fans import queries as fans
from referral.spread import seeds
from referral.web import channels
from referral.web.access import allow

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("seeds", __name__)

NUMBERS = (3, 5, 10, 20)
USUAL = 5
WORTH_A_WORD = 0.01  # of the reach: a smaller difference is called hardly any


@pages.get("/b/<brand>/campaigns/<campaign>/first")
@allow(Permission.SEE_PEOPLE)
def first(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Show whom to ask first, and beside them those who told the most."""
    wanted = request.args.get("k", "")
    k = int(wanted) if wanted in map(str, NUMBERS) else USUAL
    found = seeds.first(campaign, k)
    return render_template(
        "spread/seeds.html",
        found=found,
        names=fans.names_of(campaign, [one.fan_id for one in (*found.chosen, *found.by_degree)]),
        verdict=_verdict(found),
        k=k,
        numbers=[
            (number, url_for(".first", brand=brand.slug, campaign=campaign.slug, k=number), number == k)
            for number in NUMBERS
        ],
        since=datetime.fromtimestamp(found.calibration.since * DAY / 1000, UTC) if found.calibration else None,
        channel_name=channels.name,
    )


def _verdict(found: seeds.First) -> str | None:
    """Say how the two lists compare: "same", "hardly" or "more"; None where there is nothing to compare."""
    choice = found.choice
    if choice is None:
        return None
    if set(choice.chosen.rows) == set(choice.by_degree.rows):
        return "same"
    low, _high = choice.difference.interval()
    is_more = low > 0 and choice.difference.value >= WORTH_A_WORD * choice.by_degree.reach.value
    return "more" if is_more else "hardly"
