"""Rows of whole numbers are read straight into an array, on both engines alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import select, type_coerce
from sqlalchemy.types import BigInteger

from referral.fans.models import Fan
from referral.links.models import Link
from referral.plumbing import clock
from referral.plumbing.columns import UNKNOWN, coded, integers
from referral.plumbing.db import BrandMissing, of_brand
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask


def test_numbers_moments_and_words_come_as_numbers(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        fans = [make.fan(campaign, "Somebody", locale=locale) for locale in ("id", "pl", "zh_Hans")]

    with app.app_context(), of_brand(campaign.brand_id):
        found = integers(
            select(Fan.id, type_coerce(Fan.joined_at, BigInteger), coded(Fan.locale, (None, "pl", "it's 100 %", "id")))
        )

    assert found.dtype == np.int64
    assert sorted(map(tuple, found.tolist())) == [
        (fans[0].id, clock.milliseconds(fans[0].joined_at), 3),
        (fans[1].id, clock.milliseconds(fans[1].joined_at), 1),
        (fans[2].id, clock.milliseconds(fans[2].joined_at), UNKNOWN),
    ]


def test_nothing_is_a_table_without_rows(app: Flask) -> None:
    with app.app_context(), of_brand(1):
        assert integers(select(Fan.id, Fan.person_id).where(Fan.id.in_([]))).shape == (0, 2)


def test_no_number_where_one_must_be_is_refused(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        make.link(campaign)

    with app.app_context(), of_brand(campaign.brand_id), pytest.raises(ValueError, match="whole numbers"):
        integers(select(Link.id, Link.fan_id))


def test_a_question_without_a_brand_is_a_mistake(app: Flask) -> None:
    with app.app_context(), pytest.raises(BrandMissing):
        integers(select(Fan.id))
