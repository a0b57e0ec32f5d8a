"""A schema as a table that people read: one row a field, the fields of inner documents below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """Hold one field: its name from the outside in, its type in words of JSON, whether it must be there."""

    name: str
    kind: str
    choices: tuple[str, ...]
    required: bool
    meaning: str


def fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], prefix: str = "") -> Iterator[Field]:
    """List the fields of a document, such as `story.title` and `credits[].amount`."""
    schema = _resolved(schema, schemas)
    for name, one in schema.get("properties", {}).items():
        inner, nullable, several = _inner(one, schemas)
        kind = inner.get("format") or inner.get("type", "")
        yield Field(
            name=f"{prefix}{name}",
            kind=(f"list of {kind}" if several else str(kind)) + (" or null" if nullable else ""),
            choices=tuple(str(choice) for choice in inner.get("enum", [])),
            required=name in schema.get("required", []),
            meaning=one.get("description") or inner.get("description", ""),
        )
        yield from fields(inner, schemas, f"{prefix}{name}{'[]' if several else ''}.")


def _inner(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool, bool]:
    """Give the schema that a field is of in the end, whether it may be null, and whether it is a list."""
    schema = _resolved(schema, schemas)
    kinds = schema.get("anyOf") or ([{"type": one} for one in schema["type"]] if _is_several(schema) else [schema])
    meant = [one for one in kinds if one.get("type") != "null"]
    inner = _resolved(meant[0], schemas)
    if inner.get("type") == "array":
        return _resolved(inner["items"], schemas), len(meant) < len(kinds), True
    return inner, len(meant) < len(kinds), False


def _is_several(schema: Mapping[str, Any]) -> bool:
    return isinstance(schema.get("type"), list)


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = schemas[reference.rpartition("/")[2]]
    return found
