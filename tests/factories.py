"""Makers of what the product is about, through the real actions: a brand, its staff, a campaign, fans, their tellers.

A maker wants an application context and gives a row. `saved(app)` is the usual place to call them: what is made inside
it is committed at its end, and the rows stay readable afterwards as plain values (they belong to no session any more:
to change one later, load it again inside another `saved`).

    from tests import factories as make

    def test_a_marketer_sees_the_people(app: Flask) -> None:
        with make.saved(app):
            brand = make.brand()
            campaign = make.campaign(brand)
            ayu, budi, citra = make.chain(campaign, "Ayu", "Budi", "Citra")     # Ayu told Budi, Budi told Citra
            poster = make.link(campaign, "Hall B", "poster")
            dewi = make.fan(campaign, "Dewi", told_by=poster)
            make.sale(campaign, citra, "850000.00")
            marketer = make.member(brand, "marketer")

        page = make.signed_in(app, marketer).get(f"/b/{brand.slug}/campaigns/{campaign.slug}/people")

| maker | makes |
|---|---|
| `brand(slug, …)` | a brand; IDR and English unless told otherwise |
| `member(brand, role, email)` | a staff account in it, with the password `PASSWORD` |
| `key(brand, *scopes)` | an API key; the text that a program sends |
| `campaign(brand, slug, state, percent, fixed, holding_days, …)` | a campaign with its story; `state`s of rules.State |
| `story(campaign, locale, title, body, …)` | its story in one more language |
| `picture(brand, story)` | the story's picture (`picture_file()` are the bytes of one) |
| `link(campaign, label, channel)` | one of the brand's own links |
| `fan(campaign, name, told_by=fan or link, channel, at, …)` | somebody who came |
| `person_of(fan)`, `link_of(fan)`, `code_of(fan)` | what belongs to a fan |
| `chain(campaign, *names)` | fans of whom each told the next |
| `crowd(campaign, count, told_by)` | so many fans in one go |
| `click(link or fan, verdict, channel)` | a visit; its id |
| `drain(app)` | the worker's look: what was visited by `/r/` is in the database; how many |
| `sale(campaign, buyer, amount, …)`, `refund(campaign, sale, amount)` | money in, money back |
| `event(campaign, slug, …)` | an event, open since an hour and for eleven more, and tomorrow again |
| `place(event, kind, name)` | a gate, booth, poster or stage |
| `gate_pass(event, fan, …)`, `token_of(gate_pass)` | a visitor's pass; what its QR code and a gate's list say |
| `signed_in(app, account)` | a browser in which somebody of the staff is signed in |
| `staff(app, brand, role)` | a browser in which a new member with that role is signed in |
| `signed_in_person(app, person)` | a browser in which a person (`person_of(fan)`) is signed in |
| `send(client, path, fields)` | post a form as a browser does, with the page's token |

Time: `with clock.at(moment):` around any of these. Two brands: a slug, a mail address and a campaign's slug are
unique, so give the second ones other names.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import session
from flask_wtf.csrf import generate_csrf
from PIL import Image

from referral.brands import actions as brands
from referral.brands.models import Account, Brand
from referral.brands.rules import Scope
from referral.campaigns import actions as campaigns
from referral.campaigns.actions import Telling
from referral.campaigns.models import Campaign, Picture, Story
from referral.campaigns.rules import PlanTerms
from referral.clicks import actions as clicks
from referral.clicks.drain import Drain
from referral.events import actions as events
from referral.events import passes
from referral.events import queries as found_events
from referral.events.models import Event, Pass, Place
from referral.events.passes import PassTerms
from referral.events.rules.terms import EventTerms
from referral.events.written import pen
from referral.fans import queries as fans
from referral.fans.models import Fan
from referral.introductions import actions as introductions
from referral.introductions import queries as tellers
from referral.introductions.rules import Arrival, Teller
from referral.links import actions as links
from referral.links import queries as found_links
from referral.links.models import Link
from referral.people import actions as people
from referral.people.models import Person
from referral.people.rules import Contact
from referral.plumbing.clock import now
from referral.plumbing.db import db, every_brand
from referral.plumbing.ids import new_id
from referral.plumbing.money import Money
from referral.sales import actions as sales
from referral.sales.actions import Recorded, Refunded
from referral.sales.requests import SaleRequest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PASSWORD = "a lantern over every shelf"


@contextmanager
def saved(app: Flask) -> Iterator[None]:
    """Commit at its end what is made inside, and leave the rows readable."""
    with app.app_context(), every_brand():
        yield
        db.session.flush()
        db.session.expunge_all()
        db.session.commit()


# --- A brand and its staff -------------------------------------------------------------------------------------------


def brand(
    slug: str = "night-fair",
    *,
    name: str = "The Night Fair",
    currency: str = "IDR",
    locale: str = "en",
    accent: str | None = None,
) -> Brand:
    """Make a brand."""
    return brands.create(slug=slug, name=name, currency=currency, locale=locale, accent=accent)


def member(brand: Brand, role: str = "owner", email: str | None = None, *, name: str = "") -> Account:
    """Make somebody a member of a brand; the address is made from the role and the brand where none is given."""
    return brands.take_on(
        brand, email=email or f"{role}@{brand.slug}.example", role=role, password=PASSWORD, name=name or role.title()
    )


def key(brand: Brand, *scopes: str) -> str:
    """Make an API key, for everything unless scopes are named."""
    return brands.make_key(brand, name="The shop", scopes=scopes or tuple(Scope))


# --- A campaign and its story ----------------------------------------------------------------------------------------


def campaign(
    brand: Brand,
    slug: str = "fair",
    *,
    name: str = "Books all night",
    title: str = "Books all night, until the last one is home",
    body: str = "The hall is as long as a football pitch.\n\nIt does not close.",
    share_text: str | None = "They never close. Come at three in the morning.",
    locale: str = "en",
    state: str = "running",
    percent: int = 500,
    fixed: int | None = None,
    holding_days: int = 14,
    currency: str | None = None,
    landing_url: str | None = None,
) -> Campaign:
    """Make a campaign in a state of its life that promises 5 % (`percent` in basis points), or a `fixed` minor amount.

    `percent=0` without `fixed` promises nothing.
    """
    money = currency or brand.currency
    moment = now()
    starts_at = {"upcoming": moment + timedelta(days=3), "over": moment - timedelta(days=20)}.get(state)
    if fixed is not None:
        terms = PlanTerms.fixed(fixed, money, holding_days)
    else:
        terms = PlanTerms.percent(percent, money, holding_days) if percent else PlanTerms.nothing(money)
    made = campaigns.create(
        brand,
        slug=slug,
        name=name,
        telling=Telling(locale, title, body, share_text),
        terms=terms,
        currency=money,
        landing_url=landing_url,
        starts_at=starts_at,
        ends_at=moment - timedelta(days=10) if state == "over" else None,
    )
    if state != "draft":
        campaigns.publish(made)
    return made


def story(
    campaign: Campaign,
    locale: str = "id",
    title: str = "Buku semalam suntuk",
    body: str = "Aulanya tidak pernah tutup.",
) -> Story:
    """Tell a campaign's story in one more language."""
    return campaigns.tell(campaign, Telling(locale, title, body))


def picture_file(colour: str = "#7c2316", size: tuple[int, int] = (64, 48)) -> bytes:
    """Give the bytes of a PNG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def picture(brand: Brand, story: Story, data: bytes | None = None) -> Picture:
    """Give a story its picture."""
    return campaigns.illustrate(brand, story, data or picture_file())


# --- People and links ------------------------------------------------------------------------------------------------


def link(campaign: Campaign, label: str = "Hall B", channel: str = "poster") -> Link:
    """Make one of the brand's own links."""
    return links.issue_for_brand(campaign, channel=channel, label=label)


def fan(
    campaign: Campaign,
    name: str | None = "Ayu",
    *,
    told_by: Fan | Link | None = None,
    channel: str | None = None,
    at: datetime | None = None,
    email: str | None = None,
    phone: str | None = None,
    external_id: str | None = None,
    locale: str | None = None,
    shows_name: bool = False,
) -> Fan:
    """Let somebody come; without a way to reach them they get a mail address of their own."""
    if not (email or phone or external_id):
        email = f"{(name or 'somebody').split()[0].lower()}.{new_id()}@people.example"
    contact = Contact.of(name=name, email=email, phone=phone, external_id=external_id, locale=locale)
    arrival = Arrival(contact, teller(campaign, told_by), channel, at or now(), shows_name=shows_name)
    arrived = introductions.arrive(campaign, [arrival])[0]
    return fans.by_id(campaign, arrived.fan_id)


def chain(campaign: Campaign, *names: str, told_by: Fan | Link | None = None) -> list[Fan]:
    """Let people come of whom each told the next."""
    told: list[Fan] = []
    for name in names:
        told.append(fan(campaign, name, told_by=told[-1] if told else told_by))
    return told


def crowd(campaign: Campaign, count: int, told_by: Fan | Link | None = None) -> list[int]:
    """Let so many nameless people come at once; return their fan ids."""
    told = teller(campaign, told_by)
    some = [
        Arrival(Contact.of(external_id=f"crowd-{new_id()}"), told, "qr" if told else None, now()) for _ in range(count)
    ]
    return [arrived.fan_id for arrived in introductions.arrive(campaign, some)]


def teller(campaign: Campaign, told_by: Fan | Link | None) -> Teller | None:
    """Name who told somebody, as the join form finds them by a code."""
    if told_by is None:
        return None
    code = told_by.code if isinstance(told_by, Link) else code_of(told_by)
    return tellers.teller(campaign, code=code)


def person_of(fan: Fan) -> Person:
    """Give the person that a fan is."""
    return fans.person_of(fan)


def link_of(fan: Fan) -> Link:
    """Give a fan's own link."""
    return found_links.of_fan(fan)


def code_of(fan: Fan) -> str:
    """Give the code of a fan's own link."""
    return link_of(fan).code


def click(on: Link | Fan, verdict: str = "counted", channel: str = "whatsapp") -> int:
    """Record a visit to a link, or to a fan's own; return its id."""
    return clicks.record(on if isinstance(on, Link) else link_of(on), channel=channel, verdict=verdict)


# --- Money -----------------------------------------------------------------------------------------------------------


def drain(app: Flask) -> int:
    """Read the journals into the database, as the worker does."""
    with app.app_context():
        reader = Drain(Path(app.config["CLICKS_DIR"]), app.config["FLOOD_PER_MINUTE"])
        try:
            return reader.empty()
        finally:
            reader.close()
            db.session.remove()


def sale(
    campaign: Campaign,
    buyer: Fan | None = None,
    amount: str = "850000.00",
    *,
    external_id: str | None = None,
    code: str | None = None,
    at: datetime | None = None,
) -> Recorded:
    """Record a sale to a fan, or to somebody who named a code at the till."""
    return sales.record(
        campaign,
        SaleRequest(
            external_id=external_id or f"order-{new_id()}",
            amount=Money.of_decimal(amount, campaign.currency),
            buyer_fan_id=buyer.id if buyer else None,
            code=code,
            at=at,
        ),
    )


def refund(campaign: Campaign, recorded: Recorded, amount: str, *, external_id: str | None = None) -> Refunded:
    """Give back a part of a sale."""
    return sales.refund(
        campaign,
        recorded.sale.external_id,
        external_id or f"return-{new_id()}",
        Money.of_decimal(amount, campaign.currency),
    )


# --- Events ----------------------------------------------------------------------------------------------------------


def event(
    campaign: Campaign,
    slug: str = "night",
    *,
    name: str = "A night of books",
    venue: str | None = "Hall B",
    timezone: str = "Asia/Jakarta",
    days: Sequence[tuple[datetime, datetime]] | None = None,
    capacity: int | None = None,
    early_minutes: int = 60,
    reentry: str = "daily",
    gives_passes: bool = True,
    cost_minor: int | None = None,
) -> Event:
    """Make an event that opened an hour ago for twelve hours, and opens tomorrow again, unless `days` say otherwise."""
    opened = now() - timedelta(hours=1)
    hours = [(opened + timedelta(days=more), opened + timedelta(days=more, hours=12)) for more in range(2)]
    terms = EventTerms(
        slug=slug,
        name=name,
        timezone=timezone,
        days=days or hours,
        venue=venue,
        capacity=capacity,
        early_minutes=early_minutes,
        reentry=reentry,
        gives_passes=gives_passes,
        cost_minor=cost_minor,
    )
    return events.create(campaign, terms)


def place(event: Event, kind: str = "gate", name: str | None = None) -> Place:
    """Make a place of an event."""
    return events.add_place(event, kind, name or f"{kind.title()} A")


def gate_pass(
    event: Event,
    fan: Fan | None = None,
    *,
    label: str | None = None,
    admits: int = 1,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    external_id: str | None = None,
    foreign_code: str | None = None,
) -> Pass:
    """Give a pass to a fan, or to nobody in particular."""
    terms = PassTerms(
        fan.id if fan is not None else None, label, admits, valid_from, valid_until, external_id, foreign_code
    )
    return passes.issue(event, terms).gate_pass


def token_of(gate_pass: Pass) -> str:
    """Write the token of a pass, or the code of another system's ticket."""
    event = found_events.by_id(gate_pass.brand_id, gate_pass.event_id)
    code = pen(event).code(gate_pass)
    assert code is not None
    return code


# --- Browsers --------------------------------------------------------------------------------------------------------


def signed_in(app: Flask, account: Account) -> FlaskClient:
    """Give a browser in which somebody of the staff is signed in."""
    with saved(app):
        secret = brands.let_in(account)
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["staff"] = secret
    return client


def staff(app: Flask, brand: Brand, role: str) -> FlaskClient:
    """Give a browser in which a new member of a brand, with a role, is signed in."""
    with saved(app):
        account = member(brand, role)
    return signed_in(app, account)


def signed_in_person(app: Flask, person: Person) -> FlaskClient:
    """Give a browser in which a person is signed in."""
    with saved(app):
        secret = people.let_in(person.brand_id, person.id)
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["people"], kept["last_brand"] = {str(person.brand_id): secret}, str(person.brand_id)
    return client


def send(client: FlaskClient, path: str, fields: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
    """Post a form as a browser does, with the token that the page held; files are `(io.BytesIO(data), "name.png")`."""
    with client.session_transaction() as kept:
        raw = kept.setdefault("csrf_token", "0123456789abcdef0123456789abcdef01234567")
    with client.application.test_request_context():
        session["csrf_token"] = raw
        token = generate_csrf()
    return client.post(path, data={"csrf_token": token, **(fields or {})}, **options)
