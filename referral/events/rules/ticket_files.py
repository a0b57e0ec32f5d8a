"""Read the ticket lists of other systems as they are written: pretix's JSON, or a CSV file.

Of JSON, these are understood: pretix's order data export (`{"event": {"orders": [...]}}`), a page of its REST API's
orders or order positions (`{"results": [...]}`), and a plain list of either.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from referral.errors import Invalid
from referral.events.rules.terms import visible

COLUMNS: dict[str, tuple[str, ...]] = {
    "secret": ("secret", "ticket secret", "ticket code", "code", "barcode", "qr"),
    "name": ("name", "attendee name", "attendee_name"),
    "email": ("email", "e-mail", "mail", "attendee email", "attendee e-mail", "attendee_email"),
    "item": ("item", "product", "ticket", "ticket type", "category", "label"),
    "admits": ("admits", "people", "persons", "quantity"),
    "external_id": ("external_id", "reference", "id"),
}
"""What a CSV file's columns may be called, in any case; only the first is needed."""
_UNPAID = {"n": "not_paid", "e": "expired"}
_CANCELLED = "c"
_PARTING = ",;\t"


@dataclass(frozen=True)
class Said:
    """Hold what a file says of one ticket, as it is written."""

    line: int
    secret: Any
    name: Any = None
    email: Any = None
    item: Any = None
    admits: Any = None
    reference: Any = None
    locale: Any = None
    valid_from: Any = None
    valid_until: Any = None
    cancelled: bool = False
    refusal: str | None = None


def text_of(value: Any) -> str | None:
    """Take what a file says as one line of text; a number is text, anything else is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return visible(str(value)) or None


# --- CSV -------------------------------------------------------------------------------------------------------------


def of_csv(text: str) -> Iterator[Said]:
    """List the tickets of a CSV file; raise Invalid `tickets_no_secrets` or `tickets_unreadable`."""
    lines = io.StringIO(text, newline="")
    head = text.split("\n", 1)[0]
    reader = csv.reader(lines, delimiter=max(_PARTING, key=head.count), strict=True)
    try:
        heads = [visible(head).casefold() for head in next(reader, [])]
        # Of several that a column may be called by, the first one that is there.
        names = {
            name: heads.index(word) for name, known in COLUMNS.items() for word in reversed(known) if word in heads
        }
        if "secret" not in names:
            raise Invalid("tickets_no_secrets")
        begins = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                yield _of_row(begins, {name: row[place] for name, place in names.items() if place < len(row)})
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("tickets_unreadable") from error


def _of_row(line: int, row: Mapping[str, str]) -> Said:
    return Said(
        line,
        row.get("secret", ""),
        row.get("name"),
        row.get("email"),
        row.get("item"),
        row.get("admits"),
        row.get("external_id"),
    )


# --- JSON ------------------------------------------------------------------------------------------------------------


def of_json(text: str) -> Iterator[Said]:
    """List the tickets of a JSON file; raise Invalid `tickets_unreadable`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("tickets_unreadable") from error
    page = found if isinstance(found, dict) else {}
    event = page["event"] if isinstance(page.get("event"), dict) else {}
    listed = found if isinstance(found, list) else event.get("orders", page.get("orders", page.get("results")))
    if not isinstance(listed, list):
        raise Invalid("tickets_unreadable")
    known = event["items"] if isinstance(event.get("items"), list) else []
    items = {_key(item.get("id")): item for item in known if isinstance(item, dict)}
    for line, (order, position, is_first) in enumerate(_positions(listed), 1):
        yield _of_position(line, order, position, items, is_first)


def _positions(listed: Iterable[Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], bool]]:
    """List every position with its order, and whether it is its order's first."""
    for one in listed:
        if not isinstance(one, dict):
            yield {}, {}, False
        elif "positions" not in one:
            order = one.get("order")
            yield {"code": order} if not isinstance(order, dict) else order, one, False
        else:
            positions = one["positions"] if isinstance(one["positions"], list) else [None]
            for number, position in enumerate(positions):
                yield one, position if isinstance(position, dict) else {}, number == 0


def _of_position(
    line: int, order: Mapping[str, Any], position: Mapping[str, Any], items: Mapping[Any, Any], is_first: bool
) -> Said:
    item = items.get(_key(position.get("item")), {})
    number = text_of(position.get("positionid")) or text_of(position.get("id"))
    code = text_of(order.get("code"))
    status = order.get("status")
    is_cancelled = status == _CANCELLED or position.get("canceled") is True
    # Who ordered is written to about all of an order's tickets; a pass of their own is one of them only.
    email = position.get("attendee_email") or ((order.get("email") or order.get("user")) if is_first else None)
    return Said(
        line,
        position.get("secret"),
        name=position.get("attendee_name"),
        email=email,
        item=item.get("name") or position.get("item_name"),
        admits=position.get("admits"),
        reference=f"{code}-{number}" if code and number else None,
        locale=order.get("locale"),
        valid_from=position.get("valid_from"),
        valid_until=position.get("valid_until"),
        cancelled=is_cancelled,
        refusal=None if is_cancelled else _refusal(order, position, item, status),
    )


def _refusal(order: Mapping[str, Any], position: Mapping[str, Any], item: Mapping[str, Any], status: Any) -> str | None:
    """Say why a ticket does not admit anybody in its own system, where it does not."""
    if order.get("testmode") is True:
        return "for_testing"
    if isinstance(status, str) and status in _UNPAID:
        return None if order.get("valid_if_pending") is True else _UNPAID[status]
    if order.get("require_approval") is True:
        return "not_approved"
    if item.get("admission") is False:
        return "no_admission"
    return "blocked" if position.get("blocked") else None


def _key(value: Any) -> Any:
    return value if isinstance(value, int | str) else None
