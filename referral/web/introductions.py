"""Pages of introductions: the story's page, and joining on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, StringField

from referral.campaigns import queries as campaigns
from referral.campaigns.rules import SLUG, State, state
from referral.clicks.rules.visits import CLICK_COOKIE, CLICK_PARAMETER
from referral.errors import Invalid, NotFound
from referral.events import opening, passes
from referral.events import queries as events
from referral.fans import queries as fans
from referral.introductions import actions, queries
from referral.introductions.rules import Arrival, Teller
from referral.links.rules import fold
from referral.people import actions as people
from referral.people import queries as known_people
from referral.people.rules import Contact, clean_name, first_name, mail_or_phone
from referral.plumbing import ids
from referral.plumbing.clock import now
from referral.plumbing.db import confine
from referral.web import language, own_passes
from referral.web.access import current_person, open_to_all, remember_person
from referral.web.errors import sentence
from referral.web.forms import Form
from referral.web.limits import JOIN, limiter

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign, Story
    from referral.events.models import Event
    from referral.people.models import Person

pages = Blueprint("introductions", __name__)

# What chat apps call our languages.
OPEN_GRAPH_LOCALES = {"en": "en_GB", "id": "id_ID", "pl": "pl_PL", "zh_Hans": "zh_CN"}


class JoinForm(Form):
    """Ask for as little as it takes: a name, and one way to reach somebody."""

    name = StringField(_("Your first name"))
    contact = StringField(_("Mail or phone"))
    shows_name = BooleanField(_("Those I tell may see my first name"))


@dataclass(frozen=True)
class Told:
    """Hold what an address says of who told its reader: by which link and click, and what that fan lets be seen."""

    teller: Teller | None = None
    click_id: int | None = None
    code: str | None = None
    name: str | None = None
    words: str | None = None

    @property
    def by_a_fan(self) -> bool:
        """Tell whether a fan told it, and not a poster or an advert."""
        return self.teller is not None and self.teller.fan_id is not None

    @property
    def query(self) -> dict[str, Any]:
        """Write it back into an address."""
        parts = {"via": self.code, CLICK_PARAMETER: ids.show(self.click_id) if self.click_id is not None else None}
        return {name: value for name, value in parts.items() if value}


@pages.get("/c/<campaign>")
@open_to_all
def story(campaign: str) -> ResponseReturnValue:
    """Tell a campaign's story to whoever comes, and let them join."""
    brand, found = public_campaign(campaign)
    where = state_of(found)
    if where is not State.RUNNING:
        return closed(brand, found, where)
    return _page(brand, found, JoinForm(formdata=None))


@pages.get("/c/<campaign>/join")
@pages.post("/c/<campaign>/join")
@open_to_all
@limiter.limit(JOIN, methods=["POST"])
def join(campaign: str) -> ResponseReturnValue:
    """Let somebody join: a newcomer is a fan at once, and signed in; somebody known has to show that it is them."""
    brand, found = public_campaign(campaign)
    if request.method != "POST":  # a form that came back was reloaded, or shown in another language
        return redirect(url_for("introductions.story", campaign=found.slug, **_told(found).query, **_visiting()))
    where = state_of(found)
    if where is not State.RUNNING:
        return closed(brand, found, where)
    form, told, here = JoinForm(), _told(found), current_person(brand)
    returns = here is not None and not (form.contact.data or "").strip()
    contact = _contact_of(here) if here is not None and returns else _contact(form, found)
    if contact is None:
        return _page(brand, found, form), 400
    known = here if returns else known_people.find(brand.id, contact)
    is_theirs = known is None or (here is not None and here.id == known.id)
    if not is_theirs:
        contact = replace(contact, name=None)  # a typed address proves nothing, so it may not change anybody's name
    teller = told.teller
    arrival = Arrival(
        contact,
        teller,
        teller.channel if teller is not None else None,
        now(),
        told.click_id,
        shows_name=is_theirs and bool(form.shows_name.data),
    )
    arrived = actions.arrive(found, [arrival])[0]
    passes.welcome(found, [arrived.fan_id])
    if arrived.is_new:
        own_passes.greet(found, arrived.fan_id)
    if known is None and not arrived.was_known:  # nobody came by this address even while we looked
        remember_person(brand.id, people.let_in(brand.id, arrived.person_id))
        flash(_welcome(), "success")
    elif here is None or here.id != arrived.person_id:
        return _here_already(brand, contact)
    if _visiting() and told.code is not None:
        return redirect(url_for("here.show", code=told.code), 303)
    return redirect(url_for("fans.home", campaign=found.slug), 303)


# --- What other pages of the story share -----------------------------------------------------------------------------


def public_campaign(slug: str) -> tuple[Brand, Campaign]:
    """Give the brand and the campaign of a public address, and confine the request to them.

    Raises:
        NotFound: `campaign_unknown`, also for a draft: nobody outside hears of it.
    """
    found = campaigns.public(slug) if SLUG.fullmatch(slug) else None
    if found is None or state_of(found[1]) is State.DRAFT:
        raise NotFound("campaign_unknown")
    g.brand, g.campaign = found
    confine(found[0].id)
    return found


def state_of(campaign: Campaign) -> State:
    """Tell where a campaign stands now."""
    return state(campaign.published_at, campaign.starts_at, campaign.ends_at, now())


def closed(brand: Brand, campaign: Campaign, where: State) -> ResponseReturnValue:
    """Say that a campaign opens later, or is over."""
    told = campaigns.story_for(campaign, language.current())
    page = render_template(
        "introductions/closed.html",
        brand=brand,
        campaign=campaign,
        story=told,
        is_over=where is State.OVER,
        **_picture(told),
    )
    return page, 410 if where is State.OVER or request.method == "POST" else 200


def card(story: Story, address: str) -> dict[str, Any]:
    """Give what chat apps want to know of a story beside its words: addresses in full, and the language."""
    picture = campaigns.picture_of(story)
    path = url_for("campaigns.preview_picture", sha256=picture.sha256) if picture is not None else None
    return {
        "url": address,
        "picture_url": f"{current_app.config['PUBLIC_URL']}{path}" if path else None,
        "locale": OPEN_GRAPH_LOCALES[story.locale],
    }


# --- The page --------------------------------------------------------------------------------------------------------


def _page(brand: Brand, campaign: Campaign, form: JoinForm) -> str:
    told = campaigns.story_for(campaign, language.current())
    if told is None:
        raise NotFound("campaign_unknown")
    by = _told(campaign)
    here = current_person(brand)
    fan = fans.by_person(campaign, here.id) if here is not None else None
    address = url_for("introductions.story", campaign=campaign.slug, via=by.code)
    return render_template(
        "introductions/story.html",
        brand=brand,
        campaign=campaign,
        story=told,
        form=form,
        told=by.by_a_fan,
        teller_name=by.name,
        words=by.words,
        own=fan is not None and by.teller is not None and by.teller.fan_id == fan.id,
        home_url=url_for("fans.home", campaign=campaign.slug) if fan is not None else None,
        join_url=url_for("introductions.join", campaign=campaign.slug, **by.query, **_visiting()),
        coming=_coming(campaign),
        card=card(told, f"{current_app.config['PUBLIC_URL']}{address}"),
        **_picture(told),
        **({"known_name": here.name} if here is not None else {}),
    )


def _coming(campaign: Campaign) -> tuple[Event, str | None] | None:
    """Give the event for which whoever joins gets a pass, and its days; the next one where there are several."""
    open_ones = [(event, events.days(event)) for event in events.open_for_passes(campaign)]
    still_to_come = [(event, days) for event, days in open_ones if not opening.is_over(event, days, now())]
    if not still_to_come:
        return None
    event, days = min(still_to_come, key=lambda one: one[1][0].opens_at if one[1] else one[0].created_at)
    return event, opening.span(event, days, language.current())


def _picture(story: Story | None) -> dict[str, Any]:
    picture = campaigns.picture_of(story) if story is not None else None
    url = url_for("campaigns.picture", sha256=picture.sha256) if picture is not None else None
    return {"picture": picture, "picture_url": url}


def _told(campaign: Campaign) -> Told:
    """Read from the address who told this reader; what it says of another campaign, or nothing, is passed over."""
    code = fold(request.values.get("via", ""))
    click_id = ids.read(request.values.get(CLICK_PARAMETER, ""))
    if code is None and click_id is None and campaign.click_cookie:
        # Only a campaign whose privacy setting allows it has left one here; it is read while that is allowed.
        click_id = ids.read(request.cookies.get(CLICK_COOKIE, ""))
    teller = queries.teller(campaign, click_id=click_id) if click_id is not None else None
    if teller is None:
        click_id = None
        teller = queries.teller(campaign, code=code) if code is not None else None
    if teller is None:
        return Told()
    fan = fans.find(campaign, teller.fan_id) if teller.fan_id is not None else None
    if fan is None:
        return Told(teller, click_id, code)
    name = first_name(fans.person_of(fan).name) if fan.shows_name else None
    return Told(teller, click_id, code, name, fan.words)


def _visiting() -> dict[str, Any]:
    """Keep in an address that its reader stands at the place which told them, and goes back to its page."""
    return {"visit": "1"} if request.values.get("visit") == "1" else {}


# --- Who joins -------------------------------------------------------------------------------------------------------


def _contact(form: JoinForm, campaign: Campaign) -> Contact | None:
    """Read who somebody says they are; None where the form now says what is wrong."""
    locale = language.current()
    name = email = phone = None
    with _blamed(form.name):
        name = clean_name(form.name.data or "")
        if name is None:
            raise Invalid("name_missing")
    with _blamed(form.contact):
        # English says nothing of where somebody is; the campaign's own language says more about a number at home.
        home = campaign.default_locale if locale == "en" else locale
        email, phone = mail_or_phone(form.contact.data or "", home, campaign.currency)
    if form.errors:
        return None
    return Contact(name, email, phone, None, locale)


@contextmanager
def _blamed(field: Field) -> Iterator[None]:
    """Write a refusal beside the field that it is about."""
    try:
        yield
    except Invalid as refusal:
        field.errors = [sentence(refusal)]


def _welcome() -> str:
    if _visiting():
        return str(gettext("You are in. Your pass and your own link are on your page."))
    return str(gettext("You are in. This is your own link: pass it on."))


def _contact_of(person: Person) -> Contact:
    return Contact(None, person.email, person.phone, person.external_id, person.locale)


def _here_already(brand: Brand, contact: Contact) -> ResponseReturnValue:
    """Say that somebody is in already; whoever typed their address gets in by their mail only."""
    if contact.email_key is not None:
        session["challenge"] = people.ask_way_in(contact.email_key)
    return render_template("introductions/here_already.html", brand=brand, by_mail=contact.email_key is not None)
