"""What each call does, for the OpenAPI description: noted where the call is defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from referral.api.paging import MOST, USUAL

LARGEST = 256 * 1024  # bytes of a document: a story of 20,000 signs, each of them escaped, fits


@dataclass(frozen=True)
class Parameter:
    """Describe a parameter of the query."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """Describe a call: what it takes, what it answers with which status, and which problems it knows.

    A list gives one document for each item, and may give lists of others `beside` it. No document it takes has more
    bytes than `largest`.
    """

    summary: str
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200
    also: dict[int, str] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    listed: bool = False
    beside: dict[str, type[BaseModel]] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    other_types: tuple[str, ...] = ()
    largest: int = LARGEST


OPERATIONS: dict[tuple[str, str], Operation] = {}
"""By the area and the name of the view."""

CURSOR = Parameter("after", "Where the last list ended: its `next`.", {"type": "string"})
LIMIT = Parameter("limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL})
