"""All measures of one tree, ours or networkx's, in a process of its own: ``python -m bench.oracle ours random 1000``.

It prints the seconds that it took, build included; the memory at its peak, above what stood there before; and what was
found, so that the two can be compared.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from bench import spreads
from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import measure

Parents = npt.NDArray[np.int64]

STEP_MS = 1_000
RIPENING_MS = 60_000
TREES: dict[str, Callable[[int], Parents]] = {
    "random": spreads.random_recursive,
    "preferential": spreads.preferential,
    "chain": spreads.chain,
}
Found = dict[str, Any]


def forest_of(parent: Parents) -> Forest:
    """Build our forest."""
    n = len(parent)
    return Forest.from_arrays(np.arange(n), parent, STEP_MS * np.arange(n), value=np.arange(n) % 7)


def ours(parent: Parents) -> Found:
    """Measure with our own."""
    forest = forest_of(parent)
    found = measure(forest, now_ms=STEP_MS * len(parent), ripening_ms=RIPENING_MS)
    return {
        "reach": found.reach,
        "first_tellers": found.first_tellers,
        "generations": found.generations,
        "k": _short(found.k_factor),
        "k_naive": _short(found.k_naive),
        "cycle": found.cycle_time_seconds,
        "virality": [_short(tree.value) for tree in found.structural_virality.trees],
        "gini": _short(found.gini_introductions),
        "gini_value": _short(found.gini_value),
        "told": _short(found.told_share),
        "retold": _short(found.retold_share),
        "carriers": [(one.fan, one.introductions, one.below) for one in found.carriers],
        "bridges": [(one.fan, one.introductions, one.below) for one in found.bridges],
    }


def networkx(parent: Parents) -> Found:
    """Measure the same in plain Python over a graph of networkx."""
    n = len(parent)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from((row, {"at": STEP_MS * row, "value": row % 7}) for row in range(n))
    graph.add_edges_from((teller, row) for row, teller in enumerate(parent.tolist()) if teller >= 0)
    order = list(nx.topological_sort(graph))
    depth: dict[int, int] = {}
    root: dict[int, int] = {}
    for row in order:
        above = next(graph.predecessors(row), None)
        depth[row], root[row] = (0, row) if above is None else (depth[above] + 1, root[above])
    size = dict.fromkeys(order, 1)
    for row in reversed(order):
        for above in graph.predecessors(row):
            size[above] += size[row]
    distances = dict.fromkeys(set(root.values()), 0)
    for row in order:
        distances[root[row]] += size[row] * (size[root[row]] - size[row])
    generations = [0] * (max(depth.values()) + 1)
    for row in order:
        generations[depth[row]] += 1
    told = dict(graph.out_degree())
    at: dict[int, int] = nx.get_node_attributes(graph, "at")
    value: dict[int, int] = nx.get_node_attributes(graph, "value")
    ripe = [row for row in order if STEP_MS * n - at[row] >= RIPENING_MS]
    waits = [at[row] - at[teller] for teller, row in graph.edges]
    largest = sorted(distances, key=lambda one: (-size[one], one))[:30]
    return {
        "reach": len(graph),
        "first_tellers": len(distances),
        "generations": generations,
        "k": _short(sum(told[row] for row in ripe) / len(ripe)),
        "k_naive": _short(sum(told.values()) / n),
        "cycle": statistics.median(waits) / 1000,
        "virality": [_short(2 * distances[one] / (size[one] * (size[one] - 1))) for one in largest],
        "gini": _short(_gini(list(told.values()))),
        "gini_value": _short(_gini(list(value.values()))),
        "told": _short(sum(one >= 1 for one in depth.values()) / n),
        "retold": _short(sum(one >= 2 for one in depth.values()) / n),
        "carriers": _first(told, told, size),
        "bridges": _first(size, told, size),
    }


def _gini(amounts: list[int]) -> float:
    ascending, n = sorted(amounts), len(amounts)
    return sum((2 * place - n - 1) * amount for place, amount in enumerate(ascending, 1)) / (n * sum(ascending))


def _first(weight: dict[int, int], told: dict[int, int], size: dict[int, int]) -> list[tuple[int, int, int]]:
    first = sorted(weight, key=lambda row: (-weight[row], row))[:10]
    return [(row, told[row], size[row] - 1) for row in first if told[row]]


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.9g}")


def _megabytes(what: str) -> float:
    """Give the memory of this process: VmRSS is what stands there now, VmHWM the most that ever did (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


def main() -> None:
    """Measure what the command line says."""
    whose, tree, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work = {"ours": ours, "networkx": networkx}[whose]
    parent = TREES[tree](n)
    work(spreads.random_recursive(2_000))  # whatever is imported or made once
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the most that ever stood there is counted from here
    before = _megabytes("VmRSS")
    times = []
    for _ in range(3 if whose == "ours" else 1):
        began = time.perf_counter()
        found = work(parent)
        times.append(time.perf_counter() - began)
    print(json.dumps({"seconds": min(times), "megabytes": _megabytes("VmHWM") - before, "measures": found}))


if __name__ == "__main__":
    main()
