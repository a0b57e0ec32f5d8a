"""The picture of a spread: its columns, the person at a place of it, who came since, its numbers; and in public."""

from __future__ import annotations

import gzip
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from referral.campaigns import actions as campaigns
from referral.campaigns import queries as found_campaigns
from referral.plumbing import ids
from referral.plumbing.db import db, of_brand
from referral.spread.rules.wire import Read, decode
from tests import factories as make
from tests.factories import send

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan

START = datetime(2026, 11, 14, 3, 0, tzinfo=UTC)
HOSTILE = '<script>alert("1")</script> & \u202eevil'


class World:
    """A campaign of six people: Ayu told Budi and Citra, Budi told Dewi; Eka and Fajar came by a poster."""

    def __init__(self, app: Flask, slug: str = "night-fair", campaign: str = "fair") -> None:
        self.app = app
        with make.saved(app):
            self.brand: Brand = make.brand(slug)
            self.campaign: Campaign = make.campaign(self.brand, campaign)
            self.poster = make.link(self.campaign, "Hall B", "poster")
            self.fans: dict[str, Fan] = {}
            for hour, (name, teller) in enumerate(
                [("Ayu", None), ("Budi", "Ayu"), ("Citra", "Ayu"), ("Dewi", "Budi"), ("Eka", ""), ("Fajar", "")]
            ):
                told_by = self.poster if teller == "" else self.fans[teller] if teller else None
                self.come(name, told_by, START + timedelta(hours=hour))
            make.sale(self.campaign, self.fans["Dewi"], "850000.00")

    def come(self, name: str, told_by: Any = None, at: datetime | None = None, **others: Any) -> Fan:
        """Let somebody come; inside `saved`."""
        channel = "whatsapp" if told_by is not None and told_by is not self.poster else None
        self.fans[name] = make.fan(self.campaign, name, told_by=told_by, at=at, channel=channel, **others)
        return self.fans[name]

    def as_(self, role: str) -> FlaskClient:
        """Give a browser of somebody with a role."""
        with make.saved(self.app):
            account = make.member(self.brand, role)
        return make.signed_in(self.app, account)

    @property
    def at(self) -> str:
        """Give the campaign's address."""
        return f"/b/{self.brand.slug}/campaigns/{self.campaign.slug}"

    def publish(self) -> None:
        """Let anybody see the picture."""
        with make.saved(self.app):
            found = found_campaigns.by_slug(self.brand, self.campaign.slug)
            found.spread_is_public = True


@pytest.fixture
def world(app: Flask) -> World:
    """Make the campaign."""
    return World(app)


def picture(client: FlaskClient, address: str, **query: str) -> Read:
    """Fetch a picture and read it."""
    answer = client.get(f"{address}/spread.bin", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/octet-stream"
    return decode(answer.data)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that are sent to the database inside."""
    sent: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


# --- The columns -----------------------------------------------------------------------------------------------------


def test_the_picture_holds_everybody_in_order_of_arrival(world: World) -> None:
    read = picture(world.as_("owner"), world.at)

    assert read.parent.tolist() == [-1, 0, 0, 1, -1, -1]
    assert (read.total, read.meta["view"], read.meta["currency"]) == (6, "generations", "IDR")
    assert (read.t0, read.t1) == (START.timestamp() * 1000, (START + timedelta(hours=5)).timestamp() * 1000)
    assert {name for name, _ in read.meta["channels"]} == {"poster", "whatsapp"}
    assert ["Hall B", "Hall B"] in read.meta["places"]
    assert read.value.tolist() == [0, 0, 0, 8, 0, 0]


def test_the_view_of_growth_begins_with_the_first_in_the_centre(world: World) -> None:
    read = picture(world.as_("owner"), world.at, view="growth")

    assert (read.x[0], read.y[0], read.rings) == (0, 0, 0)
    assert read.meta["rings"]


def test_a_branch_has_its_head_in_the_centre_and_its_own_rows(world: World) -> None:
    client = world.as_("owner")
    budi = ids.show(world.fans["Budi"].id)

    read = picture(client, world.at, branch=budi)

    assert read.parent.tolist() == [-1, 0]
    assert read.total == 6
    card = client.get(f"{world.at}/spread/person", query_string={"version": read.meta["version"], "row": 1})
    assert ">Dewi</h3>" in card.text
    assert 'data-row="1"' in card.text
    outside = client.get(f"{world.at}/spread/person", query_string={"version": read.meta["version"], "row": 2})
    assert outside.status_code == 404


def test_labels_are_in_the_readers_language(world: World) -> None:
    client = world.as_("owner")

    polish = dict(picture(client, world.at, lang="pl").meta["channels"])
    english = dict(picture(client, world.at, lang="en").meta["channels"])

    assert polish["poster"] == "Plakat"
    assert english["poster"] == "Poster"


def test_a_browser_that_has_the_picture_is_told_so(world: World) -> None:
    client = world.as_("owner")

    first = client.get(f"{world.at}/spread.bin", headers={"Accept-Encoding": "gzip"})
    again = client.get(f"{world.at}/spread.bin", headers={"If-None-Match": first.headers["ETag"]})
    other = client.get(f"{world.at}/spread.bin?view=growth", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Content-Encoding"] == "gzip"
    assert decode(gzip.decompress(first.data)).total == 6
    assert "Accept-Encoding" in first.headers["Vary"]
    assert (again.status_code, again.data) == (304, b"")
    assert other.status_code == 200


def test_a_new_person_and_a_sale_make_another_picture(world: World) -> None:
    client = world.as_("owner")
    before = picture(client, world.at).meta["version"]

    with make.saved(world.app):
        make.sale(world.campaign, world.fans["Eka"], "10000.00")
    sold = picture(client, world.at)
    with make.saved(world.app):
        world.come("Gita", world.fans["Eka"])
    came = picture(client, world.at)

    assert len({before, sold.meta["version"], came.meta["version"]}) == 3
    assert sold.value.tolist() == [0, 0, 0, 8, 1, 0]
    assert len(came.parent) == 7


def test_nobody_and_one_person_make_pictures_too(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")
    client = make.signed_in(app, owner)
    at = f"/b/{brand.slug}/campaigns/{campaign.slug}"

    for view in ("generations", "growth"):
        assert len(picture(client, at, view=view).parent) == 0
    version = picture(client, at).meta["version"]
    assert client.get(f"{at}/spread/live", query_string={"version": version}).status_code == 204
    assert "Nobody came in this time" in client.get(f"{at}/spread/numbers").text
    assert client.get(f"{at}/spread.svg").status_code == 200
    with make.saved(app):
        make.fan(campaign, "Ayu")
    for view in ("generations", "growth"):
        assert picture(client, at, view=view).x.tolist() == [0]
    news = client.get(f"{at}/spread/live", query_string={"version": version}).json
    assert [(one["row"], one["new"], one["generation"]) for one in news["people"]] == [(None, None, 0)]


# --- A person --------------------------------------------------------------------------------------------------------


def test_the_card_tells_who_told_somebody_and_whom_they_brought(world: World) -> None:
    client = world.as_("owner")
    version = picture(client, world.at).meta["version"]

    card = client.get(f"{world.at}/spread/person", query_string={"version": version, "row": 1}).text

    assert re.search(r"<dt>told by</dt><dd>Ayu</dd>", card)
    assert re.search(r"<dt>brought directly</dt><dd>1</dd>", card)
    assert re.search(r"<dt>reached in all</dt><dd>1</dd>", card)
    assert re.search(r"<dt>bought below</dt><dd>IDR850,000</dd>", card)
    assert "− 1 person" in card
    assert f'data-fan="{ids.show(world.fans["Budi"].id)}" data-row="1"' in card
    assert f'data-branch="{ids.show(world.fans["Budi"].id)}"' in card


def test_the_card_of_somebody_by_id_needs_no_version(world: World) -> None:
    client = world.as_("owner")

    card = client.get(f"{world.at}/spread/person", query_string={"fan": ids.show(world.fans["Eka"].id)}).text

    assert ">Eka</h3>" in card
    assert "Hall B" in card
    assert "data-branch" not in card


def test_a_row_means_the_same_person_whoever_came_since(world: World) -> None:
    client = world.as_("owner")
    version = picture(client, world.at).meta["version"]
    with make.saved(world.app):
        world.come("Early", None, START + timedelta(minutes=30))  # recorded late: in order of arrival the second

    card = client.get(f"{world.at}/spread/person", query_string={"version": version, "row": 1}).text

    assert ">Budi</h3>" in card
    assert len(picture(client, world.at).parent) == 7


def test_a_long_chain_is_told_with_its_first_teller_and_its_end(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        fans = make.chain(campaign, *(f"Person{number}" for number in range(14)))
        owner = make.member(brand, "owner")
    client = make.signed_in(app, owner)

    card = client.get(
        f"/b/{brand.slug}/campaigns/{campaign.slug}/spread/person", query_string={"fan": ids.show(fans[-1].id)}
    ).text

    assert "Person0<" in card
    assert "Person12<" in card
    assert "Person3<" not in card
    assert "5 people more" in card


def test_a_viewer_gets_no_names_and_no_money(world: World) -> None:
    client = world.as_("viewer")

    read = picture(client, world.at)
    card = client.get(f"{world.at}/spread/person", query_string={"version": read.meta["version"], "row": 1}).text
    numbers = client.get(f"{world.at}/spread/numbers").text

    assert not read.value.any()
    assert read.meta["currency"] is None
    for text in (card, numbers):
        assert "Somebody" in text
        for name in ("Ayu", "Budi", "Dewi", "IDR"):
            assert name not in text
    assert client.get(f"{world.at}/spread/search?q=Ayu").status_code == 403
    assert client.get(f"{world.at}/spread.svg").status_code == 403


def test_an_organiser_gets_names_and_no_money(world: World) -> None:
    client = world.as_("organiser")

    read = picture(client, world.at)
    card = client.get(f"{world.at}/spread/person", query_string={"version": read.meta["version"], "row": 1}).text

    assert not read.value.any()
    assert "Ayu" in card
    assert "IDR" not in card


def test_who_was_removed_has_no_name_and_keeps_their_place(world: World) -> None:
    client = world.as_("owner")
    before = picture(client, world.at)
    with make.saved(world.app):
        person = make.person_of(world.fans["Budi"])
        person.name = person.email = person.email_key = None
        person.erased_at = START + timedelta(days=30)

    after = picture(client, world.at)
    card = client.get(f"{world.at}/spread/person", query_string={"version": after.meta["version"], "row": 1}).text
    still = client.get(f"{world.at}/spread.svg").text

    assert after.parent.tolist() == before.parent.tolist()
    assert after.x.tolist() == before.x.tolist()
    assert "Budi" not in card + still
    assert ">Somebody</h3>" in card


def test_hostile_names_do_no_harm_anywhere(world: World) -> None:
    with make.saved(world.app):
        world.come(HOSTILE, world.fans["Ayu"], email="x@mail.example")
        make.fan(world.campaign, "Gita", told_by=make.link(world.campaign, '"><img src=x onerror=1>', "poster"))
    client = world.as_("owner")
    version = picture(client, world.at).meta["version"]

    answers = [
        client.get(f"{world.at}/spread/person", query_string={"fan": ids.show(world.fans[HOSTILE].id)}).text,
        client.get(f"{world.at}/spread/search", query_string={"q": "script", "version": version}).text,
        client.get(f"{world.at}/spread/numbers").text,
        client.get(f"{world.at}/spread.svg").text,
    ]

    for text in answers:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert "&lt;script&gt;" in answers[0]
    assert "&lt;script&gt;" in answers[1]
    assert ET.fromstring(answers[3]).tag.endswith("svg")


# --- Search ----------------------------------------------------------------------------------------------------------


def test_a_search_leads_to_rows_of_the_picture(world: World) -> None:
    client = world.as_("organiser")
    version = picture(client, world.at).meta["version"]
    with make.saved(world.app):
        world.come("Budiman", world.fans["Ayu"])

    found = client.get(f"{world.at}/spread/search", query_string={"q": "budi", "version": version}).text

    assert f'<button type="button" data-row="1" data-fan="{ids.show(world.fans["Budi"].id)}">Budi' in found
    assert found.count("<button") == 1
    assert "Budiman" in found


@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "%", "_", "nobody", "x" * 5000])
def test_a_search_for_nothing_finds_nothing(world: World, text: str) -> None:
    found = world.as_("organiser").get(f"{world.at}/spread/search", query_string={"q": text})

    assert found.status_code == 200
    assert "<button" not in found.text


# --- Who came since --------------------------------------------------------------------------------------------------


def test_newcomers_are_told_in_order_with_who_told_them(world: World) -> None:
    client = world.as_("viewer")
    version = picture(client, world.at).meta["version"]
    ask = {"version": version, "have": "0"}
    assert client.get(f"{world.at}/spread/live", query_string=ask).status_code == 204

    with make.saved(world.app):
        gita = world.come("Gita", world.fans["Dewi"])
        hana = world.come("Hana", gita)
        world.come("Indra", world.poster)
    news = client.get(f"{world.at}/spread/live", query_string=ask).json
    rest = client.get(f"{world.at}/spread/live", query_string={**ask, "have": "2"}).json

    assert [(one["row"], one["new"], one["generation"]) for one in news["people"]] == [
        (3, None, 3),
        (None, 0, 4),
        (None, None, 0),
    ]
    assert [one["fan"] for one in news["people"]][:2] == [ids.show(gita.id), ids.show(hana.id)]
    assert news["people"][0]["combo"][0] == "whatsapp"
    assert news["people"][2]["combo"][0] == "poster"
    assert news["reach"] == 9
    assert news["version"] != version
    assert rest["people"] == news["people"][2:]
    assert client.get(f"{world.at}/spread/live", query_string={**ask, "have": "3"}).status_code == 204


def test_newcomers_of_a_branch_are_those_who_came_into_it(world: World) -> None:
    client = world.as_("owner")
    version = picture(client, world.at, branch=ids.show(world.fans["Budi"].id)).meta["version"]
    with make.saved(world.app):
        world.come("Elsewhere", world.fans["Citra"])
        gita = world.come("Gita", world.fans["Dewi"])

    news = client.get(f"{world.at}/spread/live", query_string={"version": version}).json

    assert [(one["fan"], one["row"], one["generation"]) for one in news["people"]] == [(ids.show(gita.id), 1, 2)]
    assert news["reach"] == 3


def test_asking_each_second_costs_little(world: World) -> None:
    client = world.as_("owner")
    version = picture(client, world.at).meta["version"]
    client.get(f"{world.at}/spread/live", query_string={"version": version})

    with counted(world.app) as sent:
        answer = client.get(f"{world.at}/spread/live", query_string={"version": version})

    assert answer.status_code == 204
    assert len(sent) <= 14, sent


# --- Its numbers -----------------------------------------------------------------------------------------------------


def ms(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ({}, 6),
        ({"to": ms(START + timedelta(hours=2))}, 3),
        ({"from": ms(START + timedelta(hours=2))}, 4),
        ({"from": ms(START + timedelta(hours=2)), "to": ms(START + timedelta(hours=2))}, 1),
        ({"from": ms(START + timedelta(hours=1, minutes=5)) + ".75", "to": ms(START + timedelta(hours=3))}, 2),
        ({"channel": "whatsapp"}, 3),
        ({"channel": "poster", "from": ms(START)}, 2),
        ({"place": "Hall B"}, 2),
        ({"branch": "Budi"}, 2),
        ({"branch": "Budi", "to": ms(START + timedelta(hours=1))}, 1),
    ],
)
def test_the_numbers_are_those_of_what_was_asked_for(world: World, query: dict[str, str], people: int) -> None:
    if "branch" in query:
        query = query | {"branch": ids.show(world.fans[query["branch"]].id)}

    page = world.as_("owner").get(f"{world.at}/spread/numbers", query_string=query)

    assert page.status_code == 200
    assert f"<strong>{people} {'person' if people == 1 else 'people'}</strong>" in page.text
    assert page.text.count("<tr data-fan=") == people


def test_who_was_told_by_somebody_outside_a_part_is_not_called_a_first_teller(world: World) -> None:
    client = world.as_("owner")

    part = client.get(f"{world.at}/spread/numbers", query_string={"from": ms(START + timedelta(hours=2))}).text
    whole = client.get(f"{world.at}/spread/numbers").text

    assert "first teller" not in part
    assert "0% were told by one of them, 4 were not" in part
    assert "whoever was told by somebody outside of it" in part
    assert "from 3 first tellers" in whole


@pytest.mark.parametrize(
    "query",
    [
        {"from": ms(START + timedelta(hours=9)), "to": ms(START)},
        {"from": ms(START + timedelta(minutes=1)), "to": ms(START + timedelta(minutes=1))},
        {"channel": "line"},
        {"channel": "no such \0 channel"},
        {"place": "' or 1=1"},
        {"language": "pl", "verdict": "bot"},
    ],
)
def test_a_choice_that_nobody_fits_says_so(world: World, query: dict[str, str]) -> None:
    page = world.as_("owner").get(f"{world.at}/spread/numbers", query_string=query)

    assert page.status_code == 200
    assert "Nobody came in this time and in this way" in page.text


def test_the_largest_branches_are_listed_first(world: World) -> None:
    page = world.as_("owner").get(f"{world.at}/spread/numbers").text

    listed = re.findall(r'<tr data-fan="[^"]+"><th scope="row">(\w+)</th>', page)

    assert listed == ["Ayu", "Budi", "Citra", "Dewi", "Eka", "Fajar"]
    assert "IDR850,000" in page


# --- Bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("spread.bin", {"view": "cube"}, 400),
        ("spread.bin", {"branch": "nonsense"}, 404),
        ("spread.bin", {"branch": "0000000000001"}, 404),
        ("spread.svg", {"view": "cube"}, 400),
        ("spread.svg", {"branch": "0000000000001"}, 404),
        ("spread/person", {}, 400),
        ("spread/person", {"row": "1"}, 400),
        ("spread/person", {"version": "VERSION", "row": "6"}, 404),
        ("spread/person", {"version": "VERSION", "row": "999999999999999"}, 404),
        ("spread/person", {"version": "VERSION", "row": "-1"}, 400),
        ("spread/person", {"version": "VERSION", "row": "one"}, 400),
        ("spread/person", {"version": "VERSION", "row": "\u0661"}, 400),
        ("spread/person", {"version": "nonsense", "row": "1"}, 409),
        ("spread/person", {"version": "7fffffffffffffff-1-0", "row": "1"}, 409),
        ("spread/person", {"version": "ffffffffffffffff-6-0", "row": "1"}, 409),
        ("spread/person", {"version": "\0", "row": "1"}, 409),
        ("spread/person", {"fan": "0000000000001"}, 404),
        ("spread/person", {"fan": "\0"}, 404),
        ("spread/live", {}, 400),
        ("spread/live", {"version": "1-2-3"}, 409),
        ("spread/live", {"version": "VERSION~0000000000001"}, 404),
        ("spread/live", {"version": "VERSION", "have": "-1"}, 400),
        ("spread/live", {"version": "VERSION", "have": "99999"}, 204),
        ("spread/numbers", {"from": "yesterday"}, 400),
        ("spread/numbers", {"to": "9" * 400}, 400),
        ("spread/numbers", {"from": "-999999999999999"}, 200),
        ("spread/numbers", {"branch": "x"}, 404),
        ("spread/search", {"q": "a", "version": "nonsense"}, 409),
    ],
)
def test_what_is_not_right_is_refused(world: World, path: str, query: dict[str, str], status: int) -> None:
    client = world.as_("owner")
    version = picture(client, world.at).meta["version"]

    answer = client.get(
        f"{world.at}/{path}", query_string={name: value.replace("VERSION", version) for name, value in query.items()}
    )

    assert answer.status_code == status, answer.text


def test_another_brands_people_are_not_found(world: World) -> None:
    other = World(world.app, "other-fair", "other")
    client = world.as_("owner")
    version = picture(client, world.at).meta["version"]

    for path in ("spread.bin", "spread/numbers", "spread/search", "spread.svg", f"spread/live?version={version}"):
        assert client.get(f"/b/{world.brand.slug}/campaigns/{other.campaign.slug}/{path}").status_code == 404
    theirs = ids.show(other.fans["Ayu"].id)
    for path in (f"spread/person?fan={theirs}", f"spread.bin?branch={theirs}", f"spread/numbers?branch={theirs}"):
        assert client.get(f"{world.at}/{path}").status_code == 404


# --- Stills ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?view=growth", "?branch=Ayu", "?branch=Ayu&view=growth"])
def test_a_still_shows_a_view_or_a_branch(world: World, query: str) -> None:
    client = world.as_("marketer")

    still = client.get(f"{world.at}/spread.svg{query.replace('Ayu', ids.show(world.fans['Ayu'].id))}")

    assert still.mimetype == "image/svg+xml"
    drawing = ET.fromstring(still.text)
    assert drawing.tag.endswith("svg")
    assert still.text.count('class="person') == (4 if "branch" in query else 6)


def test_a_still_of_many_trees_is_packed(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        poster = make.link(campaign)
        make.chain(campaign, "Ayu", "Budi")
        make.crowd(campaign, 60, poster)
        owner = make.member(brand, "owner")
    client = make.signed_in(app, owner)
    at = f"/b/{brand.slug}/campaigns/{campaign.slug}"

    still, read = client.get(f"{at}/spread.svg").text, picture(client, at)

    assert read.flags == 1
    assert len(read.meta["discs"]) == 61
    assert still.count('class="person') == 62
    assert still.count('class="edge"') == 1


# --- In public -------------------------------------------------------------------------------------------------------


PUBLIC = ("", ".bin", "/live?version=p0", "/numbers")


def test_nobody_outside_sees_the_picture_before_the_brand_says_so(world: World) -> None:
    for path in PUBLIC:
        assert world.app.test_client().get(f"/c/{world.campaign.slug}/spread{path}").status_code == 404


def test_nobody_sees_the_picture_of_a_draft(world: World) -> None:
    world.publish()
    with make.saved(world.app):
        campaigns.withdraw(found_campaigns.by_slug(world.brand, world.campaign.slug))

    for path in PUBLIC:
        assert world.app.test_client().get(f"/c/{world.campaign.slug}/spread{path}").status_code == 404


def test_anybody_sees_the_shape_and_nothing_else(world: World) -> None:
    with make.saved(world.app):
        make.click(world.fans["Ayu"])
    world.publish()
    client = world.app.test_client()
    address = f"/c/{world.campaign.slug}"
    first = client.get(f"{address}/spread.bin")
    with make.saved(world.app):
        world.come("Gita", world.fans["Dewi"])
        world.come("Hana", world.poster)

    read = decode(first.data)
    live = client.get(f"{address}/spread/live", query_string={"version": read.meta["version"], "have": 0})
    answers: list[TestResponse] = [
        client.get(f"{address}/spread"),
        first,
        client.get(f"{address}/spread.bin?view=growth"),
        live,
        client.get(f"{address}/spread/numbers"),
        client.get(f"{address}/spread/numbers?place=Hall+B&verdict=counted"),
        client.get(f"{address}/spread/numbers?channel=poster"),
    ]

    assert read.parent.tolist() == [-1, 0, 0, 1, -1, -1]
    assert not read.value.any()
    assert {name for name, _ in read.meta["channels"]} == {"poster", "whatsapp"}
    assert [(one["row"], one["fan"]) for one in live.json["people"]] == [(3, None), (None, None)]
    secrets = [b"Hall B", b"counted", b"Counted", b"IDR", b"850"]
    for name, fan in world.fans.items():
        secrets += [name.encode(), ids.show(fan.id).encode(), b"%x" % fan.id, str(fan.id).encode()]
    for answer in answers:
        assert answer.status_code == 200
        for secret in secrets:
            assert secret not in answer.data, (answer.request.path, secret)
    assert "<strong>8 people</strong>" in answers[5].text
    assert "<strong>3 people</strong>" in answers[6].text


@pytest.mark.parametrize("version", ["", "p", "p99", "p-1", "1-2-3", "p٣"])
def test_a_public_picture_that_never_was_is_not_spoken_of(world: World, version: str) -> None:
    world.publish()

    answer = world.app.test_client().get(f"/c/{world.campaign.slug}/spread/live", query_string={"version": version})

    assert answer.status_code in (400, 409)


def test_only_the_public_picture_may_be_framed(world: World) -> None:
    world.publish()
    client = world.app.test_client()

    framed = client.get(f"/c/{world.campaign.slug}/spread").headers

    assert "frame-ancestors *" in framed["Content-Security-Policy"]
    assert "script-src 'self'" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    for path in (f"/c/{world.campaign.slug}", f"/c/{world.campaign.slug}/spread/numbers", "/sign-in"):
        assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"]
        assert client.get(path).headers["X-Frame-Options"] == "DENY"


def test_the_brand_switches_the_public_picture_on_and_is_told_how_to_embed_it(world: World) -> None:
    client = world.as_("marketer")
    form = {
        "name": "Books all night",
        "title": "Books all night",
        "body": "It does not close.",
        "reward": "none",
        "holding_days": "14",
        "repeat_minutes": "60",
        "attribution": "first",
        "attribution_days": "0",
    }
    assert "iframe" not in client.get(f"{world.at}/edit").text

    assert send(client, f"{world.at}/edit", {**form, "spread_is_public": "y"}).status_code == 303
    page = client.get(f"{world.at}/edit").text

    assert f"&lt;iframe src=&#34;http://tular.test/c/{world.campaign.slug}/spread&#34;" in page
    assert 'id="spread_is_public" name="spread_is_public" type="checkbox" value="y"' in page.replace("checked ", "")
    assert world.app.test_client().get(f"/c/{world.campaign.slug}/spread").status_code == 200
    assert send(client, f"{world.at}/edit", form).status_code == 303
    assert world.app.test_client().get(f"/c/{world.campaign.slug}/spread").status_code == 404
    with world.app.app_context(), of_brand(world.brand.id):
        assert not found_campaigns.by_slug(world.brand, world.campaign.slug).spread_is_public
