"""Write a spread for other programs: CSV in the columns that can be read back, GraphML and GEXF."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree

import networkx as nx

from referral.spread.rules.exchange import COLUMNS, is_guarded
from referral.spread.rules.forest import Forest

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What XML 1.0 cannot hold, even escaped.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_csv(
    forest: Forest,
    labels: Mapping[int, str],
    *,
    show_id: Callable[[int], str] = str,
    references: Mapping[int, str] | None = None,
) -> str:
    r"""Write one row a fan, in the importer's columns and then ``id``, ``generation`` and ``label``.

    ``fan`` and ``told_by`` hold a fan's reference where ``references`` has one, else the id as it is shown, so that a
    file can be taken in again. A cell that a spreadsheet would run as a formula gets an apostrophe, which the importer
    takes off.

    >>> story = Forest.from_edges([1, 2], [None, 1], [0, 1500], ["poster", "line"])
    >>> print(to_csv(story, {1: "Ana", 2: "=1+1"}).replace("\r", ""), end="")
    fan,told_by,at,channel,id,generation,label
    1,,1970-01-01T00:00:00.000Z,poster,1,0,Ana
    2,1,1970-01-01T00:00:01.500Z,line,2,1,'=1+1
    """
    known = references or {}
    shown = [show_id(fan) for fan in forest.ids.tolist()]
    names = [known.get(fan, shown[row]) for row, fan in enumerate(forest.ids.tolist())]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*COLUMNS, "id", "generation", "label"))
    for row, (fan, parent, depth, at_ms) in enumerate(_rows(forest)):
        teller = names[parent] if parent >= 0 else ""
        cells = (names[row], teller, _time(at_ms), forest.channel[row] or "", shown[row])
        label = labels.get(fan, "")
        writer.writerow((*map(_guarded, cells), depth, _guarded(label)))
    return out.getvalue()


def to_graphml(forest: Forest, labels: Mapping[int, str], *, show_id: Callable[[int], str] = str) -> str:
    """Write a directed graph, an edge from each teller to whom they told, as GraphML."""
    out = io.BytesIO()
    nx.write_graphml_xml(_graph(forest, labels, show_id), out)
    return out.getvalue().decode()


def to_gexf(forest: Forest, labels: Mapping[int, str], *, show_id: Callable[[int], str] = str) -> str:
    """Write the same graph as GEXF, without the date of writing: the same spread gives the same file."""
    tree = ElementTree.fromstring("".join(nx.generate_gexf(_graph(forest, labels, show_id))))  # noqa: S314 - our own text
    for meta in tree.findall("{*}meta"):
        tree.remove(meta)
    ElementTree.register_namespace("", tree.tag[1:].partition("}")[0])
    return ElementTree.tostring(tree, encoding="unicode", xml_declaration=True)


def _graph(forest: Forest, labels: Mapping[int, str], show_id: Callable[[int], str]) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    shown = [show_id(fan) for fan in forest.ids.tolist()]
    channels = forest.channel.tolist()
    for row, (fan, _, depth, at_ms) in enumerate(_rows(forest)):
        about = {"label": _xml(labels.get(fan, shown[row])), "generation": depth, "at": _time(at_ms)}
        # A format without an empty value is told nothing at all where the channel is not known.
        channel = channels[row]
        if channel is not None:
            about["channel"] = _xml(channel)
        graph.add_node(shown[row], **about)
    for row, (_, parent, _, at_ms) in enumerate(_rows(forest)):
        if parent >= 0:
            about = {"at": _time(at_ms)}
            channel = channels[row]
            if channel is not None:
                about["channel"] = _xml(channel)
            graph.add_edge(shown[parent], shown[row], **about)
    return graph


def _rows(forest: Forest) -> zip[tuple[int, int, int, int]]:
    columns = (forest.ids.tolist(), forest.parent.tolist(), forest.depth.tolist(), forest.at_ms.tolist())
    return zip(*columns, strict=True)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) or is_guarded(cell) else cell


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)
