"""A recorded spread is taken in through the same door as everybody else, and comes out again as it went in."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from referral.brands import queries as brands
from referral.campaigns import queries as campaigns
from referral.plumbing import ids
from referral.plumbing.db import db, of_brand
from referral.spread import queries as spread
from tests import factories as make
from tests.machine import missing

if TYPE_CHECKING:
    from click.testing import Result
    from flask import Flask
    from flask.testing import FlaskCliRunner

    from referral.spread.rules.measures import Measures

ROOT = Path(__file__).parents[2]
BY_HAND = ROOT / "tests/data/forest.csv"
SHARED = Path(os.environ.get("TULAR_SHARED") or ROOT.parent / "shared")
CASCADES = SHARED / "data/weibo_casflow_sample/dataset.txt"
HEADER = "fan,told_by,at,channel\n"


@pytest.fixture(autouse=True)
def fair(app: Flask) -> None:
    """Make the brand `night-fair` with the campaign `fair`."""
    with make.saved(app):
        make.campaign(make.brand())


def take_in(cli: FlaskCliRunner, file: Path, *options: str) -> Result:
    return cli.invoke(args=["spread", "import", "night-fair", "fair", str(file), *options])


def give_out(cli: FlaskCliRunner, kind: str) -> str:
    given = cli.invoke(args=["spread", "export", "night-fair", "fair", "--format", kind])
    assert given.exit_code == 0, given.output
    return given.stdout


def measured(app: Flask) -> Measures:
    with app.app_context():
        brand = brands.by_slug("night-fair")
        with of_brand(brand.id):
            return spread.measures(campaigns.by_slug(brand, "fair"))


def rows_in(file: Path) -> set[tuple[str, str]]:
    with file.open(encoding="utf-8") as lines:
        return {(row["fan"], row["told_by"]) for row in csv.DictReader(lines)}


def rows_here(app: Flask) -> set[tuple[str, str]]:
    """Read (fan, told by) as the database has them, by the names in the file."""
    with app.app_context():
        found = db.session.execute(
            db.text(
                "SELECT person.external_id, coalesce(teller.external_id, '') FROM fan"
                " JOIN person ON person.id = fan.person_id"
                " LEFT JOIN introduction ON introduction.fan_id = fan.id AND introduction.is_primary"
                " LEFT JOIN fan AS other ON other.id = introduction.introducer_id"
                " LEFT JOIN person AS teller ON teller.id = other.person_id"
            )
        )
        return {(row[0], row[1]) for row in found}


def count(app: Flask, table: str) -> int:
    with app.app_context():
        return int(db.session.scalar(db.text(f"SELECT count(*) FROM {table}")) or 0)


def test_a_forest_made_by_hand_is_taken_in_as_it_was_written(app: Flask, cli: FlaskCliRunner) -> None:
    taken = take_in(cli, BY_HAND)

    assert taken.exit_code == 0, taken.output
    assert taken.stdout == "25 people taken in, 22 of them introduced by another.\n"
    assert rows_here(app) == rows_in(BY_HAND)
    assert count(app, "link") == 25


def test_importing_the_same_file_again_adds_nothing(app: Flask, cli: FlaskCliRunner) -> None:
    take_in(cli, BY_HAND)
    tables = ("person", "fan", "link", "introduction")
    before = [count(app, table) for table in tables]

    again = take_in(cli, BY_HAND)

    assert again.exit_code == 0
    assert again.stdout == "0 people taken in, 0 of them introduced by another.\n25 were here already.\n"
    assert [count(app, table) for table in tables] == before


def test_a_second_file_goes_on_where_the_first_ended(app: Flask, cli: FlaskCliRunner, tmp_path: Path) -> None:
    take_in(cli, BY_HAND)
    more = tmp_path / "more.csv"
    more.write_text(HEADER + "Wayan,Zofia,2025-11-03T08:00:00Z,line\n")

    taken = take_in(cli, more)

    assert taken.exit_code == 0, taken.output
    assert ("Wayan", "Zofia") in rows_here(app)
    assert measured(app).reach == 26


def test_a_row_keeps_its_time_and_its_channel_and_import_stands_where_none_is_named(
    app: Flask, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "two.csv"
    file.write_text(HEADER + "ana,,1700000000,\nbudi,ana,2023-11-14T22:13:21.500Z,line\ncitra,ana,1700000002,\n")

    take_in(cli, file)

    with app.app_context():
        brand = brands.by_slug("night-fair")
        with of_brand(brand.id):
            forest = spread.forest(campaigns.by_slug(brand, "fair"))
    assert forest.at_ms.tolist() == [1_700_000_000_000, 1_700_000_001_500, 1_700_000_002_000]
    assert list(forest.channel) == [None, "line", "import"]


def test_rows_that_cannot_be_are_refused_by_row_and_the_others_are_taken_in(
    app: Flask, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    file, refused = tmp_path / "mixed.csv", tmp_path / "refused.csv"
    file.write_text(
        HEADER
        + "ana,,1700000000,\n"
        + "budi,ana,1700000001,line\n"
        + "budi,citra,1700000002,line\n"  # row 4: told by two people; the earlier holds
        + "citra,nobody,1700000003,\n"  # row 5
        + "dewi,eka,1700000004,\neka,dewi,1700000005,\n"  # rows 6 and 7 go round
        + "fajar,fajar,1700000006,\n"  # row 8
        + "gita,ana,yesterday,\n"  # row 9
        + "han\u2028a,ana,1700000007,\n"  # row 10
        + f"{'i' * 121},ana,1700000008,\n"  # row 11
    )

    taken = take_in(cli, file, "--refusals", str(refused))

    assert taken.exit_code == 0, taken.output
    assert taken.stdout.startswith("2 people taken in, 1 of them introduced by another.\n8 rows refused: ")
    assert "  row 5: unknown_teller nobody\n" in taken.stdout
    assert rows_here(app) == {("ana", ""), ("budi", "ana")}
    with refused.open(encoding="utf-8") as lines:
        codes = {int(row["row"]): row["code"] for row in csv.DictReader(lines)}
    assert codes == {
        4: "told_twice",
        5: "unknown_teller",
        6: "cycle",
        7: "cycle",
        8: "told_by_self",
        9: "bad_time",
        10: "unreadable_fan",
        11: "too_long",
    }


def test_only_the_first_twenty_refusals_are_listed(cli: FlaskCliRunner, tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    file.write_text(HEADER + "ana,,1700000000,\n" + "".join(f"b{n},nobody,1700000001,\n" for n in range(30)))

    taken = take_in(cli, file)

    assert "30 rows refused: unknown_teller 30.\n" in taken.stdout
    assert taken.stdout.count("  row ") == 20
    assert "  and 10 more (--refusals FILE writes them all)\n" in taken.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,told_by,at\nana,,1700000000\n", "header_missing fan channel"),
        ("", "header_missing fan told_by at channel"),
        (HEADER + "ana,budi,1700000000,\nbudi,ana,1700000000,\n", "cycle"),
    ],
)
def test_a_file_of_which_nothing_can_be_taken_in_fails(
    app: Flask, cli: FlaskCliRunner, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(content)

    taken = take_in(cli, file)

    assert taken.exit_code == 1
    assert said in taken.stdout
    assert "Nobody was taken in." in taken.stderr
    assert count(app, "person") == 0


def test_a_file_in_the_encoding_of_a_polish_spreadsheet_is_read(
    app: Flask, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "arkusz.csv"
    file.write_bytes((HEADER + "Żaneta Źródło,,1700000000,\nPaweł,Żaneta Źródło,1700000001,\n").encode("cp1250"))

    taken = take_in(cli, file)

    assert taken.exit_code == 0, taken.output
    assert rows_here(app) == {("Żaneta Źródło", ""), ("Paweł", "Żaneta Źródło")}


def test_an_import_that_breaks_off_leaves_nothing_behind(
    app: Flask, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(done: int, total: int) -> None:
        if done > 10:
            raise KeyboardInterrupt

    monkeypatch.setattr("referral.cli.spread.Progress.show", lambda self, done, total: break_off(done, total))

    taken = take_in(cli, BY_HAND)

    assert taken.exit_code != 0
    assert [count(app, table) for table in ("person", "fan", "link", "introduction")] == [0, 0, 0, 0]


def test_progress_is_shown_on_standard_error(cli: FlaskCliRunner) -> None:
    taken = take_in(cli, BY_HAND)

    assert "100 %  25 of 25" in taken.stderr


@pytest.mark.parametrize(("brand", "campaign"), [("other", "fair"), ("night-fair", "other")])
def test_an_unknown_brand_or_campaign_is_refused(cli: FlaskCliRunner, brand: str, campaign: str) -> None:
    taken = cli.invoke(args=["spread", "import", brand, campaign, str(BY_HAND)])

    assert taken.exit_code == 1
    assert "unknown" in taken.stderr


# --- Out again -------------------------------------------------------------------------------------------------------


def test_an_export_reads_back_in_networkx_with_the_same_people_and_introductions(
    app: Flask, cli: FlaskCliRunner
) -> None:
    take_in(cli, BY_HAND)
    with app.app_context():
        brand = brands.by_slug("night-fair")
        with of_brand(brand.id):
            forest = spread.forest(campaigns.by_slug(brand, "fair"))
    shown = [ids.show(int(fan)) for fan in forest.ids]
    edges = {(shown[teller], shown[fan]) for fan, teller in enumerate(forest.parent.tolist()) if teller >= 0}

    graphml = nx.parse_graphml(give_out(cli, "graphml"))
    gexf = nx.read_gexf(io.BytesIO(give_out(cli, "gexf").encode()))
    table = list(csv.DictReader(io.StringIO(give_out(cli, "csv"))))

    assert len(edges) == 22
    for graph in (graphml, gexf):
        assert set(graph.nodes) == set(shown)
        assert set(graph.edges) == edges
    assert {(row["told_by"], row["fan"]) for row in table if row["told_by"]} == edges


def test_an_exported_spread_can_be_taken_into_another_campaign(app: Flask, cli: FlaskCliRunner, tmp_path: Path) -> None:
    take_in(cli, BY_HAND)
    first = measured(app)
    with make.saved(app):
        make.campaign(brands.by_slug("night-fair"), "second")
    file = tmp_path / "spread.csv"

    out = cli.invoke(args=["spread", "export", "night-fair", "fair", "--format", "csv", "--output", str(file)])
    taken = cli.invoke(args=["spread", "import", "night-fair", "second", str(file)])

    assert (out.exit_code, out.stdout) == (0, "")
    assert taken.exit_code == 0, taken.output
    with app.app_context():
        brand = brands.by_slug("night-fair")
        with of_brand(brand.id):
            second = spread.measures(campaigns.by_slug(brand, "second"))
    assert second.generations == first.generations
    assert second.structural_virality.mean_over_trees == first.structural_virality.mean_over_trees


# --- Recorded cascades -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_thirty_recorded_cascades_have_their_known_sizes_and_virality_in_our_database(
    app: Flask, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    if not CASCADES.exists():
        missing(f"The recorded cascades are not at {CASCADES}; TULAR_SHARED names the folder that holds data/")
    file = tmp_path / "weibo.csv"
    command: list[str | Path] = [sys.executable, ROOT / "bench/weibo.py", CASCADES]
    file.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)

    taken = take_in(cli, file)

    assert taken.exit_code == 0, taken.output
    assert taken.stdout == "7,096 people taken in, 7,066 of them introduced by another.\n"
    found = measured(app)
    trees = found.structural_virality.trees
    assert (found.reach, found.first_tellers, trees[0].size) == (7_096, 30, 2_225)
    assert sum(tree.size for tree in trees) == 7_096
    assert found.structural_virality.mean_over_trees == pytest.approx(2.1911, abs=0.00005)

    with make.saved(app):
        key = make.key(brands.by_slug("night-fair"))
    answer = app.test_client().get("/api/v1/campaigns/fair/measures", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert answer.get_json()["reach"] == 7_096
    assert answer.get_json()["structural_virality"]["mean_over_trees"] == found.structural_virality.mean_over_trees
