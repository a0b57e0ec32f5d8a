"""Fixtures of the API's tests: a brand with a running campaign, and the program of its shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import factories as make
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def fair(app: Flask) -> Fair:
    """Make the brand and its campaign `fair`."""
    with make.saved(app):
        brand = make.brand()
        return Fair(brand, make.campaign(brand))


@pytest.fixture
def shop(app: Flask, fair: Fair) -> Shop:
    """Give the brand's shop a key for everything."""
    with make.saved(app):
        return Shop(app, make.key(fair.brand))


@pytest.fixture
def other_shop(app: Flask) -> Shop:
    """Give another brand, with a campaign `other-fair` of its own, a key for everything."""
    with make.saved(app):
        brand = make.brand("other", name="Another brand")
        make.campaign(brand, "other-fair")
        return Shop(app, make.key(brand))


@pytest.fixture
def ayu(app: Flask, fair: Fair) -> str:
    """Give the code of somebody who tells."""
    with make.saved(app):
        return make.code_of(make.fan(fair.campaign, "Ayu", external_id="ayu"))
