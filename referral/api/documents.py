"""What programs send: strict documents, from which the OpenAPI description is made."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from referral.links.rules import CHANNEL_NAMES

AMOUNT_PATTERN = r"^[0-9]{1,16}(\.[0-9]{1,8})?$"
UTM_PATTERN = (
    r"^[?&]*([A-Za-z0-9_.-]+=([A-Za-z0-9._~+-]|%[0-9A-Fa-f]{2}|\{(channel|code|campaign)\})+"
    r"(&[A-Za-z0-9_.-]+=([A-Za-z0-9._~+-]|%[0-9A-Fa-f]{2}|\{(channel|code|campaign)\})+)*)?$"
)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.ASCII)


def _whole(text: str) -> str:
    """Refuse NUL, which PostgreSQL keeps in no text."""
    if "\0" in text:
        raise PydanticCustomError("nul_character", "Texts hold no NUL character")
    return text


def _written(value: object) -> object:
    """Refuse a moment that is not written as a date and a time: digits alone would be read as seconds since 1970."""
    if value is not None and not (isinstance(value, str) and _DATE_TIME.match(value)):
        raise PydanticCustomError("moment_malformed", "A moment is written like 2026-05-01T12:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError("moment_out_of_range", "A moment lies between the years 1 and 9999") from error


def _no_number(value: object) -> object:
    """Refuse an amount that is a number: programs read those as binary fractions, and lose cents."""
    if isinstance(value, int | float):
        raise PydanticCustomError("amount_not_text", 'An amount is a text such as "150000.00", never a number')
    return value


Line = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_whole)]
Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_whole)]
# A person's name is cleaned and not refused: nobody is turned away for what their keyboard wrote.
Name = Annotated[str, StringConstraints(max_length=4_000), Field(examples=["Siti Rahma"])]
Reference = Annotated[
    Line, Field(description="The shop's own reference: 1 to 120 visible characters.", examples=["order-2026-0001"])
]
Amount = Annotated[
    str,
    StringConstraints(max_length=40),
    BeforeValidator(_no_number),
    Field(
        description="A decimal text in major units, such as `150000.00`; never a number.",
        examples=["150000.00"],
        json_schema_extra={"pattern": AMOUNT_PATTERN},
    ),
]
Percent = Annotated[
    str,
    StringConstraints(max_length=20),
    BeforeValidator(_no_number),
    Field(
        description="Above 0 and at most 100, with at most two decimals.",
        examples=["7.5"],
        json_schema_extra={"pattern": r"^[0-9]{1,3}(\.[0-9]{1,2})?$"},
    ),
]
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217 code.", examples=["IDR"])
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written),
    AfterValidator(_in_utc),
    Field(strict=False, description="RFC 3339, with a time zone.", examples=["2026-05-01T12:00:00Z"]),
]
Locale = Literal["en", "id", "pl", "zh_Hans"]
Channel = Annotated[
    Line,
    Field(
        description="How the word was passed on; the link's own, or `copy`, where it is left out.",
        examples=["whatsapp"],
        json_schema_extra={"enum": list(CHANNEL_NAMES)},
    ),
]
Code = Annotated[Line, Field(description="The code of a link, in any case.", examples=["K7M2Q9XD"])]
ClickId = Annotated[Line, Field(description="The `tular_click` that the redirect handed to the landing page.")]
Coupon = Annotated[
    Line,
    Field(
        description="A word of the shop's own, of A-Z, 0-9 and inner hyphens, at most 40, in any case.",
        examples=["AYU-10"],
        json_schema_extra={"pattern": r"^ *[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])? *$"},
    ),
]
Utm = Annotated[
    str,
    StringConstraints(max_length=4_000),
    Field(
        description="What each click adds to the landing address's query, at most 400 characters; the placeholders "
        "`{channel}`, `{code}` and `{campaign}` are filled in. Null: nothing.",
        examples=["utm_source=tular&utm_medium={channel}&utm_campaign={campaign}"],
        json_schema_extra={"pattern": UTM_PATTERN},
    ),
]
RepeatMinutes = Annotated[
    int,
    Field(ge=0, le=1_440, description="The same visitor on the same link counts once within so many minutes."),
]
ClickCookie = Annotated[bool, Field(description="Whether a cookie may remember in a visitor's browser who told them.")]
Attribution = Annotated[
    Literal["first", "last", "split"], Field(description="Who is credited where several people told a buyer.")
]
AttributionDays = Annotated[
    int, Field(ge=0, le=3_650, description="For how many days somebody's word counts; 0: without end.")
]
Email = Annotated[Line, Field(examples=["siti@people.example"])]
Phone = Annotated[
    Line,
    Field(
        description="With the country code, or as it is dialled in the country of the locale.",
        examples=["+62 812 3456 7890"],
    ),
]


class Document(BaseModel):
    """Refuse what is not asked for, and take no number for a text."""

    model_config = ConfigDict(strict=True, extra="forbid")


class StoryIn(Document):
    """The story in one language."""

    title: Line = Field(description="At most 160 characters.")
    body: Text = Field(description="At most 20,000 characters.")
    locale: Locale
    share_text: Line | None = Field(default=None, description="What share buttons propose; at most 500 characters.")


class RewardPlanIn(Document):
    """What a direct introducer earns on a sale: `percent` of it, a `fixed` amount, or `none`."""

    kind: Literal["none", "percent", "fixed"]
    percent: Percent | None = Field(default=None, description="For kind `percent`: such as `5` or `7.5`.")
    amount: Amount | None = Field(default=None, description="For kind `fixed`: in the campaign's currency.")
    holding_days: int = Field(
        default=14, ge=0, le=365, description="Days after a sale until credit may be paid out; 14 where it is left out."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> RewardPlanIn:
        given = {name for name in ("percent", "amount") if getattr(self, name) is not None}
        wanted = {"none": set[str](), "percent": {"percent"}, "fixed": {"amount"}}[self.kind]
        if given != wanted:
            raise PydanticCustomError(
                "reward_plan_mixed", "Kind percent takes percent, kind fixed takes amount, kind none takes neither"
            )
        return self


class CampaignIn(Document):
    """A campaign to make."""

    slug: Line = Field(
        description="Its short name in addresses: a-z, 0-9 and inner hyphens, at most 60.", examples=["night-fair"]
    )
    name: Line = Field(description="At most 120 characters.")
    currency: Currency | None = Field(default=None, description="ISO 4217 code; the brand's own where it is left out.")
    story: StoryIn
    landing_url: Line | None = Field(
        default=None, description="Where links lead, http or https; null: our own story page."
    )
    starts_at: Moment | None = Field(default=None, description="From when on it is open; at once where it is left out.")
    ends_at: Moment | None = Field(default=None, description="The first moment at which it is over.")
    utm_template: Utm | None = None
    repeat_minutes: RepeatMinutes = 60
    click_cookie: ClickCookie = False
    attribution: Attribution = "first"
    attribution_days: AttributionDays = 0
    reward_plan: RewardPlanIn | None = None
    published: bool = Field(default=True, description="True where it is left out; false keeps it a draft.")


class CampaignChange(Document):
    """What to change of a campaign; what is left out stays. Null empties an address or a date."""

    name: Line | None = None
    story: StoryIn | None = Field(default=None, description="Told anew in its language; other languages stay.")
    landing_url: Line | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    utm_template: Utm | None = None
    repeat_minutes: RepeatMinutes | None = None
    click_cookie: ClickCookie | None = None
    attribution: Attribution | None = None
    attribution_days: AttributionDays | None = None
    reward_plan: RewardPlanIn | None = None
    published: bool | None = None


class FanIn(Document):
    """Somebody who comes: at least one of email, phone and external_id."""

    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    external_id: Reference | None = None
    told_by: Code | None = None
    click_id: ClickId | None = None
    channel: Channel | None = None
    at: Moment | None = Field(default=None, description="When they came; now where it is left out.")
    locale: Locale | None = None


class BuyerIn(Document):
    """Who bought: a fan's id or code, or else at least one of email, phone and external_id."""

    id: Line | None = None
    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    external_id: Reference | None = None

    @model_validator(mode="after")
    def _names_one(self) -> BuyerIn:
        if self.id is not None and any((self.name, self.email, self.phone, self.external_id)):
            raise PydanticCustomError("buyer_named_twice", "A buyer is named by id, or else by a contact")
        return self


class SaleIn(Document):
    """A sale, known for ever by the shop's own reference."""

    external_id: Reference
    amount: Amount
    currency: Currency
    buyer: BuyerIn | None = None
    click_id: ClickId | None = None
    code: Code | None = None
    coupon: Coupon | None = None
    told_by_name: Name | None = Field(
        default=None,
        description="The name that the buyer spoke, of one fan of the campaign, in any case. Where several ways tell "
        "who told them, all must be right: a click says more than a code, then a coupon, then a name.",
    )
    at: Moment | None = Field(default=None, description="When it was paid; now where it is left out.")


class CouponIn(Document):
    """A coupon that stands for a link: whoever buys with it was told by the link's owner."""

    code: Coupon
    told_by: Code


class RefundIn(Document):
    """Money of a sale that went back, known by the shop's own reference."""

    external_id: Reference
    amount: Amount
    at: Moment | None = Field(default=None, description="When it went back; now where it is left out.")


def mistakes(errors: list[Any]) -> list[dict[str, str]]:
    """Say which fields are wrong and why, without repeating what was in them."""
    return [
        {"field": ".".join(str(step)[:60] for step in one["loc"]), "code": one["type"], "message": one["msg"]}
        for one in errors[:20]
    ]
