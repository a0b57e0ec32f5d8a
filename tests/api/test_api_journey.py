"""A shop's developer goes the whole way: a campaign, fans who tell each other, a sale, its credit, its refund."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from referral.credits import checks as ledger
from referral.sales import checks as sales
from tests import factories as make
from tests.api.shop import Shop

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def newcomer(app: Flask) -> Shop:
    """Give a brand that has nothing yet a key."""
    with make.saved(app):
        return Shop(app, make.key(make.brand("night", currency="IDR")))


def test_a_sale_three_generations_down_credits_its_introducer_and_refunds_take_it_back(
    app: Flask, newcomer: Shop
) -> None:
    campaign = newcomer.made(
        "/campaigns",
        {
            "slug": "night-fair",
            "name": "Books all night",
            "story": {"title": "Books all night", "body": "It does not close.", "locale": "en"},
            "reward_plan": {"kind": "percent", "percent": "5", "holding_days": 14},
        },
    )
    assert (campaign["state"], campaign["currency"], campaign["reward_plan"]["percent"]) == ("running", "IDR", "5")
    assert campaign["story_url"] == "http://tular.test/c/night-fair"

    fans: list[dict[str, Any]] = []
    for name in ("Ayu", "Budi", "Citra", "Dewi"):
        told_by = {"told_by": fans[-1]["code"], "channel": "whatsapp"} if fans else {}
        email = f"{name.lower()}@people.example"
        fans.append(newcomer.made("/campaigns/night-fair/fans", {"name": name, "email": email, **told_by}))
    a, b, c, d = fans
    assert [fan["generation"] for fan in fans] == [0, 1, 2, 3]
    assert (a["introduced_by"], d["introduced_by"]) == (None, {"id": c["id"], "code": c["code"]})
    assert d["share_url"] == f"http://tular.test/r/{d['code']}"
    assert d["qr_svg_url"] == f"http://tular.test/q/{d['code']}.svg"

    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    sale = newcomer.made(
        "/campaigns/night-fair/sales",
        {
            "external_id": "order-1",
            "amount": "850000.00",
            "currency": "IDR",
            "buyer": {"email": "DEWI@people.example"},
            "at": at.isoformat(),
        },
    )
    [credit] = sale["credits"]
    ready = datetime.fromisoformat(credit["available_at"])
    assert (sale["external_id"], sale["status"], sale["buyer"]) == ("order-1", "recorded", d["id"])
    assert (credit["fan"], credit["generation"], credit["amount"]) == (c["id"], 2, "42500.00")
    assert (credit["status"], ready) == ("waiting", at + timedelta(days=14))
    assert (credit["why"]["code"], credit["why"]["percent"], credit["why"]["sale"]) == ("introduced", "5", "order-1")

    [entry] = newcomer.found("/campaigns/night-fair/credits")["data"]
    assert (entry["fan"], entry["amount"], entry["reference"], entry["kind"]) == (
        c["id"],
        "42500.00",
        "order-1",
        "sale",
    )

    half = newcomer.made(
        "/campaigns/night-fair/sales/order-1/refunds", {"external_id": "return-1", "amount": "425000.00"}
    )
    assert [(one["fan"], one["amount"], one["status"]) for one in half["credits"]] == [
        (c["id"], "-21250.00", "taken_back")
    ]
    assert newcomer.found("/campaigns/night-fair/sales/order-1")["status"] == "partly_refunded"
    mine = newcomer.found(f"/campaigns/night-fair/fans/{c['id']}/credits")
    assert [one["amount"] for one in mine["data"]] == ["-21250.00", "42500.00"]
    assert mine["balance"] == [{"currency": "IDR", "ready": "0.00", "waiting": "21250.00"}]

    rest = newcomer.made(
        "/campaigns/night-fair/sales/order-1/refunds", {"external_id": "return-2", "amount": "425000.00"}
    )
    assert [one["amount"] for one in rest["credits"]] == ["-21250.00"]
    assert newcomer.found("/campaigns/night-fair/sales/order-1")["status"] == "refunded"
    all_credits = newcomer.found("/campaigns/night-fair/credits")
    assert [one["amount"] for one in all_credits["data"]] == ["-21250.00", "-21250.00", "42500.00"]
    assert {one["status"] for one in all_credits["data"]} == {"taken_back"}
    assert all_credits["total"] == [{"currency": "IDR", "amount": "0.00"}]
    mine = newcomer.found(f"/campaigns/night-fair/fans/{c['code']}/credits")
    assert mine["balance"] == [{"currency": "IDR", "ready": "0.00", "waiting": "0.00"}]
    assert newcomer.found(f"/campaigns/night-fair/fans/{b['id']}/credits") == {"data": [], "next": None, "balance": []}

    measures = newcomer.found("/campaigns/night-fair/measures")
    assert (measures["reach"], measures["generations"]) == (4, [1, 1, 1, 1])
    assert measures["reproduction"] == [1.0, 1.0, 1.0]
    assert measures["structural_virality"]["mean_over_trees"] == pytest.approx(5 / 3, rel=1e-12)
    [tree] = measures["structural_virality"]["trees"]
    assert (tree["root"], tree["size"], tree["depth"]) == (a["id"], 4, 3)

    spread = newcomer.found("/campaigns/night-fair/spread")
    pairs = {(edge["source"], edge["target"]) for edge in spread["edges"]}
    assert [node["id"] for node in spread["nodes"]] == [fan["id"] for fan in fans]
    assert pairs == {(a["id"], b["id"]), (b["id"], c["id"]), (c["id"], d["id"])}
    graphml = newcomer.get("/campaigns/night-fair/spread?format=graphml")
    assert graphml.mimetype == "application/graphml+xml"
    read_back = nx.read_graphml(io.BytesIO(graphml.get_data()))
    assert set(read_back.nodes) == {fan["id"] for fan in fans}
    assert set(read_back.edges) == pairs

    with make.saved(app):
        assert ledger.verify() == []
        assert sales.verify() == []


def test_the_keys_of_the_answers_are_those_of_the_contract(newcomer: Shop) -> None:
    story = {"title": "Books", "body": "All night.", "locale": "en"}
    plan = {"kind": "percent", "percent": "5"}
    newcomer.made("/campaigns", {"slug": "fair", "name": "Fair", "story": story, "reward_plan": plan})

    ayu = newcomer.made("/campaigns/fair/fans", {"external_id": "c-1"})
    sale = newcomer.made(
        "/campaigns/fair/sales",
        {
            "external_id": "o-1",
            "amount": "10.00",
            "currency": "IDR",
            "code": ayu["code"],
            "buyer": {"external_id": "c-2"},
        },
    )
    detail = newcomer.found(f"/campaigns/fair/fans/{ayu['id']}")
    measures = newcomer.found("/campaigns/fair/measures")

    fan_keys = {"id", "code", "share_url", "qr_svg_url", "qr_png_url", "generation", "introduced_by"}
    assert fan_keys <= set(ayu)
    assert fan_keys | {"brought", "reached", "clicks", "balance", "name", "email", "phone"} <= set(detail)
    assert {"id", "external_id", "status", "credits"} <= set(sale)
    assert {"fan", "generation", "amount", "status", "why"} <= set(sale["credits"][0])
    named = {"reach", "generations", "reproduction", "k_factor", "cycle_time_seconds", "structural_virality"}
    assert named <= set(measures)
    assert set(measures["structural_virality"]) == {"mean_over_trees", "pair_weighted", "trees"}
    assert {"size", "depth", "value"} <= set(measures["structural_virality"]["trees"][0])
