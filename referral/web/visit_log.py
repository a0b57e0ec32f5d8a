"""The log of visits, one by one, as a page and as a file.

It belongs to the area of visits, whose blueprint begins here and goes on in visits.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from referral.brands.rules import Permission
from referral.campaigns import queries as campaigns
from referral.clicks import queries
from referral.errors import NotFound
from referral.fans import queries as fans
from referral.links import queries as links
from referral.links.rules import fold
from referral.plumbing import ids
from referral.plumbing.db import of_brand
from referral.plumbing.spreadsheets import to_csv
from referral.plumbing.transaction import in_reading
from referral.web import channels, traits
from referral.web.access import allow, may_here

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.clicks.models import Click
    from referral.links.models import Link

pages = Blueprint("visits", __name__)
COLUMNS = ("id", "at", "link", "label", "channel", "via", "device", "language", "country", "referrer", "verdict")
PAGE, CHUNK = 100, 2_000  # visits of a page of the log, and of a piece of the file
NAMED = 20_000  # links whose names are kept at hand while a file is written
OFFERED = 200  # links of the brand that the log's form proposes


@dataclass(frozen=True)
class Wanted:
    """Hold which visits are asked for: all, or those of a verdict, or of a link by the code that was typed."""

    verdict: str | None
    typed: str
    link_id: int | None
    code: str | None

    @classmethod
    def of(cls, campaign: Campaign) -> Wanted:
        """Read it from the address; a verdict that there is not is passed over."""
        verdict, typed = request.args.get("verdict", ""), request.args.get("link", "").strip()[:20]
        code = fold(typed)
        link = links.in_campaign(campaign, code) if code else None
        known = verdict if verdict in traits.VERDICTS else None
        return cls(known, typed, link.id if link is not None else None, link.code if link is not None else None)

    @property
    def is_unknown(self) -> bool:
        """Tell whether a code was typed that no link has."""
        return bool(self.typed) and self.link_id is None

    def filters(self) -> dict[str, str]:
        """Write it for another address."""
        return {name: said for name, said in (("verdict", self.verdict), ("link", self.code)) if said}

    def visits(self, campaign: Campaign, before: int | None, limit: int) -> queries.LogPage:
        """Fetch them, the newest first."""
        return queries.log(campaign, before, limit, link_id=self.link_id, verdict=self.verdict)

    def page(self, campaign: Campaign) -> queries.LogPage:
        """Fetch those of the page that the address asks for; the way back ends at the first one, which is whole."""
        if self.is_unknown:
            return queries.LogPage([], None)
        after, before = (ids.read(request.args.get(name, "")) for name in ("after", "before"))
        if after is not None:
            page = queries.log_above(campaign, after, PAGE, link_id=self.link_id, verdict=self.verdict)
            if page.newer_id is not None:
                return page
        return self.visits(campaign, before if after is None else None, PAGE)


@pages.get("/b/<brand>/campaigns/<campaign>/clicks/log")
@allow(Permission.SEE_CAMPAIGNS)
def log(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List visits one by one, the newest first."""
    wanted = Wanted.of(campaign)
    page = wanted.page(campaign)
    known = links.by_ids(campaign, sorted({click.link_id for click in page.clicks}))
    at: dict[str, Any] = {"brand": brand.slug, "campaign": campaign.slug, **wanted.filters()}
    return render_template(
        "visits/log.html",
        clicks=page.clicks,
        links=known,
        labels=labels(campaign, known),
        own_links=links.of_brand(campaign)[:OFFERED],
        wanted=wanted,
        verdicts=traits.VERDICTS,
        reasons=traits.REASONS,
        kept_days=current_app.config["CLICK_KEPT_DAYS"],
        named=traits.value,
        channel_name=channels.name,
        shown_id=ids.show,
        newest_url=url_for(".log", **at) if page.newer_id is not None else None,
        newer_url=url_for(".log", after=ids.show(page.newer_id), **at) if page.newer_id is not None else None,
        next_url=url_for(".log", before=ids.show(page.next_id), **at) if page.next_id is not None else None,
        csv_url=url_for(".log_csv", **at),
    )


@pages.get("/b/<brand>/campaigns/<campaign>/clicks/log.csv")
@allow(Permission.EXPORT)
def log_csv(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Give all visits that are kept as CSV, the newest first."""
    wanted = Wanted.of(campaign)
    if wanted.is_unknown:
        raise NotFound("link_unknown")
    name = "-".join([campaign.slug, "clicks", *wanted.filters().values()])
    return Response(
        _csv(current_app._get_current_object(), brand.id, campaign.id, wanted),  # type: ignore[attr-defined]
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _csv(app: Flask, brand_id: int, campaign_id: int, wanted: Wanted) -> Iterator[str]:
    """Write the log piece by piece, each read in a transaction of its own.

    The request and its transaction have ended when a server asks for the first piece; and one that lasted as long as
    somebody's download would keep the database from tidying up.
    """
    yield ",".join(COLUMNS) + "\r\n"
    last: int | None = None
    named: dict[int, tuple[str, str | None]] = {}  # code and label of links met before

    def piece() -> tuple[str, int | None]:
        campaign = campaigns.by_id(brand_id, campaign_id)
        page = wanted.visits(campaign, last, CHUNK)
        if len(named) > NAMED:
            named.clear()
        unnamed = sorted({click.link_id for click in page.clicks} - named.keys())
        named.update((link.id, (link.code, link.label)) for link in links.by_ids(campaign, unnamed).values())
        return to_csv(_cells(click, *named.get(click.link_id, (None, None))) for click in page.clicks), page.next_id

    while True:
        with app.app_context(), of_brand(brand_id):
            text, last = in_reading(piece)
        if text:
            yield text
        if last is None:
            return


def _cells(click: Click, code: str | None, label: str | None) -> tuple[str | None, ...]:
    return (
        ids.show(click.id),
        click.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        code,
        label,
        click.channel,
        click.via,
        click.device,
        click.language,
        click.country,
        click.referrer,
        click.verdict,
    )


def labels(campaign: Campaign, found: dict[int, Link]) -> dict[int, str]:
    """Name links: the brand's by what they are on, a fan's by the fan for those who may see people."""
    owners = [link.fan_id for link in found.values() if link.fan_id is not None]
    names = fans.names_of(campaign, owners) if may_here(Permission.SEE_PEOPLE) else {}
    return {
        link.id: (link.label or link.code) if link.fan_id is None else names.get(link.fan_id) or _("A fan")
        for link in found.values()
    }
