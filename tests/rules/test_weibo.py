"""Thirty recorded cascades from Weibo have the sizes and the structural virality that are known of them.

The data are read where they lie, beside the repository or where TULAR_SHARED says, and are never copied into it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from referral.spread.rules.exchange import ImportPlan, plan_import, read_spread_csv
from referral.spread.rules.forest import Forest
from referral.spread.rules.virality import StructuralVirality, structural_virality

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TULAR_SHARED") or ROOT.parent / "shared") / "data/weibo_casflow_sample/dataset.txt"


@pytest.fixture(scope="module")
def plan() -> ImportPlan:
    if not DATA.exists():
        reason = f"The recorded cascades are not at {DATA}; TULAR_SHARED names the folder that holds data/"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    command: list[str | Path] = [sys.executable, ROOT / "bench/weibo.py", DATA]
    converted = subprocess.run(command, capture_output=True, check=True).stdout
    return plan_import(read_spread_csv(converted).rows)


@pytest.fixture(scope="module")
def virality(plan: ImportPlan) -> StructuralVirality:
    place = {row.fan: number for number, row in enumerate(plan.accepted)}
    forest = Forest.from_edges(
        range(len(place)),
        [None if row.told_by is None else place[row.told_by] for row in plan.accepted],
        [row.at_ms for row in plan.accepted],
        [row.channel for row in plan.accepted],
    )
    return structural_virality(forest, most=100)


def test_every_row_of_the_recorded_cascades_is_accepted(plan: ImportPlan) -> None:
    assert (len(plan.accepted), plan.refusals, plan.duplicates) == (7_096, (), 0)


def test_the_recorded_cascades_are_thirty_trees_of_which_the_largest_has_2225_people(
    virality: StructuralVirality,
) -> None:
    assert len(virality.trees) == 30
    assert virality.trees[0].size == 2_225
    assert sum(tree.size for tree in virality.trees) == 7_096


def test_the_recorded_cascades_have_their_known_mean_structural_virality(virality: StructuralVirality) -> None:
    assert virality.mean_over_trees is not None
    assert round(virality.mean_over_trees, 4) == 2.1911
