"""Pages of fans: what somebody is a fan of, and a fan's home; addresses.py lets those without mail leave some."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from referral.brands import queries as brands
from referral.campaigns import queries as campaigns
from referral.campaigns.rules import State
from referral.errors import Invalid
from referral.fans import actions, queries
from referral.introductions import queries as introductions
from referral.introductions.queries import Brought
from referral.links import queries as links
from referral.links.qr import SIZES
from referral.links.rules import qr_payload, share_targets, share_url
from referral.people import queries as people
from referral.people.rules import first_name
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import of_brand
from referral.plumbing.signing import fingerprint
from referral.spread.drawing import ripple_svg
from referral.spread.rules.forest import Forest
from referral.web import arrivals, channels, earnings, language, own_passes
from referral.web.access import allow_person, open_to_all
from referral.web.addresses import AddressCodeForm, AddressForm, pages, waiting
from referral.web.errors import sentence
from referral.web.introductions import state_of

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan
    from referral.people.models import Person

NEWEST, LISTED = 8, 200  # people of each generation: seen at once, and listed in all; the rest is counted


class Place(NamedTuple):
    """Name one campaign that somebody is a fan of."""

    brand: Brand
    campaign: Campaign
    title: str
    state: State


class Generation(NamedTuple):
    """Hold those who stand so many steps below a fan: how many there are, the newest by name, and those before."""

    depth: int
    size: int
    newest: list[dict[str, Any]]
    earlier: list[dict[str, Any]]


@pages.get("/me")
@open_to_all
def me() -> ResponseReturnValue:
    """Lead a fan home; one of several campaigns is asked for, and somebody unknown signs in first."""
    signed_in = _signed_in()
    if not signed_in:
        return redirect(url_for("people.sign_in"))
    places = [place for person in signed_in for place in _places(person)]
    if len(places) == 1:
        return redirect(url_for("fans.home", campaign=places[0].campaign.slug))
    return render_template("fans/me.html", places=places)


@pages.get("/me/<campaign>")
@allow_person
def home(person: Person, campaign: Campaign) -> ResponseReturnValue:
    """Show a fan their link, their words, whom they brought and what they earned."""
    fan = queries.by_person(campaign, person.id)
    if fan is None:
        return redirect(url_for("introductions.story", campaign=campaign.slug))
    return _home(person, campaign, fan)


@pages.post("/me/<campaign>/words")
@allow_person
def speak(person: Person, campaign: Campaign) -> ResponseReturnValue:
    """Keep a fan's own words, or whether those they tell see their name: whichever was sent."""
    fan = queries.by_person(campaign, person.id)
    if fan is None:
        return redirect(url_for("introductions.story", campaign=campaign.slug))
    words = request.form.get("words")
    shows_name = request.form.get("shows_name", "1" if fan.shows_name else "") == "1"
    text = _plain(fan.words or "") if words is None else _plain(words)
    try:
        # Words that nobody changed are the story's: they go on being said in the reader's language.
        actions.speak(fan, "" if text == _plain(_given_words(campaign)) else text, shows_name)
    except Invalid as refusal:
        return _home(person, campaign, fan, words=text, wrong=sentence(refusal)), 400
    flash(gettext("Your words are kept.") if words is not None else gettext("That is settled."), "success")
    return redirect(url_for("fans.home", campaign=campaign.slug), 303)


# --- Home ------------------------------------------------------------------------------------------------------------


def _home(person: Person, campaign: Campaign, fan: Fan, words: str | None = None, wrong: str | None = None) -> str:
    base, code = current_app.config["PUBLIC_URL"], links.of_fan(fan).code
    said = words if words is not None else fan.words or _given_words(campaign)
    story = campaigns.story_for(campaign, language.current())
    title = story.title if story is not None else campaign.name
    reach, branch = introductions.reach(fan), introductions.branch(fan)
    return render_template(
        "fans/home.html",
        fan=fan,
        first_name=first_name(person.name),
        has_email=person.email is not None,
        state=state_of(campaign),
        reach=reach,
        ripple=_ripple(fan, branch),
        generations=_generations(branch),
        shown_link=qr_payload(base, code).partition("://")[2],
        link=share_url(base, code),
        code=code,
        sizes=SIZES,
        passes=own_passes.cards(fan),
        arrived=arrivals.standing(fan),
        words=said,
        wrong=wrong,
        title=title,
        ways=_ways(base, code, said, title),
        earned=earnings.of_fan(campaign, fan),
        promise=earnings.promise(campaign),
        asked=waiting(person),
        address_form=AddressForm(formdata=None),
        code_form=AddressCodeForm(formdata=None),
        elsewhere=[place for place in _places(person) if place.campaign.id != campaign.id],
    )


def _given_words(campaign: Campaign) -> str:
    """Give what a fan may say who has not found words of their own: the brand's, in the reader's language."""
    story = campaigns.story_for(campaign, language.current())
    return (story.share_text or story.title) if story is not None else campaign.name


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _ways(base: str, code: str, words: str, title: str) -> list[dict[str, str]]:
    """Write the buttons to pass the story on with; what the phone offers itself, and copying, stand at the end."""
    ways = [
        {"channel": target.channel, "label": channels.name(target.channel), "url": target.url}
        for target in share_targets(base, code, words, title)
    ]
    return [
        *ways,
        {"channel": "share", "label": gettext("More"), "url": share_url(base, code, "nt")},
        {"channel": "copy", "label": gettext("Copy"), "url": share_url(base, code)},
    ]


def _ripple(fan: Fan, branch: list[Brought]) -> Markup:
    """Draw how far a fan's word went."""
    forest = Forest.from_edges(
        [fan.id, *(one.fan_id for one in branch)],
        [None, *(one.introducer_id for one in branch)],
        [milliseconds(fan.joined_at), *(milliseconds(one.joined_at) for one in branch)],
        [None, *(one.channel for one in branch)],
    )
    drawn = ripple_svg(
        forest,
        title=gettext("How far your word went"),
        description=gettext(
            "You stand in the middle, and each ring is a generation further on. The list below names them."
        ),
        labels={fan.id: gettext("You"), **{one.fan_id: _name(one) for one in branch}},
        show_id=ids.show,
    )
    return Markup(drawn)  # noqa: S704 - drawn by us, and every label in it is escaped there


def _generations(everybody: list[Brought]) -> list[Generation]:
    """List whom a fan brought, step by step, the newest first; people see of each other a first name at most."""
    names = {one.fan_id: _name(one) for one in everybody}
    brought: dict[int, int] = {}
    for one in everybody:
        brought[one.introducer_id] = brought.get(one.introducer_id, 0) + 1
    generations = []
    for depth, group in groupby(everybody, key=lambda one: one.depth):
        here = list(group)
        listed = [_line(one, names, brought) for one in here[::-1][:LISTED]]
        generations.append(Generation(depth, len(here), listed[:NEWEST], listed[NEWEST:]))
    return generations


def _line(one: Brought, names: dict[int, str], brought: dict[int, int]) -> dict[str, Any]:
    channel = "share" if one.channel == "native" else one.channel
    return {
        "name": names[one.fan_id],
        "told_by": names.get(one.introducer_id),
        "brought": brought.get(one.fan_id, 0),
        "channel": channel,
        "channel_name": channels.name(one.channel),
        "joined_at": one.joined_at,
    }


def _name(one: Brought) -> str:
    return first_name(one.name) or gettext("Somebody")


# --- Whose browser this is -------------------------------------------------------------------------------------------


def _signed_in() -> list[Person]:
    """List everybody that is signed in in this browser, one of each brand."""
    secrets = session.get("people", {}).values()
    found = [people.session_holder(fingerprint(secret), now()) for secret in secrets]
    return [person for person in found if person is not None]


def _places(person: Person) -> list[Place]:
    """List what a person is a fan of, the newest first."""
    with of_brand(person.brand_id):
        brand = brands.by_id(person.brand_id)
        joined = [campaigns.by_id(person.brand_id, fan.campaign_id) for fan in queries.of_person(person)]
        return [Place(brand, campaign, _title(campaign), state_of(campaign)) for campaign in joined]


def _title(campaign: Campaign) -> str:
    story = campaigns.story_for(campaign, language.current())
    return story.title if story is not None else campaign.name
