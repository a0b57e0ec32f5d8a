"""Files of an event: its scans and its passes as CSV, written piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app
from flask.typing import ResponseReturnValue

from referral.brands.rules import Permission
from referral.events import desk, queries, written
from referral.plumbing import ids
from referral.plumbing.db import of_brand
from referral.plumbing.spreadsheets import to_csv
from referral.plumbing.transaction import in_reading
from referral.web.access import allow, may_here

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.desk import ScanRow
    from referral.events.models import Pass
    from referral.events.written import Pen
    from referral.people.models import Person

pages = Blueprint("event_exports", __name__)
CHUNK = 2_000
Piece = Callable[[int], tuple[str, int | None]]
"""Give the lines after an id or a number, and after which one to go on."""

SCANS = (
    "id",
    "scan",
    "at",
    "received_at",
    "kind",
    "pass",
    "place",
    "device",
    "operator",
    "people",
    "verdict",
    "reason",
    "said",
    "forced",
    "annuls",
    "code",
)
PASSES = (
    "number",
    "short_code",
    "code",
    "name",
    "label",
    "admits",
    "valid_from",
    "valid_until",
    "external_id",
    "created_at",
    "revoked_at",
    "reason",
    "first_in_at",
    "days",
)


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/scans.csv")
@allow(Permission.MANAGE_EVENTS)
def scans(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give the whole log of scans as CSV, in the order in which they came in."""
    found = queries.in_campaign(campaign, event)
    brand_id, event_id = found.brand_id, found.id

    def piece(after: int) -> tuple[str, int | None]:
        rows = desk.scans(queries.by_id(brand_id, event_id), after, CHUNK)
        return to_csv(_scan(row) for row in rows), rows[-1].scan.id if len(rows) == CHUNK else None

    return _file(f"{found.slug}-scans", brand_id, SCANS, piece)


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/passes.csv")
@allow(Permission.MANAGE_EVENTS)
def passes(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give all passes as CSV, by number, with what opens the door; who they are for stands there for who may see it."""
    found = queries.in_campaign(campaign, event)
    brand_id, event_id = found.brand_id, found.id
    with_names = may_here(Permission.SEE_PEOPLE)

    def piece(after: int) -> tuple[str, int | None]:
        here = queries.by_id(brand_id, event_id)
        rows = desk.passes(here, after, CHUNK)
        came = desk.arrivals(here, [one.id for one, _ in rows])
        pen = written.pen(here)
        lines = (_pass(one, person if with_names else None, came.get(one.id), pen) for one, person in rows)
        return to_csv(lines), rows[-1][0].number if len(rows) == CHUNK else None

    return _file(f"{found.slug}-passes", brand_id, PASSES, piece)


def _file(name: str, brand_id: int, columns: Sequence[str], piece: Piece) -> Response:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return Response(
        _pieces(app, brand_id, columns, piece),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _pieces(app: Flask, brand_id: int, columns: Sequence[str], piece: Piece) -> Iterator[str]:
    """Write a file piece by piece, each read in a transaction of its own: the request's ended before the first one."""
    yield ",".join(columns) + "\r\n"
    last: int | None = 0
    while last is not None:
        after = last
        with app.app_context(), of_brand(brand_id):
            text, last = in_reading(lambda: piece(after))  # noqa: B023 - is called before the loop goes on
        yield text


def _scan(row: ScanRow) -> tuple[str | None, ...]:
    scan = row.scan
    return (
        ids.show(scan.id),
        scan.nonce,
        _iso(scan.at),
        _iso(scan.received_at),
        scan.kind,
        None if row.number is None else str(row.number),
        row.place,
        row.device,
        scan.operator,
        str(scan.people),
        scan.verdict,
        scan.reason,
        scan.said,
        "yes" if scan.forced else "",
        scan.annuls,
        scan.code,
    )


def _pass(one: Pass, person: Person | None, came: desk.Came | None, pen: Pen) -> tuple[str | None, ...]:
    return (
        str(one.number),
        pen.short(one),
        pen.code(one),
        person.name if person is not None else None,
        one.label,
        str(one.admits),
        _iso(one.valid_from),
        _iso(one.valid_until),
        one.external_id,
        _iso(one.created_at),
        _iso(one.revoked_at),
        one.revoked_reason,
        _iso(came.first_at) if came is not None else None,
        str(came.days) if came is not None else "0",
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
