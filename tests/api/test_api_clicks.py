"""Clicks over the API: each visit, and how many there were."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from referral.clicks import actions
from referral.clicks.actions import Row
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds
from referral.plumbing.ids import new_id
from tests import factories as make
from tests.api.problems import refusal
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask

    from referral.links.models import Link

AT = datetime(2026, 5, 1, 23, 59, 59, 500_000, tzinfo=UTC)
NEXT = datetime(2026, 5, 2, tzinfo=UTC)


@pytest.fixture
def hall(app: Flask, fair: Fair) -> Link:
    """Let people and others visit two links."""
    with make.saved(app):
        hall, mailing = make.link(fair.campaign, "Hall B"), make.link(fair.campaign, "May mailing", "mailing")
        for link, at, channel, via, device, language, country, referrer, verdict in (
            (hall, AT, "poster", "qr", "phone", "id", "ID", None, "counted"),
            (hall, AT, "poster", "qr", "phone", "id", "ID", None, "repeat"),
            (hall, NEXT, "whatsapp", "tap", "desktop", None, None, "t.co", "counted"),
            (mailing, NEXT, "mailing", "tap", "other", None, "US", None, "bot"),
            (mailing, NEXT, "mailing", "tap", "phone", "pl", "PL", None, "head"),
            (mailing, NEXT, "mailing", "tap", "phone", "pl", "PL", None, "staff"),
            (mailing, NEXT, "mailing", "tap", "phone", "pl", "PL", None, "flood"),
        ):
            whose = (new_id(), milliseconds(at), link.brand_id, link.campaign_id, link.id, 17)
            actions.keep([Row(*whose, channel, via, device, language, country, referrer, verdict)])
        return hall


def tally(people: int = 0, repeats: int = 0, robots: int = 0, own: int = 0, flood: int = 0) -> dict[str, int]:
    return {"people": people, "repeats": repeats, "robots": robots, "own": own, "flood": flood}


def test_each_visit_is_listed_the_newest_first_with_nothing_of_who_it_was(shop: Shop, hall: Link) -> None:
    found = shop.found("/campaigns/fair/clicks")

    assert found["next"] is None
    assert [one["verdict"] for one in found["data"]] == [
        "flood", "staff", "head", "bot", "counted", "repeat", "counted",
    ]  # fmt: skip
    assert ids.read(found["data"][0]["id"]) is not None
    assert {name: value for name, value in found["data"][-1].items() if name != "id"} == {
        "at": "2026-05-01T23:59:59.500000Z",
        "link": hall.code,
        "channel": "poster",
        "via": "qr",
        "device": "phone",
        "language": "id",
        "country": "ID",
        "referrer": None,
        "verdict": "counted",
    }


def test_visits_are_listed_in_pages_by_link_and_by_verdict(shop: Shop, hall: Link) -> None:
    whole = shop.found("/campaigns/fair/clicks")["data"]
    walked: list[Any] = []
    after = ""
    while True:
        page = shop.found(f"/campaigns/fair/clicks?limit=3{after}")
        walked += page["data"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert walked == whole
    of_hall = shop.found(f"/campaigns/fair/clicks?link={hall.code.lower()}")["data"]
    assert of_hall == [one for one in whole if one["link"] == hall.code]
    counted = shop.found(f"/campaigns/fair/clicks?link={hall.code}&verdict=counted")["data"]
    assert counted == [one for one in of_hall if one["verdict"] == "counted"]


def test_visits_are_counted_in_all_by_day_and_by_what_is_known(shop: Shop, hall: Link) -> None:
    counts = shop.found("/campaigns/fair/clicks/counts")

    assert counts == {
        **tally(2, 1, 2, 1, 1),
        "by_channel": [
            {"value": "poster", **tally(1, 1)},
            {"value": "whatsapp", **tally(1)},
            {"value": "mailing", **tally(robots=2, own=1, flood=1)},
        ],
        "by_via": [{"value": "tap", **tally(1, 0, 2, 1, 1)}, {"value": "qr", **tally(1, 1)}],
        "by_device": [
            {"value": "phone", **tally(1, 1, 1, 1, 1)},
            {"value": "desktop", **tally(1)},
            {"value": "other", **tally(robots=1)},
        ],
        "by_language": [
            {"value": "id", **tally(1, 1)},
            {"value": None, **tally(1, robots=1)},
            {"value": "pl", **tally(robots=1, own=1, flood=1)},
        ],
        "by_country": [
            {"value": "ID", **tally(1, 1)},
            {"value": None, **tally(1)},
            {"value": "PL", **tally(robots=1, own=1, flood=1)},
            {"value": "US", **tally(robots=1)},
        ],
        "by_day": [
            {"day": "2026-05-01", **tally(1, 1)},
            {"day": "2026-05-02", **tally(1, 0, 2, 1, 1)},
        ],
    }


def test_the_visits_of_one_link_are_counted_alone(shop: Shop, hall: Link) -> None:
    counts = shop.found(f"/campaigns/fair/clicks/counts?link={hall.code}")

    assert {name: counts[name] for name in tally()} == tally(2, 1)
    assert [one["value"] for one in counts["by_channel"]] == ["poster", "whatsapp"]


def test_before_the_first_visit_there_are_none(shop: Shop) -> None:
    assert shop.found("/campaigns/fair/clicks") == {"data": [], "next": None}
    counts = shop.found("/campaigns/fair/clicks/counts")
    assert {name: counts.pop(name) for name in tally()} == tally()
    assert set(counts) == {"by_channel", "by_via", "by_device", "by_language", "by_country", "by_day"}
    assert not any(counts.values())


def test_another_brands_clicks_are_not_there(shop: Shop, other_shop: Shop, hall: Link) -> None:
    for path in ("clicks", "clicks/counts"):
        assert refusal(other_shop.get(f"/campaigns/fair/{path}")) == (404, "campaign_unknown")
        assert refusal(other_shop.get(f"/campaigns/other-fair/{path}?link={hall.code}")) == (404, "link_unknown")
        assert refusal(shop.get(f"/campaigns/fair/{path}?link=nonsense")) == (404, "link_unknown")
    assert other_shop.found("/campaigns/other-fair/clicks")["data"] == []


def test_a_verdict_or_a_cursor_that_there_is_not_is_refused(shop: Shop) -> None:
    assert refusal(shop.get("/campaigns/fair/clicks?verdict=human")) == (422, "verdict_unknown")
    assert refusal(shop.get("/campaigns/fair/clicks?after=nonsense")) == (422, "cursor_invalid")
