"""Who may open what: every route of the application, by every role, with one's own brand's rows and another's.

Nothing is listed by hand: the routes come from the application's map, what each asks for from its view, and the values
of its address from factories. A new kind of value in an address needs its maker in `world`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from referral.brands import actions
from referral.brands import queries as brands
from referral.brands.rules import PERMISSIONS, Permission, Role, Scope
from referral.events import pairing
from referral.events.rules.rights import RIGHTS, Right
from referral.links import actions as links
from referral.plumbing import ids
from referral.web.access import OPEN
from tests import factories as make
from tests.factories import send
from tests.web.gating import contradict, paired, revoke

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from referral.brands.models import Account, Brand
    from referral.people.models import Person

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
OWNERS = ("brand", "campaign")  # what an address is reached through; the rest is reached through these


@dataclass(frozen=True)
class Route:
    """Name one way into the application: a method, an address, and what its view asks for."""

    endpoint: str
    method: str
    rule: str
    arguments: frozenset[str]
    access: Any

    def __str__(self) -> str:
        """Write it as a reader of the report wants it."""
        return f"{self.method} {self.rule} ({self.endpoint})"


@dataclass(frozen=True)
class World:
    """Hold a brand with everything that an address can name."""

    brand: Brand
    values: dict[str, str]
    keys: dict[str, str]
    person: Person


def routes(app: Flask) -> list[Route]:
    """List every route of the application."""
    return [
        Route(rule.endpoint, method, rule.rule, frozenset(rule.arguments), getattr(view, "access", None))
        for rule in app.url_map.iter_rules()
        for view in [app.view_functions[rule.endpoint]]
        for method in sorted((rule.methods or set()) & METHODS)
    ]


def world(slug: str) -> World:
    """Make a brand with everything that an address can name."""
    brand = make.brand(slug, name=slug.title())
    campaign = make.campaign(brand, f"{slug}-fair")
    link = make.link(campaign)
    fan = make.chain(campaign, "Ayu", "Budi", told_by=link)[1]
    make.sale(campaign, fan, external_id=f"{slug}-order")
    whole = make.key(brand)
    values = {
        "brand": slug,
        "campaign": campaign.slug,
        "link": ids.show(link.id),
        "fan": ids.show(fan.id),
        "external_id": f"{slug}-order",
        "key": ids.show(brands.keys(brand)[0].id),
        "locale": "pl",
        "coupon": ids.show(links.make_coupon(campaign, f"{slug}-10", link).coupon.id),
    }
    night = make.event(campaign, f"{slug}-night")
    gate, gate_pass = make.place(night), make.gate_pass(night, fan)
    values |= {
        "event": night.slug,
        "place": ids.show(gate.id),
        "gate_pass": ids.show(gate_pass.id),
        "device": ids.show(pairing.make(night, name="A phone", role="steward").device.id),
        "conflict": ids.show(contradict(night, gate, gate_pass).id),
    }
    keys: dict[str, str] = {"whole": whole}
    keys.update((scope, make.key(brand, scope)) for scope in Scope)
    return World(brand, values, keys, make.person_of(fan))


def address(app: Flask, route: Route, values: dict[str, str]) -> str:
    """Write the address of a route with these values in it."""
    missing = route.arguments - values.keys()
    assert not missing, f"{route}: say in `world` what {missing} may be"
    with app.test_request_context():
        named: dict[str, Any] = {name: values[name] for name in route.arguments}
        return app.url_for(route.endpoint, _method=route.method, **named)


def foreign(route: Route, ours: World, theirs: World) -> Iterator[dict[str, str]]:
    """Mix the values of two brands: ours down to some step of the address, and another brand's from there on."""
    yield ours.values | {"brand": theirs.values["brand"]}
    yield theirs.values
    if "campaign" in route.arguments:
        yield ours.values | {"campaign": theirs.values["campaign"]}
    for name in sorted(route.arguments - {*OWNERS, "locale"}):
        yield ours.values | {name: theirs.values[name]}


def ask(client: FlaskClient, route: Route, path: str) -> TestResponse:
    """Open a page, or post its form with the token that the page held."""
    return client.get(path) if route.method == "GET" else send(client, path)


def call(client: FlaskClient, route: Route, path: str, key: str | None) -> TestResponse:
    """Call the API with a key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.open(path, method=route.method, headers=headers, json={} if route.method != "GET" else None)


def leads_to_sign_in(answer: TestResponse) -> bool:
    """Tell whether somebody was sent to a sign-in page."""
    return answer.status_code in (302, 303) and answer.location in ("/sign-in", "/me/sign-in")


# --- Every route says who may ----------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
def test_every_route_says_who_may_open_it(app: Flask) -> None:
    silent = [
        str(route)
        for route in routes(app)
        if route.endpoint != "static"
        and not isinstance(route.access, Permission | Scope)
        and route.access not in ("account", "person", "device", "open")
    ]

    assert silent == []


@pytest.mark.engines("sqlite")
def test_the_open_routes_are_those_of_the_short_list(app: Flask) -> None:
    opened = {route.endpoint for route in routes(app) if route.access == "open"} | {"static"}

    assert opened == OPEN


@pytest.mark.engines("sqlite")
def test_what_a_brand_owns_is_reached_through_it(app: Flask) -> None:
    outside = [
        str(route)
        for route in routes(app)
        if isinstance(route.access, Permission)
        and (not route.rule.startswith("/b/<brand>") or "brand" not in route.arguments)
    ]

    assert outside == []


# --- The staff's pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_carries_of_its_own_brand_and_nothing_of_another(app: Flask, role: Role) -> None:
    with make.saved(app):
        ours, theirs = world("ours"), world("theirs")
        account = make.member(ours.brand, role)
        make.member(theirs.brand, "owner")
    client = make.signed_in(app, account)
    pages = [route for route in routes(app) if isinstance(route.access, Permission)]
    wrong = []

    for route in pages:
        # First what must not do anything, then what may: a page that revokes a key is asked last.
        may = route.access in PERMISSIONS[role]
        for values in foreign(route, ours, theirs):
            path = address(app, route, values)
            if ask(client, route, path).status_code not in (
                (404,) if may or values["brand"] == "theirs" else (403, 404)
            ):
                wrong.append(f"{route.method} {path}")
        path = address(app, route, ours.values)
        answer = ask(client, route, path)
        allowed = answer.status_code in (200, 303, 400) and not leads_to_sign_in(answer)
        if allowed != may or not (may or answer.status_code == 403):
            wrong.append(f"{route.method} {path}: {answer.status_code}")

    assert len(pages) > 20
    assert wrong == []


def test_a_member_of_two_brands_is_in_each_what_they_are_there(app: Flask) -> None:
    with make.saved(app):
        ours, theirs = world("ours"), world("theirs")
        account = make.member(ours.brand, "owner", "both@brands.example")
        make.member(theirs.brand, "viewer", "both@brands.example")
    client = make.signed_in(app, account)

    for route in (route for route in routes(app) if isinstance(route.access, Permission)):
        path = address(app, route, ours.values | {"campaign": theirs.values["campaign"]})
        if "campaign" in route.arguments:
            assert ask(client, route, path).status_code == 404, path
        path = address(app, route, theirs.values)
        if route.access not in PERMISSIONS[Role.VIEWER]:
            assert ask(client, route, path).status_code == 403, path


def test_what_belongs_to_another_campaign_of_the_same_brand_is_not_found(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
        other = make.campaign(ours.brand, "other")
        account = make.member(ours.brand, "owner")
    client = make.signed_in(app, account)

    for route in (route for route in routes(app) if isinstance(route.access, Permission)):
        if "campaign" in route.arguments and route.arguments - {*OWNERS, "locale"}:
            path = address(app, route, ours.values | {"campaign": other.slug})
            assert ask(client, route, path).status_code == 404, path


def test_nobody_opens_a_page_without_signing_in(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
    closed = [
        route for route in routes(app) if isinstance(route.access, Permission) or route.access in ("account", "person")
    ]

    for route in closed:
        path = address(app, route, ours.values)
        answer = ask(app.test_client(), route, path)
        assert leads_to_sign_in(answer), f"{route.method} {path}: {answer.status_code}"


def test_a_form_without_the_pages_token_does_nothing(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
        account = make.member(ours.brand, "owner")
    client = make.signed_in(app, account)

    for route in routes(app):
        is_program = isinstance(route.access, Scope) or route.rule.startswith("/g/api/")
        if route.method == "POST" and not is_program and not route.arguments - ours.values.keys():
            path = address(app, route, ours.values)
            answer = client.post(path)
            assert (answer.status_code, "Please try once more" in answer.text) == (400, True), path


# --- People's pages --------------------------------------------------------------------------------------------------


def test_a_person_opens_their_own_pages_and_not_those_of_another_brand(app: Flask) -> None:
    with make.saved(app):
        ours, theirs = world("ours"), world("theirs")
    client = make.signed_in_person(app, ours.person)
    pages = [route for route in routes(app) if route.access == "person"]

    for route in pages:
        answer = ask(client, route, address(app, route, ours.values))
        assert answer.status_code in (200, 302, 303, 400) and not leads_to_sign_in(answer), str(route)
        if "campaign" in route.arguments:
            assert leads_to_sign_in(ask(client, route, address(app, route, theirs.values))), str(route)

    assert pages


def test_a_person_is_no_member_of_the_staff(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
    client = make.signed_in_person(app, ours.person)

    for route in routes(app):
        if isinstance(route.access, Permission) or route.access == "account":
            assert leads_to_sign_in(ask(client, route, address(app, route, ours.values))), str(route)


# --- The API ---------------------------------------------------------------------------------------------------------


def api(app: Flask) -> list[Route]:
    """List the calls that need a key."""
    return [route for route in routes(app) if isinstance(route.access, Scope)]


def test_a_key_opens_what_its_scopes_name(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
    client = app.test_client()

    for route, scope in itertools.product(api(app), Scope):
        answer = call(client, route, address(app, route, ours.values), ours.keys[scope])
        if scope == route.access:
            assert answer.status_code not in (401, 403, 404), f"{route} with {scope}: {answer.text}"
        else:
            assert answer.status_code == 403, f"{route} with {scope}: {answer.text}"

    assert len(api(app)) > 10


def test_a_key_opens_nothing_of_another_brand(app: Flask) -> None:
    with make.saved(app):
        ours, theirs = world("ours"), world("theirs")
    client = app.test_client()

    for route in api(app):
        for name in sorted(route.arguments - {"locale"}):
            path = address(app, route, ours.values | {name: theirs.values[name]})
            answer = call(client, route, path, ours.keys["whole"])
            # A document is read before the row that it is about is looked for, so an empty one may be refused first.
            found = answer.status_code != 404 and not (route.method != "GET" and name not in OWNERS)
            assert not found, f"{route.method} {path}: {answer.text}"
            assert answer.status_code in (404, 422), f"{route.method} {path}: {answer.text}"


def test_no_key_a_wrong_key_and_a_revoked_key_open_nothing(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
        revoked = make.key(ours.brand)
    with make.saved(app):
        actions.revoke_key(brands.keys(ours.brand)[0])
    client = app.test_client()

    for route, key in itertools.product(api(app), (None, "tk_nonsense", revoked)):
        answer = call(client, route, address(app, route, ours.values), key)
        assert answer.status_code == 401, f"{route}: {answer.text}"
        assert answer.mimetype == "application/problem+json"


def test_a_browser_of_the_staff_opens_no_call_without_a_key(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
        account: Account = make.member(ours.brand, "owner")
    client = make.signed_in(app, account)

    for route in api(app):
        assert call(client, route, address(app, route, ours.values), None).status_code == 401, str(route)


# --- Devices at a gate -----------------------------------------------------------------------------------------------


def gates(app: Flask) -> list[Route]:
    """List the calls that need a device's secret."""
    return [route for route in routes(app) if route.access == "device"]


def right_of(app: Flask, route: Route) -> Right | None:
    """Tell which right a device's call needs."""
    right: Right | None = vars(app.view_functions[route.endpoint])["right"]
    return right


@pytest.mark.engines("sqlite")
def test_a_devices_event_is_never_in_an_address(app: Flask) -> None:
    assert [str(route) for route in gates(app) if route.arguments & {"brand", "campaign", "event", "device"}] == []
    assert len(gates(app)) > 8


def test_no_secret_a_wrong_one_and_a_brands_key_open_nothing_at_a_gate(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
    client = app.test_client()

    for route, secret in itertools.product(gates(app), (None, "tg_nonsense", "tg_" + "a" * 43, ours.keys["whole"])):
        answer = call(client, route, address(app, route, ours.values), secret)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "device_unknown"), f"{route}: {answer.text}"
        assert answer.mimetype == "application/problem+json"


def test_a_browser_of_the_staff_is_no_device(app: Flask) -> None:
    with make.saved(app):
        ours = world("ours")
        account = make.member(ours.brand, "owner")
    client = make.signed_in(app, account)

    for route in gates(app):
        assert call(client, route, address(app, route, ours.values), None).status_code == 401, str(route)


@pytest.mark.parametrize("role", list(RIGHTS))
def test_a_device_opens_what_its_role_carries(app: Flask, role: str) -> None:
    with make.saved(app):
        ours = world("ours")
        event = make.event(make.campaign(ours.brand, "more"), "more")
        booth = make.place(event, "booth")
        conflict = contradict(event, make.place(event), make.gate_pass(event))
    phone = paired(app, event, role, [booth])
    values = ours.values | {"conflict": ids.show(conflict.id)}

    for route in gates(app):
        right = right_of(app, route)
        answer = call(phone.client, route, address(app, route, values), phone.secret)
        if right is None or right in RIGHTS[role]:
            assert answer.status_code in (200, 201, 204, 404, 422), f"{route}: {answer.text}"
        else:
            assert (answer.status_code, answer.get_json()["code"]) == (403, "role_may_not"), f"{route}: {answer.text}"


@pytest.mark.parametrize("role", list(RIGHTS))
def test_a_revoked_device_opens_nothing_but_handing_over_what_it_holds(app: Flask, role: str) -> None:
    with make.saved(app):
        ours = world("ours")
        event = make.event(make.campaign(ours.brand, "more"), "more")
        booth = make.place(event, "booth")
    phone = paired(app, event, role, [booth])
    revoke(app, phone)
    still = set()

    for route in gates(app):
        answer = call(phone.client, route, address(app, route, ours.values), phone.secret)
        if answer.status_code != 401:
            still.add(str(route))
        else:
            assert answer.get_json()["code"] == "device_revoked", str(route)

    assert still == {"POST /g/api/scans (gate_calls.scans)"}


@pytest.mark.parametrize("whose", ["another brand's", "another event's"])
def test_a_device_reaches_nothing_of_another_event_or_brand(app: Flask, whose: str) -> None:
    with make.saved(app):
        ours = world("ours")
        brand = ours.brand if whose == "another event's" else make.brand("theirs")
        other = make.event(make.campaign(brand, "other"), "other")
    phone = paired(app, other, "supervisor")

    for route in gates(app):
        if route.arguments:
            answer = call(phone.client, route, address(app, route, ours.values), phone.secret)
            assert answer.status_code == 404, f"{route}: {answer.text}"
    hello = phone.get("hello").get_json()
    assert (hello["event"]["slug"], hello["places"], hello["conflicts"]) == ("other", [], 0)
    assert phone.get("conflicts").get_json()["data"] == []
