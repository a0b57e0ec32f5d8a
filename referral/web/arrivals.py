"""Who came in by a fan's word: counted on their home, and told while they look, within two seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from referral.errors import NotFound
from referral.events import arrivals
from referral.events.arrivals import Came
from referral.fans import queries as fans
from referral.people.rules import first_name
from referral.plumbing import i18n, ids
from referral.plumbing.clock import now
from referral.web import language
from referral.web.access import allow_person

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan
    from referral.people.models import Person

pages = Blueprint("arrivals", __name__)

AT_ONCE = 20
LOOK_BACK_MS = 20_000
"""How long an arrival may have waited to be committed while later ones were told; who asks knows what was told."""
JUST_NOW = timedelta(minutes=5)
"""What a gate without a network sends later has happened, but not just now."""


@dataclass(frozen=True)
class Standing:
    """Hold how many people came in by a fan's word, by those told and by those they told, and what was told of it."""

    direct: int
    further: int
    since: str
    told: list[str]

    @property
    def people(self) -> int:
        """Count all of them."""
        return self.direct + self.further


def standing(fan: Fan) -> Standing:
    """Count who came in by a fan's word until now, and begin to listen for more."""
    begun = ids.new_id()
    told = [came.arrival_id for came in arrivals.since(fan, _back_from(begun), AT_ONCE)]
    direct, further = _counted(fan)
    return Standing(direct, further, ids.show(begun), [ids.show(one) for one in told])


@pages.get("/me/<campaign>/arrivals")
@allow_person
def live(person: Person, campaign: Campaign) -> ResponseReturnValue:
    """Tell who came in by a fan's word since they last asked, and how many that makes.

    It looks back a little behind `since`, for arrivals do not become visible in the order of their ids: whoever asks
    passes over those that they were told.
    """
    fan = fans.by_person(campaign, person.id)
    if fan is None:
        raise NotFound("fan_unknown")
    here = ids.new_id()
    found = arrivals.since(fan, _back_from(ids.read(request.args.get("since", "")) or here), AT_ONCE)
    if not found:
        return jsonify(since=ids.show(here), arrivals=[])
    direct, further = _counted(fan)
    return jsonify(
        since=ids.show(here),
        people=i18n.number(direct + further, language.current()),
        summary=summary(direct, further),
        arrivals=[
            {
                "id": ids.show(one.arrival_id),
                "depth": one.depth,
                "words": None if one.is_taken_back else words(one),
            }
            for one in found
        ],
    )


@pages.app_template_global("arrivals_summary")
def summary(direct: int, further: int) -> str:
    """Say by whose word they came in, beside the number of all of them."""
    people = direct + further
    if not people:
        return str(gettext("Nobody has come in by your word yet. You will see it here the moment somebody does."))
    if not further:
        return str(ngettext("person that you told came in", "people that you told came in", people))
    if not direct:
        return str(ngettext("person came in, told by whom you told", "people came in, told by whom you told", people))
    return str(
        ngettext(
            "person came in: %(direct)s told by you, %(further)s by their word",
            "people came in: %(direct)s told by you, %(further)s by their word",
            people,
            direct=i18n.number(direct, language.current()),
            further=i18n.number(further, language.current()),
        )
    )


def words(came: Came) -> str:
    """Say that somebody came in: by name where they show it, and by whose word."""
    name = (first_name(came.name) if came.name else None) or gettext("Somebody")
    if now() - came.at > JUST_NOW:
        ago = i18n.ago(came.at, now(), language.current())
        return str(gettext("%(name)s came in %(ago)s, thanks to you", name=name, ago=ago))
    if came.depth == 1:
        return str(gettext("%(name)s just came in, thanks to you", name=name))
    return str(gettext("%(name)s just came in: your word went on to them", name=name))


def _counted(fan: Fan) -> tuple[int, int]:
    counts = arrivals.by_depth(fan)
    direct = counts.pop(1, 0)
    return direct, sum(counts.values())


def _back_from(arrival_id: int) -> int:
    return max(0, arrival_id - (LOOK_BACK_MS << 22))
