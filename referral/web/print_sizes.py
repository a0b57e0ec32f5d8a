"""How large codes are printed, what they hold, and which of them would be hard to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from referral.events.printing import badges, banners, cards, posters
from referral.events.rules import here
from referral.events.rules.density import Density, Fault
from referral.events.rules.terms import PlaceKind
from referral.links import queries as links
from referral.links.rules import qr_payload, share_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from referral.campaigns.models import Campaign
    from referral.events.models import Place

FAULTS = {
    Fault.LONG: _(
        "It holds so many signs that its squares get small. A shorter address of this installation would help."
    ),
    Fault.SMALL: _("It is too small for the distance from which people scan it. Print it larger."),
}


@dataclass(frozen=True)
class Warned:
    """Hold something that a code would be printed on, and why it may not be read from there."""

    what: str
    side: int
    modules: int
    faults: list[str]


def place_codes(campaign: Campaign, places: Sequence[Place]) -> dict[int, tuple[str, str]]:
    """Give what each place's code holds, and how that is written beside it.

    A gate has no link of its own: its code leads to the story, where whoever joins gets a pass. A poster's leads to the
    story too, as its own word; a booth's or a stage's to the page on which a visitor says that they were there.
    """
    base: str = current_app.config["PUBLIC_URL"]
    known = links.by_ids(campaign, [place.link_id for place in places if place.link_id is not None])
    story = f"{base.rstrip('/')}/c/{campaign.slug}"
    found = {}
    for place in places:
        link = known.get(place.link_id or 0)
        if link is None:
            found[place.id] = (story, _spoken(story))
        elif place.kind in {PlaceKind.BOOTH, PlaceKind.STAGE}:
            found[place.id] = (here.payload(base, link.code), _spoken(here.address(base, link.code)))
        else:
            found[place.id] = (qr_payload(base, link.code), _spoken(share_url(base, link.code)))
    return found


def _spoken(address: str) -> str:
    return address.partition("://")[2]


def warned(of_pass: Density, places: Sequence[Place], dense: dict[int, Density]) -> list[Warned]:
    """List what would be hard to read, by the densest code of each kind; it is printed all the same."""
    plans = [(gettext("Badges"), [of_pass], badges.code_side(of_pass), badges.DISTANCE)]
    gates = [dense[place.id] for place in places if place.kind == PlaceKind.GATE]
    others = [dense[place.id] for place in places if place.kind != PlaceKind.GATE]
    plans += [
        (gettext("Posters"), others, posters.CODE, posters.DISTANCE),
        (gettext("Table cards"), others, cards.CODE, cards.DISTANCE),
        (gettext("Banners"), gates, banners.CODE, banners.DISTANCE),
    ]
    found = []
    for what, codes, side, distance in plans:
        worst = max(codes, key=lambda code: code.modules, default=None)
        faults = worst.faults(side, distance) if worst is not None else ()
        if worst is not None and faults:
            found.append(Warned(what, round(side), worst.modules, [str(FAULTS[fault]) for fault in faults]))
    return found
