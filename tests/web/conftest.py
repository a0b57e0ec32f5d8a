"""Fixtures of the pages' tests: a brand with a running campaign, and somebody of its staff in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.links.models import Link


@pytest.fixture
def brand(app: Flask) -> Brand:
    """Make a brand."""
    with make.saved(app):
        return make.brand()


@pytest.fixture
def fair(app: Flask, brand: Brand) -> Campaign:
    """Make a campaign that runs."""
    with make.saved(app):
        return make.campaign(brand, "fair")


@pytest.fixture
def poster(app: Flask, fair: Campaign) -> Link:
    """Hang up a poster for it."""
    with make.saved(app):
        return make.link(fair)


@pytest.fixture
def owner(app: Flask, brand: Brand) -> FlaskClient:
    """Sign the owner in."""
    return make.staff(app, brand, "owner")


@pytest.fixture
def marketer(app: Flask, brand: Brand) -> FlaskClient:
    """Sign a marketer in."""
    return make.staff(app, brand, "marketer")


@pytest.fixture
def viewer(app: Flask, brand: Brand) -> FlaskClient:
    """Sign somebody in who may see campaigns only."""
    return make.staff(app, brand, "viewer")
