"""The spread and its measures, as JSON; the spread also as CSV, GraphML and GEXF."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from referral.api.access import Answered, needs
from referral.api.measures import MeasuresOut, StandingOut, StructuralViralityOut, TreeOut
from referral.api.operations import Operation, Parameter
from referral.api.replies import Reply
from referral.api.studies import studied
from referral.brands.rules import Scope
from referral.errors import Invalid
from referral.plumbing import ids
from referral.spread import queries
from referral.spread.exports import FORMATS, export
from referral.spread.rules.measures import Teller
from referral.spread.study import study

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

calls = Blueprint("api_spread", __name__)


class NodeOut(Reply):
    """Somebody in the spread."""

    id: str
    generation: int
    at: datetime
    channel: str | None
    name: str | None


class EdgeOut(Reply):
    """An introduction: source told target."""

    source: str
    target: str
    at: datetime
    channel: str | None


class SpreadOut(Reply):
    """Who told whom, in the order of arrival."""

    nodes: list[NodeOut]
    edges: list[EdgeOut]


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@calls.get("/campaigns/<campaign>/spread")
@needs(
    Scope.READ,
    Operation(
        "Read the spread",
        gives=SpreadOut,
        parameters=(
            Parameter("format", "JSON, or a file.", {"type": "string", "enum": ["json", *FORMATS], "default": "json"}),
        ),
        other_types=tuple(kind for kind, _ in FORMATS.values()),
    ),
)
def read(brand: Brand, campaign: Campaign) -> Answered:
    """Give everybody and who told them first."""
    wanted = request.args.get("format", "json")
    spread = queries.named(campaign)
    if wanted in FORMATS:
        kind, ending = FORMATS[wanted]
        return Response(
            export(spread.forest, spread.names, wanted),
            mimetype=kind,
            headers={"Content-Disposition": f'attachment; filename="{campaign.slug}.{ending}"'},
        )
    if wanted != "json":
        raise Invalid("format_unknown", known=", ".join(("json", *FORMATS)))
    forest = spread.forest
    shown = [ids.show(fan_id) for fan_id in forest.ids.tolist()]
    moments = [_at(at) for at in forest.at_ms.tolist()]
    nodes = [
        NodeOut(id=shown[row], generation=generation, at=moments[row], channel=forest.channel[row], name=name)
        for row, generation in enumerate(forest.depth.tolist())
        for name in (spread.names.get(int(forest.ids[row])),)
    ]
    edges = [
        EdgeOut(source=shown[teller], target=shown[row], at=moments[row], channel=forest.channel[row])
        for row, teller in enumerate(forest.parent.tolist())
        if teller >= 0
    ]
    return SpreadOut(nodes=nodes, edges=edges), 200


def _standing(one: Teller) -> StandingOut:
    return StandingOut(
        fan=ids.show(one.fan), generation=one.generation, introductions=one.introductions, below=one.below
    )


@calls.get("/campaigns/<campaign>/measures")
@needs(Scope.READ, Operation("Read the measures", gives=MeasuresOut))
def measures(brand: Brand, campaign: Campaign) -> Answered:
    """Give the measures of the spread, unrounded."""
    found = queries.measures(campaign)
    virality = found.structural_virality
    return MeasuresOut(
        reach=found.reach,
        first_tellers=found.first_tellers,
        generations=list(found.generations),
        reproduction=list(found.reproduction),
        k_factor=found.k_factor,
        k_naive=found.k_naive,
        cycle_time_seconds=found.cycle_time_seconds,
        structural_virality=StructuralViralityOut(
            mean_over_trees=virality.mean_over_trees,
            pair_weighted=virality.pair_weighted,
            trees=[
                TreeOut(root=ids.show(tree.root), size=tree.size, depth=tree.depth, value=tree.value)
                for tree in virality.trees
            ],
        ),
        gini_introductions=found.gini_introductions,
        gini_value=found.gini_value,
        told_share=found.told_share,
        retold_share=found.retold_share,
        carriers=[_standing(one) for one in found.carriers],
        bridges=[_standing(one) for one in found.bridges],
        **studied(study(campaign), campaign.currency),
    ), 200
