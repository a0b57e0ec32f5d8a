"""What a gate's app asks: to be paired, whether we are there, what is new, and to take what it scanned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeGuard

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from referral.errors import Invalid, NotFound, Refusal, TooMany
from referral.events import conflicts, leads, pairing, queries, scanning, search, snapshot
from referral.events.rules.leads import leads_csv
from referral.events.rules.pairing import may_be_at, read_places
from referral.events.rules.rights import Right
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import confine
from referral.web import gate_shapes as shapes
from referral.web.access import open_to_all
from referral.web.assets import csrf
from referral.web.gate_access import allow_device, offset_of
from referral.web.limits import PAIR, limiter

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from referral.events.models import Event, GateDevice, Pass, Place, Scan

pages = Blueprint("gate_calls", __name__, url_prefix="/g/api")
csrf.exempt(pages)  # a device's secret takes the place of a form's token, and no browser sends it by itself

LARGEST = 4 * 1024 * 1024  # bytes: eight thousand for each of 500 scans
SMALL = 64 * 1024
MOST_CONFLICTS = 200
BYTES = "application/octet-stream"


@pages.post("/pair")
@open_to_all
@limiter.limit(PAIR)
def pair() -> ResponseReturnValue:
    """Make a phone the device that its code was made for, and tell it all that it needs."""
    said = _said(SMALL)
    paired = pairing.pair(_text(said, "token"), _text(said, "name"))
    confine(paired.device.brand_id)
    told = shapes.hello(paired.device, paired.event, current_app.config["PUBLIC_URL"])
    return _json({"secret": paired.secret, **told}, 201)


@pages.get("/ping")
@open_to_all
def ping() -> ResponseReturnValue:
    """Say that we are there, and what time it is; asked so often that the database is left out of it."""
    return Response(status=204, headers={"X-Now": str(milliseconds(now()))})


@pages.get("/hello")
@allow_device()
def hello(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Tell a device its event, days, places and keys, and how the door stands."""
    return _json(shapes.hello(device, event, current_app.config["PUBLIC_URL"]))


@pages.get("/list")
@allow_device()
def passes(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Give what is new of the list of passes, as TGL1; nothing where nothing is."""
    sent = snapshot.gate_list(event, _since(), gzipped=request.accept_encodings.quality("gzip") > 0)
    if sent is None:
        return Response(status=204)
    answer = Response(sent.body, mimetype=BYTES)
    answer.vary.add("Accept-Encoding")
    if sent.encoding is not None:
        answer.headers["Content-Encoding"] = sent.encoding
    return answer


@pages.get("/names")
@allow_device()
def names(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Give what is new of names, each sealed with the code on its pass, as TGN1; nothing where nothing is."""
    found = snapshot.gate_names(event, _since())
    return Response(status=204) if found is None else Response(found, mimetype=BYTES)


@pages.post("/scans")
@allow_device(also_revoked=True)
def scans(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Take what a device scanned, up to 500 at once, and answer each; a revoked one may still hand over what it holds.

    Raises:
        TooMany: `too_many_scans`, with the limit; nothing of them is taken.
    """
    said = _said_of_scans()
    sent = said.get("scans")
    if not isinstance(sent, list) or not sent:
        raise Invalid("document_invalid", field="scans")
    moment = now()
    answers = scanning.take_all(event, sent, device=device, received_at=moment)
    if len(sent) > 1 or device.revoked_at is not None:
        _note_seen(device, said, len(sent))
    told: dict[str, Any] = {"now": milliseconds(moment), "data": [shapes.answer(one) for one in answers]}
    if device.revoked_at is not None:
        told["revoked"] = True
    return _json(told)


@pages.get("/search")
@allow_device(Right.SEARCH)
def search_names(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Find by name who came without a pass: twenty at most, by four letters at least."""
    return _json({"data": [shapes.found(one) for one in search.by_name(event, request.args.get("q", ""), now())]})


@pages.get("/conflicts")
@allow_device(Right.CONFLICTS)
def unsettled(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Show what two gates could not know of each other, until somebody settles it."""
    return _json({"data": shapes.contradictions(event, conflicts.unsettled(event, MOST_CONFLICTS))})


@pages.post("/conflicts/<conflict>/settle")
@allow_device(Right.CONFLICTS)
def settle(device: GateDevice, event: Event, conflict: str) -> ResponseReturnValue:
    """Note that a gate lead looked at a conflict; it stays in the history."""
    found = conflicts.by_id(event, _id(conflict, "conflict_unknown"))
    conflicts.settle(found, device.name)
    return _json({"id": ids.show(found.id), "settled": milliseconds(found.settled_at or now())})


@pages.get("/leads")
@allow_device(Right.LEADS)
def met(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Show a booth whom it met."""
    return _json({"data": [shapes.lead(one) for one in leads.listed(event, _asked_places(device, event))]})


@pages.get("/leads.csv")
@allow_device(Right.LEADS)
def met_csv(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Give a booth whom it met as CSV."""
    return Response(
        leads_csv(leads.listed(event, _asked_places(device, event))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{event.slug}-leads.csv"'},
    )


@pages.post("/leads")
@allow_device(Right.LEADS)
def meet(device: GateDevice, event: Event) -> ResponseReturnValue:
    """Write down that a booth met a visitor: 201 the first time, 200 for what it learned of them since."""
    said = _said(SMALL)
    place = _place(device, event, _text(said, "place"))
    scan, gate_pass = _met(event, place, said)
    consent = said.get("consent")
    if consent is not None and not isinstance(consent, bool):
        raise Invalid("document_invalid", field="consent")
    _row, is_new = leads.meet(
        event,
        place,
        gate_pass,
        consent=consent,
        warmth=_text(said, "warmth", None),
        note=_text(said, "note", None),
        by=_text(said, "operator", None) or device.name,
        scan=scan,
    )
    [told] = [one for one in leads.listed(event, [place.id]) if one.pass_id == gate_pass.id]
    return _json(shapes.lead(told), 201 if is_new else 200)


def _met(event: Event, place: Place, said: dict[str, Any]) -> tuple[Scan | None, Pass]:
    """Give the pass that a booth speaks of: by a reading of its own, or by a code."""
    nonce = _text(said, "scan", None)
    if nonce is None:
        return None, leads.spoken_of(event, _text(said, "code"), current_app.config["PUBLIC_URL"])
    scan, gate_pass = leads.scanned(event, nonce.lower())
    if scan.place_id != place.id:
        raise NotFound("scan_unknown")
    return scan, gate_pass


def _asked_places(device: GateDevice, event: Event) -> list[int] | None:
    """Give the places of which a booth may read the visitors: the one it asks for, or all of its own."""
    asked = request.args.get("place")
    if asked:
        return [_place(device, event, asked).id]
    return sorted(read_places(device.places)) or None


def _since() -> int:
    """Read from where on news is asked for; anything that is no cursor asks for all."""
    text = request.args.get("since", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 0
    return number if number < 1 << 64 else 0


def _place(device: GateDevice, event: Event, text: str) -> Place:
    """Give a place where a device may be; raise NotFound `place_unknown`, also where it may not."""
    place = queries.place(event, _id(text, "place_unknown"))
    if not may_be_at(device.places, place.id):
        raise NotFound("place_unknown")
    return place


def _id(text: str, unknown: str) -> int:
    number = ids.read(text)
    if number is None:
        raise NotFound(unknown)
    return number


def _note_seen(device: GateDevice, said: dict[str, Any], sent: int) -> None:
    """Write down what a device says of itself beside a queue of scans; what it has to send includes what it sends.

    One scan by itself is not kept waiting for that: whoever scans now asks for the list every three seconds, too.
    """
    clock, unsent = said.get("clock"), said.get("unsent")
    pairing.note_seen(
        device,
        unsent=unsent - sent if _is_number(unsent) else None,
        offset_ms=offset_of(clock) if _is_number(clock) else None,
    )


def _said_of_scans() -> dict[str, Any]:
    """Read a batch of scans; what is too large to be read is more than may be sent at once, too."""
    try:
        return _said(LARGEST)
    except RequestEntityTooLarge as error:
        raise TooMany("too_many_scans", limit=scanning.MOST, bytes=LARGEST) from error


def _said(largest: int) -> dict[str, Any]:
    """Read the document that was sent.

    Raises:
        UnsupportedMediaType: it is called something else than JSON.
        Refusal: `json_malformed`.
        Invalid: `document_invalid`, for anything but an object.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    request.max_content_length = largest
    try:
        said = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or brackets without end
        raise Refusal("json_malformed") from error
    if not isinstance(said, dict):
        raise Invalid("document_invalid")
    return said


def _text(said: dict[str, Any], name: str, missing: Any = ...) -> Any:
    """Read a text of a document; raise Invalid `document_invalid` where it is none, and `missing` says nothing else."""
    value = said.get(name)
    if value is None and missing is not ...:
        return missing
    if not isinstance(value, str) or len(value) > 4_000 or "\0" in value or not _is_unicode(value):
        raise Invalid("document_invalid", field=name)
    return value


def _is_number(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number that a clock or a count can show."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53


def _is_unicode(text: str) -> bool:
    """Tell whether a text can be written down: JSON can hold halves of signs, which no database keeps."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json(document: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json")
