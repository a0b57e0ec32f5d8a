"""Pages of visits: how many were people's, by link and by what is known of them; visit_log.py lists them singly."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from markupsafe import Markup

from referral.brands.rules import Permission
from referral.clicks import queries
from referral.clicks.overview import Overview
from referral.clicks.overview import overview as at_a_glance
from referral.clicks.rules.tally import NONE, Tally, ranked
from referral.errors import NotFound
from referral.links import queries as links
from referral.plumbing import i18n, ids
from referral.spread.timeline import Row, timeline_svg
from referral.web import channels, language, traits
from referral.web.access import allow
from referral.web.visit_log import labels, pages

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.links.models import Link

LINKS, VALUES = 50, 12  # the most lines of a table of links, and of one of anything else
TRAITS = ("via", "device", "country", "language", "referrer")


@dataclass(frozen=True)
class Line:
    """Hold one line of a table of counts: what it is about, its visits, and its share of all people."""

    label: str
    tally: Tally
    share: float
    channel: str | None = None
    channel_name: str | None = None
    code: str | None = None
    url: str | None = None
    is_own: bool = False


@dataclass(frozen=True)
class Table:
    """Hold the lines of a table of counts, the most people first, and how many more there are."""

    lines: list[Line]
    others: int = 0
    rest: Tally = NONE

    @property
    def is_known(self) -> bool:
        """Tell whether it says anything: a table of nothing but visits of which nothing is known does not."""
        return any(line.code for line in self.lines)


@pages.get("/b/<brand>/campaigns/<campaign>/clicks")
@allow(Permission.SEE_CAMPAIGNS)
def overview(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Show what came of all links of a campaign."""
    seen = at_a_glance(campaign)
    own = links.by_ids(campaign, queries.busiest(campaign, LINKS + 1, of_fans=False))
    theirs = links.by_ids(campaign, queries.busiest(campaign, LINKS + 1, of_fans=True))
    return _page(campaign, seen, own=_by_link(campaign, seen, own), theirs=_by_link(campaign, seen, theirs))


@pages.get("/b/<brand>/campaigns/<campaign>/clicks/<link>")
@allow(Permission.SEE_CAMPAIGNS)
def of_link(brand: Brand, campaign: Campaign, link: str) -> ResponseReturnValue:
    """Show what came of one link."""
    link_id = ids.read(link)
    if link_id is None:
        raise NotFound("link_unknown")
    found = links.by_id(campaign, link_id)
    label = labels(campaign, {found.id: found})[found.id]
    return _page(campaign, at_a_glance(campaign, found), link=found, label=label)


def _page(
    campaign: Campaign,
    seen: Overview,
    *,
    own: Table | None = None,
    theirs: Table | None = None,
    link: Link | None = None,
    label: str = "",
) -> str:
    return render_template(
        "visits/overview.html",
        seen=seen,
        own=own,
        theirs=theirs,
        link=link,
        label=label,
        chart=_chart(seen),
        channel_name=channels.name,
        moments=[(datetime.fromtimestamp(at / 1000, UTC), tally) for at, tally in seen.by_time if tally.all],
        by_channel=_table(seen, seen.by_channel, channels.name, is_channel=True),
        by_trait={
            trait: _table(seen, seen.by_trait.get(trait, {}), functools.partial(traits.value, trait))
            for trait in TRAITS
        },
        log_url=url_for(".log", brand=g.brand.slug, campaign=campaign.slug, link=link.code if link else None),
    )


def _table(seen: Overview, tallies: dict[str, Tally], name: Callable[[str], str], *, is_channel: bool = False) -> Table:
    lines, others, rest = ranked(tallies, VALUES)
    return Table(
        [
            Line(name(key), tally, _share(tally, seen.tally), channel=key if is_channel else None, code=key)
            for key, tally in lines
        ],
        others,
        rest,
    )


def _by_link(campaign: Campaign, seen: Overview, found: dict[int, Link]) -> Table:
    """Tabulate links, each with the page that shows what came of it alone."""
    tallies = {link_id: Tally.of(counts) for link_id, counts in queries.by_link(campaign, list(found)).items()}
    order = sorted(tallies, key=lambda link_id: (-tallies[link_id].people, link_id))
    names = labels(campaign, found)
    return Table(
        [
            Line(
                names[link_id],
                tallies[link_id],
                _share(tallies[link_id], seen.tally),
                channel=found[link_id].channel,
                channel_name=channels.name(found[link_id].channel),
                is_own=found[link_id].fan_id is None,
                code=found[link_id].code,
                url=url_for(".of_link", brand=g.brand.slug, campaign=campaign.slug, link=ids.show(link_id)),
            )
            for link_id in order[:LINKS]
        ],
        others=len(order[LINKS:]),
    )


def _share(part: Tally, whole: Tally) -> float:
    return part.people / whole.people if whole.people else 0.0


def _chart(seen: Overview) -> Markup:
    """Draw people, repeats and robots over time."""
    if not seen.by_time:
        return Markup()
    locale = language.current()
    starts = [i18n.when(datetime.fromtimestamp(at / 1000, UTC), locale) for at, _tally in seen.by_time]
    tallies = [tally for _at, tally in seen.by_time]

    def shown(number: int) -> str:
        return i18n.number(number, locale, 0)

    rows = [
        Row(pgettext("visits by", "People"), [tally.people for tally in tallies], shown),
        Row(_("Repeats"), [tally.repeats for tally in tallies], shown),
        Row(_("Robots and previews"), [tally.robots for tally in tallies], shown),
    ]
    return Markup().join(
        Markup('<div class="{}">{}</div>').format(
            css,
            Markup(  # noqa: S704 - the drawing escapes every word that it is given
                timeline_svg(
                    rows,
                    title=_("Visits over time"),
                    description=ngettext("%(num)s visit by people.", "%(num)s visits by people.", seen.tally.people),
                    labels=starts,
                    name=css,
                    width=width,
                )
            ),
        )
        for css, width in (("chart-wide", 1180), ("chart-narrow", 390))
    )
