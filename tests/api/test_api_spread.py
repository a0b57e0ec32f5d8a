"""The spread and its measures over the API: as JSON, and as files that read back the same."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from referral.plumbing import ids
from referral.plumbing.clock import now
from tests import factories as make
from tests.api.problems import refusal
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask

SPREAD = "/campaigns/fair/spread"


@pytest.fixture
def pairs(app: Flask, fair: Fair) -> set[tuple[str, str]]:
    """Make a small forest; give who told whom."""
    with make.saved(app):
        poster = make.link(fair.campaign)
        ayu, budi, citra = make.chain(fair.campaign, "Ayu", "Budi", "Citra", told_by=poster)
        dewi = make.fan(fair.campaign, "Dewi <&> \N{BOOKS}", told_by=ayu, channel="line")
        make.fan(fair.campaign, None)
        told = [(ayu, budi), (budi, citra), (ayu, dewi)]
        return {(ids.show(teller.id), ids.show(fan.id)) for teller, fan in told}


def test_the_spread_names_everybody_and_who_told_them(shop: Shop, pairs: set[tuple[str, str]]) -> None:
    spread = shop.found(SPREAD)

    assert {(edge["source"], edge["target"]) for edge in spread["edges"]} == pairs
    shown = [(node["name"], node["generation"], node["channel"]) for node in spread["nodes"]]
    assert shown == [
        ("Ayu", 0, "poster"),
        ("Budi", 1, "copy"),
        ("Citra", 2, "copy"),
        ("Dewi <&> \N{BOOKS}", 1, "line"),
        (None, 0, None),
    ]


@pytest.mark.parametrize("format", ["graphml", "gexf"])
def test_a_graph_file_reads_back_with_the_same_nodes_and_edges(
    shop: Shop, pairs: set[tuple[str, str]], format: str
) -> None:
    answer = shop.get(f"{SPREAD}?format={format}")

    read = nx.read_graphml if format == "graphml" else nx.read_gexf
    graph = read(io.BytesIO(answer.get_data()))
    assert answer.mimetype == f"application/{format}+xml"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="fair.{format}"'
    assert set(graph.nodes) == {node["id"] for node in shop.found(SPREAD)["nodes"]}
    assert set(graph.edges) == pairs
    assert graph.is_directed()


def test_the_table_file_has_a_row_for_everybody(shop: Shop, pairs: set[tuple[str, str]]) -> None:
    answer = shop.get(f"{SPREAD}?format=csv")

    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == ("text/csv", 'attachment; filename="fair.csv"')
    assert {(row["told_by"], row["fan"]) for row in rows if row["told_by"]} == pairs
    assert len(rows) == 5


NO_FORMATS: list[Any] = ["xml", "", "JSON", "%00", "x" * 300]


def test_a_format_that_is_none_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for format in NO_FORMATS:
        with subtests.test(repr(format)[:60]):
            assert refusal(shop.get(f"{SPREAD}?format={format}")) == (422, "format_unknown")


def test_an_empty_spread_reads_as_one(shop: Shop) -> None:
    assert shop.found(SPREAD) == shop.found(f"{SPREAD}?format=json") == {"nodes": [], "edges": []}
    graph = nx.read_graphml(io.BytesIO(shop.get(f"{SPREAD}?format=graphml").get_data()))
    assert (list(graph.nodes), list(graph.edges)) == ([], [])


def test_what_is_undefined_is_null_and_never_nought(app: Flask, fair: Fair, shop: Shop) -> None:
    nobody = shop.found("/campaigns/fair/measures")
    with make.saved(app):
        make.fan(fair.campaign, "Ayu")
    alone = shop.found("/campaigns/fair/measures")

    assert (nobody["reach"], nobody["generations"], nobody["reproduction"]) == (0, [], [])
    assert (alone["reach"], alone["generations"], alone["reproduction"]) == (1, [1], [])
    for measures in (nobody, alone):
        assert measures["cycle_time_seconds"] is None
        assert measures["k_factor"] is None
        assert measures["structural_virality"]["mean_over_trees"] is None
        assert measures["structural_virality"]["pair_weighted"] is None
    assert nobody["structural_virality"]["trees"] == []
    [tree] = alone["structural_virality"]["trees"]
    assert (tree["size"], tree["depth"], tree["value"]) == (1, 0, None)


def test_measures_are_not_rounded(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        ayu = make.fan(fair.campaign, "Ayu")
        for name in ("Budi", "Citra", "Dewi"):
            make.fan(fair.campaign, name, told_by=ayu)
        make.fan(fair.campaign, "Eka")
        make.fan(fair.campaign, "Fajar")

    measures = shop.found("/campaigns/fair/measures")

    assert measures["reproduction"] == [3 / 3]
    assert measures["generations"] == [3, 3]
    assert measures["structural_virality"]["mean_over_trees"] == pytest.approx(1.5, rel=1e-12)
    carrier = measures["carriers"][0]
    assert (carrier["fan"], carrier["introductions"], carrier["below"]) == (ids.show(ayu.id), 3, 3)


def test_the_study_of_nobody_and_of_one_is_null_where_nothing_is_known(app: Flask, fair: Fair, shop: Shop) -> None:
    nobody = shop.found("/campaigns/fair/measures")
    with make.saved(app):
        make.fan(fair.campaign, "Ayu")
    alone = shop.found("/campaigns/fair/measures")

    for measures, reason in ((nobody, "no_fans"), (alone, "too_few_fans")):
        for name in (
            "k_mcf",
            "growth_rate_per_day",
            "doubling_time_seconds",
            "half_life_seconds",
            "offspring",
            "extinction_probability",
            "worth",
        ):
            assert measures[name] is None, name
        assert measures["generation_intervals"] == {"all": None, "channels": []}
        assert measures["concentration"] == {"introductions": None, "value": None}
        assert measures["forecast"] == {
            "reach": measures["reach"],
            "k": None,
            "still_to_tell": None,
            "mean": None,
            "low": None,
            "median": None,
            "high": None,
            "dies_out": None,
            "reason": reason,
        }
        assert measures["comparisons"] == {"channel": [], "language": [], "place": []}
        assert measures["betweenness"] == measures["proven_carriers"] == measures["sleepers"] == []


def test_what_is_studied_of_a_spread_is_given_with_its_intervals(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        first = [make.fan(fair.campaign, f"First {row}", at=now() - timedelta(days=30)) for row in range(40)]
        for teller in first[:10]:
            for row in range(2):
                told_at = now() - timedelta(days=29)
                make.fan(fair.campaign, f"Told {row}", told_by=teller, channel="line", at=told_at)
        buyer = make.fan(fair.campaign, "Buyer", told_by=first[0], channel="line")
        make.sale(fair.campaign, buyer, "850000.00")

    measures = shop.found("/campaigns/fair/measures")

    k = measures["k_mcf"]
    assert k["value"] == pytest.approx(20 / 60, abs=0.02)
    assert 0 < k["low"] < k["value"] < k["high"]
    assert k["at_risk"] >= 30
    assert measures["generation_intervals"]["all"]["median_seconds"] == pytest.approx(86_400, abs=10)
    assert [one["channel"] for one in measures["generation_intervals"]["channels"]] == ["line"]
    assert measures["growth_rate_per_day"] < 0
    assert measures["doubling_time_seconds"] is None
    assert measures["half_life_seconds"] > 0
    assert measures["offspring"]["counts"] == [50, 0, 9, 1]
    assert measures["offspring"]["r"] == pytest.approx(21 / 60)
    assert measures["extinction_probability"] == 1
    assert measures["forecast"]["reach"] == 61
    assert measures["forecast"]["low"] <= measures["forecast"]["median"] <= measures["forecast"]["high"]
    assert measures["concentration"]["introductions"]["half"] == 5
    assert measures["worth"] == {
        "currency": "IDR",
        "total": "850000.00",
        "unshared": "0.00",
        "fans": [{"fan": ids.show(first[0].id), "amount": "850000.00"}],
    }
    assert measures["betweenness"][0]["pairs"] == 3
    assert shop.found("/campaigns/fair/measures") == measures
