"""A quarter of a million recorded retweets come in by the importer and are the forest that is known of them."""

from __future__ import annotations

import csv
import gzip
from typing import TYPE_CHECKING

import pytest

from bench.higgs import COLUMNS, rows
from referral.brands import queries as brands
from referral.campaigns import queries as campaigns
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import in_reading
from referral.spread import queries
from tests import factories as make
from tests.recorded import HIGGS, recorded

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskCliRunner


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.engines("sqlite")  # `make bench` times it on both engines, and counts the people again
def test_the_higgs_retweets_come_in_whole_and_have_their_known_values(
    app: Flask, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    spread = tmp_path / "higgs.csv"
    with gzip.open(recorded(HIGGS), "rt", encoding="ascii") as lines, spread.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows(lines)])
    with make.saved(app):
        make.campaign(make.brand())

    taken = cli.invoke(args=["spread", "import", "night-fair", "fair", str(spread)])
    with app.app_context():
        brand = brands.by_slug("night-fair")
        with of_brand(brand.id):
            found = in_reading(lambda: queries.measures(campaigns.by_slug(brand, "fair")))

    assert taken.exit_code == 0, taken.output
    assert taken.stdout == "256,491 people taken in, 223,637 of them introduced by another.\n"
    assert (found.reach, found.first_tellers) == (256_491, 32_854)
    assert found.generations == (32_854, 197_816, 21_928, 3_270, 602, 18, 3)
    assert [tree.size for tree in found.structural_virality.trees[:3]] == [11_391, 5_266, 4_259]
    assert [round(tree.value or 0, 6) for tree in found.structural_virality.trees[:3]] == [
        2.363076,
        2.168822,
        2.305732,
    ]
