"""What programs send and are answered about events and passes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from referral.api.documents import Amount, Document, FanIn, Line, Moment, Reference
from referral.api.replies import Reply
from referral.events.rules.hours import MOST_DAYS
from referral.events.rules.terms import EARLY_MINUTES, MOST_CAPACITY, MOST_PEOPLE

MOST_PLACES = 200
Kind = Literal["gate", "booth", "poster", "stage"]
Label = Annotated[Line, Field(description="What is printed beside the name, such as `Speaker`; at most 80 characters.")]


class DayIn(Document):
    """The opening hours of one day; a night that goes on past midnight is one day."""

    opens_at: Moment
    closes_at: Moment


class PlaceIn(Document):
    """A place at an event; all but gates get a link of their own, by which they tell people."""

    kind: Kind
    name: Line = Field(description="At most 120 characters.", examples=["North gate"])


class EventIn(Document):
    """An event to make."""

    campaign: Line = Field(description="The short name of its campaign.", examples=["night-fair"])
    slug: Line = Field(description="Its short name in addresses, of a-z, 0-9 and inner hyphens.", examples=["night"])
    name: Line = Field(description="At most 120 characters.")
    venue: Line | None = Field(default=None, description="Where it is; at most 200 characters.")
    timezone: Line = Field(description="Of the IANA database.", examples=["Asia/Jakarta"])
    capacity: int | None = Field(
        default=None, ge=1, le=MOST_CAPACITY, description="People who may be inside at once; more only makes a warning."
    )
    early_minutes: int = Field(
        default=60, ge=0, le=EARLY_MINUTES, description="So long before a day's opening its gates may let people in."
    )
    reentry: Literal["once", "daily", "free"] = Field(
        default="daily", description="How often a pass is an entry: once at the event, once a day, or always."
    )
    gives_passes: bool = Field(default=True, description="Whether everybody who joins the campaign has a pass at once.")
    cost: Amount | None = Field(default=None, description="What the event costs in all, in the campaign's currency.")
    days: list[DayIn] = Field(min_length=1, max_length=MOST_DAYS)
    places: list[PlaceIn] = Field(default=[], max_length=MOST_PLACES)


class PassIn(Document):
    """A pass to give out: to a fan, to a person who becomes one, or to nobody in particular."""

    fan: Line | None = Field(default=None, description="The fan's id, or the code of their link.")
    person: FanIn | None = None
    label: Label | None = None
    admits: int = Field(default=1, ge=1, le=MOST_PEOPLE, description="How many people may come in with it each time.")
    valid_from: Moment | None = None
    valid_until: Moment | None = Field(default=None, description="The first moment at which it is over.")
    external_id: Reference | None = None

    @model_validator(mode="after")
    def _names_one(self) -> PassIn:
        if self.fan is not None and self.person is not None:
            raise PydanticCustomError("holder_named_twice", "A pass is a fan's, or else a person's")
        return self


class RevokeIn(Document):
    """Why a pass lets nobody in any more."""

    reason: Line = Field(default="revoked", max_length=24, description="A word of your own, of 1 to 24 characters.")


class DayOut(Reply):
    """The opening hours of one day."""

    id: str
    opens_at: datetime
    closes_at: datetime


class PlaceOut(Reply):
    """A place at an event."""

    id: str
    kind: Kind
    name: str
    code: str | None = Field(description="The code of its link; null for a gate.")
    share_url: str | None = Field(description="Its link: who comes by it was told by this place.")
    is_closed: bool


class EventOut(Reply):
    """An event, with its days and places."""

    id: str
    slug: str
    campaign: str
    name: str
    venue: str | None
    timezone: str
    capacity: int | None
    early_minutes: int
    reentry: Literal["once", "daily", "free"]
    gives_passes: bool
    cost: str | None
    currency: str = Field(description="The campaign's.")
    is_closed: bool
    passes: int = Field(description="Passes that are not revoked.")
    days: list[DayOut]
    places: list[PlaceOut]


class PassOut(Reply):
    """A pass. Nothing in it is personal; but whoever has its code can come in with it."""

    id: str
    number: int = Field(description="Counts an event's passes from 1.")
    event: str
    fan: str | None
    label: str | None
    admits: int
    valid_from: datetime | None
    valid_until: datetime | None
    external_id: str | None
    code: str | None = Field(description="What a gate reads; null where its signing key is retired: reissue the pass.")
    short_code: str | None = Field(description="To type where nothing can be read; spaces and case do not matter.")
    url: str | None = Field(description="The visitor's own page of it; null for another system's ticket.")
    qr: str | None = Field(description="What its QR code holds.")
    created_at: datetime
    revoked_at: datetime | None
    revoked_reason: str | None
    replaced_by: str | None = Field(description="The pass that was given in its place.")
