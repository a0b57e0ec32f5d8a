"""A spread as a file for other programs: CSV, GraphML or GEXF."""

from __future__ import annotations

from collections.abc import Mapping

from referral.plumbing import ids
from referral.spread.rules.export import to_csv, to_gexf, to_graphml
from referral.spread.rules.forest import Forest

FORMATS: dict[str, tuple[str, str]] = {
    "csv": ("text/csv", "csv"),
    "graphml": ("application/graphml+xml", "graphml"),
    "gexf": ("application/gexf+xml", "gexf"),
}
"""By the name of a format: its media type, and the ending of its files."""

_WRITERS = {"csv": to_csv, "graphml": to_graphml, "gexf": to_gexf}


def export(forest: Forest, names: Mapping[int, str], format: str) -> str:
    """Write a spread in one of FORMATS, with ids as they are shown outside."""
    write = _WRITERS[format]
    return write(forest, names, show_id=ids.show)
