"""Events and passes over the API: made, read, given out once, revoked, given anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from referral.events import passes, queries
from referral.events.rules.codes import Token, recognise
from referral.plumbing import ids
from tests import factories as make
from tests.api.problems import refusal, wrong_fields
from tests.api.shop import Fair, Shop
from tests.api.test_api_statements import counted

if TYPE_CHECKING:
    from flask import Flask

DAY = {"opens_at": "2026-05-01T09:00:00+07:00", "closes_at": "2026-05-02T03:00:00+07:00"}
NIGHT: dict[str, Any] = {
    "campaign": "fair",
    "slug": "night",
    "name": "A night of books",
    "timezone": "Asia/Jakarta",
    "days": [DAY],
}


@pytest.fixture
def night(shop: Shop) -> str:
    """Make an event."""
    return str(shop.made("/events", NIGHT)["slug"])


# --- Events ----------------------------------------------------------------------------------------------------------


def test_an_event_is_read_as_it_was_made(shop: Shop) -> None:
    places = [{"kind": "gate", "name": "North gate"}, {"kind": "booth", "name": "Bookbinders"}]
    said = {"venue": "Hall B", "capacity": 500, "early_minutes": 30, "reentry": "once", "cost": "850000.50"}

    made = shop.made("/events", {**NIGHT, **said, "places": places})

    assert made | said == made
    assert (
        made["days"][0] | {"opens_at": "2026-05-01T02:00:00Z", "closes_at": "2026-05-01T20:00:00Z"} == made["days"][0]
    )
    gate, booth = made["places"]
    assert (gate["kind"], gate["name"], gate["code"], gate["share_url"]) == ("gate", "North gate", None, None)
    assert booth["share_url"] == f"http://tular.test/r/{booth['code']}"
    assert (made["currency"], made["passes"], made["is_closed"], made["gives_passes"]) == ("IDR", 0, False, True)
    assert shop.found("/events/night") == made
    assert shop.found("/events") == {"data": [made], "next": None}


def test_a_booth_tells_people_by_its_link(shop: Shop, fair: Fair) -> None:
    booth = shop.made("/events", {**NIGHT, "places": [{"kind": "booth", "name": "Bookbinders"}]})["places"][0]

    fan = shop.made("/campaigns/fair/fans", {"external_id": "c-1", "told_by": booth["code"]})

    assert (fan["channel"], fan["introduced_by"]) == ("poster", None)


WRONG = [
    ({"campaign": "none"}, "campaign_unknown"),
    ({"slug": "Night Fair"}, "slug_invalid"),
    ({"name": " "}, "name_missing"),
    ({"timezone": "Mars/Olympus"}, "zone_unknown"),
    ({"days": [{"opens_at": DAY["closes_at"], "closes_at": DAY["opens_at"]}]}, "hours_reversed"),
    ({"days": [DAY, DAY]}, "days_overlap"),
    ({"days": [{**DAY, "closes_at": "2026-07-02T03:00:00+07:00"}]}, "hours_too_long"),
    ({"cost": "1.005"}, "amount_decimals"),
    ({"places": [{"kind": "gate", "name": "\n"}]}, "name_missing"),
]


def test_what_no_event_can_be_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for said, code in WRONG:
        with subtests.test(code):
            assert refusal(shop.post("/events", {**NIGHT, **said})) == (422, code)
    assert shop.found("/events")["data"] == []


def test_wrong_fields_are_named(shop: Shop) -> None:
    wrong = {"capacity": 0, "days": [], "reentry": "often", "places": [{"kind": "door", "name": "A"}]}

    assert set(wrong_fields(shop.post("/events", {**NIGHT, **wrong}))) == {
        "capacity",
        "days",
        "reentry",
        "places.0.kind",
    }


def test_a_short_name_is_one_events_in_the_whole_installation(shop: Shop, other_shop: Shop, night: str) -> None:
    assert refusal(shop.post("/events", NIGHT)) == (409, "slug_taken")
    assert refusal(other_shop.post("/events", {**NIGHT, "campaign": "other-fair"})) == (409, "slug_taken")
    assert refusal(other_shop.get("/events/night")) == (404, "event_unknown")


# --- Passes ----------------------------------------------------------------------------------------------------------


def test_a_fan_gets_a_pass_that_a_gate_can_check(app: Flask, shop: Shop, fair: Fair, night: str, ayu: str) -> None:
    made = shop.made("/events/night/passes", {"fan": ayu, "label": "Speaker", "admits": 3, "external_id": "t-1"})

    assert (made["number"], made["label"], made["admits"], made["external_id"]) == (1, "Speaker", 3, "t-1")
    assert made["url"] == f"http://tular.test/p/{made['code']}"
    reading = recognise(made["qr"], "http://tular.test")
    assert reading is not None
    assert (reading.kind, reading.text) == ("pass", made["code"])
    with make.saved(app):
        signer = queries.signer(queries.by_slug(fair.brand, "night"))
    token = Token.read(made["code"])
    assert token is not None
    assert signer.signed(token)
    assert ids.show(token.pass_id) == made["id"]
    assert signer.number_of_short(made["short_code"]) == 1


def test_a_fan_has_one_pass_however_often_it_is_given(shop: Shop, night: str, ayu: str) -> None:
    first = shop.made("/events/night/passes", {"fan": ayu})

    again = shop.post("/events/night/passes", {"fan": ayu, "label": "Another"})

    assert (again.status_code, again.json) == (200, first)
    assert shop.found("/events/night")["passes"] == 1


def test_a_reference_names_one_pass_for_ever(shop: Shop, night: str, ayu: str) -> None:
    first = shop.made("/events/night/passes", {"external_id": "t-1"})

    again = shop.post("/events/night/passes", {"external_id": "t-1"})
    other = shop.post("/events/night/passes", {"external_id": "t-1", "fan": ayu})

    assert (again.status_code, again.json) == (200, first)
    assert refusal(other) == (409, "external_id_reused")


def test_a_person_who_gets_a_pass_is_a_fan_told_by_whoever_told_them(shop: Shop, night: str, ayu: str) -> None:
    person = {"name": "Budi", "email": "budi@people.example", "told_by": ayu, "channel": "whatsapp"}

    made = shop.made("/events/night/passes", {"person": person})

    fan = shop.found(f"/campaigns/fair/fans/{made['fan']}")
    assert (fan["name"], fan["introduced_by"]["code"], fan["channel"]) == ("Budi", ayu, "whatsapp")
    assert "Budi" not in str(made)


def test_whoever_joins_has_a_pass_at_once(app: Flask, shop: Shop, fair: Fair) -> None:
    with make.saved(app):
        make.event(fair.campaign, "one")
        make.event(fair.campaign, "two")
        make.event(fair.campaign, "for-guests", gives_passes=False)

    fan = shop.made("/campaigns/fair/fans", {"external_id": "c-1"})

    for slug, count in (("one", 1), ("two", 1), ("for-guests", 0)):
        assert [one["fan"] for one in shop.found(f"/events/{slug}/passes")["data"]] == [fan["id"]] * count


def test_a_pass_of_nobody_is_listed_with_the_others(shop: Shop, night: str, ayu: str) -> None:
    made = [shop.made("/events/night/passes", said) for said in ({}, {"fan": ayu}, {"valid_until": DAY["opens_at"]})]

    assert shop.found("/events/night/passes")["data"] == made
    assert [one["fan"] is None for one in made] == [True, False, True]


def test_a_revoked_pass_stays_revoked_and_says_why(shop: Shop, night: str) -> None:
    made = shop.made("/events/night/passes", {})
    path = f"/events/night/passes/{made['id']}/revoke"

    revoked = shop.post(path, {"reason": "refunded"}).json or {}
    again = shop.post(path, {}).json or {}

    assert (revoked["revoked_reason"], again) == ("refunded", revoked)
    assert revoked["revoked_at"] is not None
    assert shop.found("/events/night")["passes"] == 0
    assert refusal(shop.post(f"/events/night/passes/{made['id']}/reissue")) == (409, "pass_revoked")


def test_a_lost_pass_is_given_anew(shop: Shop, night: str, ayu: str) -> None:
    lost = shop.made("/events/night/passes", {"fan": ayu, "label": "Speaker", "external_id": "t-1"})

    fresh = shop.made(f"/events/night/passes/{lost['id']}/reissue", None)

    old, new = shop.found("/events/night/passes")["data"]
    assert (old["revoked_reason"], old["replaced_by"], old["external_id"]) == ("reissued", fresh["id"], None)
    assert new == fresh
    assert (fresh["fan"], fresh["label"], fresh["external_id"]) == (lost["fan"], "Speaker", "t-1")
    assert fresh["code"] != lost["code"]


def test_passes_of_another_event_are_not_found(app: Flask, shop: Shop, fair: Fair, night: str) -> None:
    with make.saved(app):
        other = make.event(fair.campaign, "other-night")
        foreign = ids.show(make.gate_pass(other).id)

    for pass_id in (foreign, "no-id", ids.show(1)):
        assert refusal(shop.post(f"/events/night/passes/{pass_id}/revoke", {})) == (404, "pass_unknown")
        assert refusal(shop.post(f"/events/night/passes/{pass_id}/reissue")) == (404, "pass_unknown")


WRONG_PASSES = [
    ({"fan": "NOBODY12"}, "fan_unknown"),
    ({"label": "x" * 81}, "pass_label_too_long"),
    ({"valid_from": DAY["closes_at"], "valid_until": DAY["opens_at"]}, "valid_reversed"),
    ({"external_id": " "}, "external_id_invalid"),
    ({"person": {"name": "Nobody"}}, "contact_missing"),
]


def test_what_no_pass_can_be_is_refused(shop: Shop, night: str, ayu: str, subtests: pytest.Subtests) -> None:
    for said, code in WRONG_PASSES:
        with subtests.test(code):
            assert refusal(shop.post("/events/night/passes", said)) == (422, code)
    both = {"fan": ayu, "person": {"external_id": "c-1"}}
    assert wrong_fields(shop.post("/events/night/passes", both)) == {"": "holder_named_twice"}
    assert shop.found("/events/night/passes")["data"] == []


def test_a_closed_event_gives_out_nothing(app: Flask, shop: Shop, fair: Fair, night: str) -> None:
    with make.saved(app):
        event = queries.by_slug(fair.brand, "night")
        event.closed_at = event.created_at

    assert refusal(shop.post("/events/night/passes", {})) == (410, "event_closed")
    assert shop.found("/events/night")["is_closed"]


def test_a_pass_whose_key_is_retired_has_no_code_until_it_is_given_anew(
    app: Flask, shop: Shop, fair: Fair, night: str
) -> None:
    old = shop.made("/events/night/passes", {})
    with make.saved(app):
        for _ in range(4):
            passes.rotate_key(queries.by_slug(fair.brand, "night"))

    [shown] = shop.found("/events/night/passes")["data"]
    fresh = shop.made(f"/events/night/passes/{old['id']}/reissue", None)

    assert (shown["code"], shown["short_code"], shown["url"], shown["qr"]) == (None, None, None, None)
    assert fresh["code"] is not None


def test_passes_are_listed_with_as_many_statements_for_twelve_as_for_two(
    app: Flask, shop: Shop, fair: Fair, night: str
) -> None:
    with make.saved(app):
        passes.issue_many(queries.by_slug(fair.brand, "night"), [passes.PassTerms()] * 12)
    shop.found("/events/night")  # which notes the use of the key
    asked = []

    for limit in (2, 12):
        with counted(app) as statements:
            assert len(shop.found(f"/events/night/passes?limit={limit}")["data"]) == limit
        asked.append(len(statements))

    assert asked[0] == asked[1] <= 6
