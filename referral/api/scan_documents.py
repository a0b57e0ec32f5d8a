"""What programs send and are answered about scans."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue

from referral.api.documents import Document, Line, Moment
from referral.api.replies import Reply
from referral.events.rules.records import MOST_PEOPLE
from referral.events.scanning import MOST

Uuid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"),
    Field(examples=["0b6a0f0e-6f2a-4f7e-9c64-0d5f2b1c7a11"]),
]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{13}$")]


class ScanIn(Document):
    """One scan. It names a pass by the code as it was read, or by its id; an annul names another scan."""

    id: Uuid = Field(description="Made by whoever scans, once for each scan: the same id again is the same scan.")
    kind: Literal["entry", "exit", "visit", "annul"] = Field(
        default="entry", description="A `visit` is one of a booth or a stage; an `annul` takes another scan back."
    )
    code: Line | None = Field(
        default=None,
        description="The code as it was read: a pass's address, its token, its short code, or another system's ticket.",
    )
    gate_pass: Id | None = Field(default=None, alias="pass", description="The pass's id, where it is known.")
    place: Id | None = Field(default=None, description="The place's id: a gate; for a `visit`, another place.")
    people: int = Field(default=1, ge=1, le=MOST_PEOPLE, description="How many people of a group.")
    at: Moment | None = Field(default=None, description="When it was scanned; now where it is left out.")
    offset: int | None = Field(default=None, description="Milliseconds by which the scanner's clock is behind ours.")
    counter: int | None = Field(default=None, ge=0, description="Counts up with each scan of a scanner.")
    said: Literal["in", "again", "no"] | None = Field(
        default=None, description="What the scanner showed by itself; left out where it waits for the verdict."
    )
    reason: Line | None = Field(default=None, description="Why it showed that.")
    forced: bool = Field(default=False, description="Let them in whatever the pass says: somebody decided so.")
    annuls: Uuid | None = Field(default=None, description="For kind `annul`: the id of the scan to take back.")
    operator: Line | None = Field(default=None, description="Who scanned.")


class _Scan:
    """Describe a scan, and take anything for one: what is none is answered so, and the others are taken."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe it."""
        return {"anyOf": [handler(ScanIn.__pydantic_core_schema__), {}]}


class ScansIn(Document):
    """Scans of one event, in any order."""

    scans: list[Annotated[Any, _Scan()]] = Field(
        min_length=1,
        description=f"At most {MOST}; more are refused whole.",
        json_schema_extra={"maxItems": MOST},
    )


class FirstOut(Reply):
    """The entry that stands in the way."""

    at: datetime
    place: str | None


class VerdictOut(Reply):
    """What became of one scan."""

    id: str
    verdict: Literal["applied", "already_in", "refused"]
    reason: str | None = Field(
        description="Why not: `already_in`, `no_room`, `unknown`, `forged`, `old_key`, `revoked`, `expired`, "
        "`not_yet`, `closed`, `other_event`, `other_brand`, `not_ours`, `a_place`, `wrong_place`, `as_said`, "
        "`annulled`, `too_late`, `not_found`, `nonce_reused`, `malformed`."
    )
    repeat: bool = Field(description="The id was known: this is what was answered the first time.")
    would: bool = Field(description="It would have counted, had the scanner not said no.")
    skewed: bool = Field(description="The scanner's clock is off by more than five minutes.")
    conflict: bool = Field(description="It was shown green, though it does not count: the gate's lead is told.")
    first: FirstOut | None
    gate_pass: str | None = Field(alias="pass", description="The pass's id.")
    number: int | None = Field(description="The pass's number at the event.")


class ScansOut(Reply):
    """A verdict for each scan, in the order in which they were sent."""

    data: list[VerdictOut]
