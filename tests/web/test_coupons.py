"""Coupons on the console: made for somebody's link, switched off and on, and seen by those who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from referral.links import queries
from referral.plumbing import ids
from tests import factories as make
from tests.factories import send

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan

COUPONS = "/b/night-fair/campaigns/fair/coupons"


@pytest.fixture
def ayu(app: Flask, fair: Campaign) -> Fan:
    """Let Ayu come."""
    with make.saved(app):
        return make.fan(fair, "Ayu Lestari")


@pytest.fixture
def code(app: Flask, ayu: Fan) -> str:
    """Give the code of Ayu's link."""
    with make.saved(app):
        return make.code_of(ayu)


def test_a_marketer_makes_a_coupon_for_a_fans_link(
    app: Flask, fair: Campaign, code: str, marketer: FlaskClient
) -> None:
    assert "No coupon yet" in marketer.get(COUPONS).text

    answer = send(marketer, COUPONS, {"code": " ayu-10 ", "told_by": f" {code.lower()} "})

    assert (answer.status_code, answer.location) == (303, COUPONS)
    page = marketer.get(COUPONS).text
    assert "<code>AYU-10</code>" in page
    assert "Ayu Lestari" in page
    with make.saved(app):
        [(coupon, link)] = queries.coupons(fair, None, 10)
    assert (coupon.code, link.code) == ("AYU-10", code)


@pytest.mark.parametrize(
    ("coupon", "told_by", "words"),
    [
        ("", "", "Write the coupon."),
        ("no spaces", None, "A coupon takes A-Z, 0-9 and hyphens"),
        ("x" * 41, None, "at most 40"),
        ("AYU-10", "00000000", "No story has this code."),
        ("TAKEN", None, "The coupon TAKEN stands for another link."),
    ],
)
def test_a_coupon_that_cannot_be_comes_back(
    app: Flask, fair: Campaign, code: str, marketer: FlaskClient, coupon: str, told_by: str | None, words: str
) -> None:
    with make.saved(app):
        poster = make.link(fair)
    send(marketer, COUPONS, {"code": "TAKEN", "told_by": poster.code})

    answer = send(marketer, COUPONS, {"code": coupon, "told_by": code if told_by is None else told_by})

    assert answer.status_code == 400
    assert words in answer.text
    with make.saved(app):
        assert [one.code for one, _ in queries.coupons(fair, None, 10)] == ["TAKEN"]


def test_a_coupon_is_switched_off_and_on_again(app: Flask, fair: Campaign, code: str, marketer: FlaskClient) -> None:
    send(marketer, COUPONS, {"code": "AYU", "told_by": code})
    with make.saved(app):
        [(coupon, _)] = queries.coupons(fair, None, 10)
    switch = f"{COUPONS}/{ids.show(coupon.id)}"

    assert send(marketer, f"{switch}/off").status_code == 303
    off = marketer.get(COUPONS).text
    assert send(marketer, f"{switch}/on").status_code == 303
    on = marketer.get(COUPONS).text

    assert (f'action="{switch}/on"' in off, f'action="{switch}/off"' in off) == (True, False)
    assert (f'action="{switch}/on"' in on, f'action="{switch}/off"' in on) == (False, True)
    assert send(marketer, f"{COUPONS}/{ids.show(1)}/off").status_code == 404
    assert send(marketer, f"{COUPONS}/nonsense/off").status_code == 404


def test_a_viewer_sees_the_coupons_without_names_and_makes_none(
    app: Flask, brand: Brand, fair: Campaign, code: str, marketer: FlaskClient
) -> None:
    send(marketer, COUPONS, {"code": "AYU", "told_by": code})
    viewer = make.staff(app, brand, "viewer")

    page = viewer.get(COUPONS).text

    assert "<code>AYU</code>" in page
    assert code in page
    assert "Ayu Lestari" not in page
    assert "Switch off" not in page
    assert "Make the coupon" not in page
    assert send(viewer, COUPONS, {"code": "MORE", "told_by": code}).status_code == 403


def test_many_coupons_are_read_page_by_page(app: Flask, fair: Campaign, code: str, marketer: FlaskClient) -> None:
    for number in range(51):
        assert send(marketer, COUPONS, {"code": f"C-{number:02}", "told_by": code}).status_code == 303
    with make.saved(app):
        newest = queries.coupons(fair, None, 50)

    first = marketer.get(COUPONS).text
    second = marketer.get(f"{COUPONS}?after={ids.show(newest[-1][0].id)}").text

    assert f"after={ids.show(newest[-1][0].id)}" in first
    assert ("<code>C-50<" in first, "<code>C-00<" in first) == (True, False)
    assert ("<code>C-50<" in second, "<code>C-00<" in second) == (False, True)
