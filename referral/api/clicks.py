"""Clicks, as JSON: each visit, and how many there were."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, request

from referral.api import paging, shapes
from referral.api import replies as r
from referral.api.access import Answered, needs
from referral.api.operations import CURSOR, LIMIT, Operation, Parameter
from referral.brands.rules import Scope
from referral.clicks import queries
from referral.clicks.overview import overview
from referral.clicks.rules.visits import VERDICTS
from referral.errors import Invalid, NotFound
from referral.links import queries as links
from referral.links.rules import fold
from referral.plumbing import ids

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.links.models import Link

calls = Blueprint("api_clicks", __name__)

_LINK = Parameter("link", "Only visits to the link with this code.", {"type": "string", "minLength": 1})
_VERDICT = Parameter("verdict", "Only visits of this verdict.", {"type": "string", "enum": list(VERDICTS)})


@calls.get("/campaigns/<campaign>/clicks")
@needs(
    Scope.READ,
    Operation("List the clicks", gives=r.ClickOut, listed=True, parameters=(CURSOR, LIMIT, _LINK, _VERDICT)),
)
def listed(brand: Brand, campaign: Campaign) -> Answered:
    """List the visits to links one by one, the newest first, for as long as they are kept.

    Each has a `verdict`; only `counted` ones are people's. Nothing tells who somebody was. A page of one verdict may
    hold fewer visits than `limit`, and yet have a `next`.
    """
    after, limit = paging.wanted()
    link, verdict = _link(campaign), request.args.get("verdict")
    if verdict is not None and verdict not in VERDICTS:
        raise Invalid("verdict_unknown", known=", ".join(VERDICTS))
    page = queries.log(campaign, after, limit, link_id=link.id if link is not None else None, verdict=verdict)
    known = links.by_ids(campaign, sorted({one.link_id for one in page.clicks}))
    codes = {link_id: one.code for link_id, one in known.items()}
    following = ids.show(page.next_id) if page.next_id is not None else None
    return paging.whole([shapes.click(one, codes.get(one.link_id)) for one in page.clicks], following), 200


@calls.get("/campaigns/<campaign>/clicks/counts")
@needs(Scope.READ, Operation("Count the clicks", gives=r.ClickCountsOut, parameters=(_LINK,)))
def counts(brand: Brand, campaign: Campaign) -> Answered:
    """Count the visits to all links, or to one: in all, by day, and by what is known of them.

    The counts are kept for good, also of visits that are not listed any more. A group whose `value` is null holds the
    visits of which it is not known. Only `people` count; what else there was is told beside them.
    """
    seen = overview(campaign, _link(campaign))
    groups = {trait: shapes.click_groups(tallies) for trait, tallies in seen.by_trait.items()}
    return r.ClickCountsOut(
        **shapes.tally(seen.tally),
        by_channel=shapes.click_groups(seen.by_channel),
        by_via=groups.get("via", []),
        by_device=groups.get("device", []),
        by_language=groups.get("language", []),
        by_country=groups.get("country", []),
        by_day=[
            r.ClickDayOut(day=datetime.fromtimestamp(at / 1000, UTC).date(), **shapes.tally(one))
            for at, one in sorted(seen.by_day.items())
        ],
    ), 200


def _link(campaign: Campaign) -> Link | None:
    """Give the link that the query names; raise NotFound `link_unknown`."""
    text = request.args.get("link")
    if text is None:
        return None
    code = fold(text)
    link = links.in_campaign(campaign, code) if code is not None else None
    if link is None:
        raise NotFound("link_unknown")
    return link
