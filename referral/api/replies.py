"""What programs are answered: documents, from which the OpenAPI description is made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Plan = Annotated[str, Field(json_schema_extra={"enum": ["none", "percent", "fixed"]})]
Happened = Annotated[str, Field(json_schema_extra={"enum": ["sale", "refund"]})]


class Reply(BaseModel):
    """Say exactly what an answer holds."""

    model_config = ConfigDict(extra="forbid")


class StoryOut(Reply):
    """The story in one language."""

    locale: str
    title: str
    body: str
    share_text: str | None
    picture_url: str | None


class RewardPlanOut(Reply):
    """The terms promised now."""

    version: int = Field(description="Counts up with each change; a sale is credited by the terms of its time.")
    kind: Plan
    percent: str | None
    amount: str | None
    holding_days: int


class CampaignOut(Reply):
    """A campaign."""

    id: str
    slug: str
    name: str
    state: Literal["draft", "upcoming", "running", "over"]
    currency: str
    landing_url: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    utm_template: str | None = Field(description="What each click adds to the landing address's query.")
    repeat_minutes: int = Field(description="The same visitor on the same link counts once within so many minutes.")
    click_cookie: bool = Field(description="Whether a cookie may remember who told a visitor.")
    attribution: Literal["first", "last", "split"]
    attribution_days: int = Field(description="For how many days somebody's word counts; 0: without end.")
    published: bool
    story_url: str = Field(description="Our own page of the story.")
    story: StoryOut = Field(description="In the campaign's own language.")
    stories: list[StoryOut] = Field(description="In every language it is told in.")
    reward_plan: RewardPlanOut


class IntroducedBy(Reply):
    """The fan who told somebody first."""

    id: str
    code: str


class FanOut(Reply):
    """A fan, with the link that is theirs. Nothing in it is personal: this answer may be kept."""

    id: str
    code: str
    share_url: str = Field(description="Their link, to pass on.")
    qr_svg_url: str
    qr_png_url: str
    generation: int = Field(description="0 where nobody told them, else their introducer's + 1.")
    introduced_by: IntroducedBy | None
    channel: str | None
    joined_at: datetime


class PersonOut(FanOut):
    """A fan, with who they are to the brand."""

    name: str | None
    email: str | None
    phone: str | None
    external_id: str | None


class BalanceOut(Reply):
    """What a fan has in one currency."""

    currency: str
    ready: str = Field(description="May be paid out.")
    waiting: str = Field(description="Still within the holding days.")


class FanDetail(PersonOut):
    """A fan, with what came of them."""

    brought: int = Field(description="People they introduced themselves.")
    reached: int = Field(description="Everybody below them, over all generations.")
    clicks: int = Field(description="Visits to their links by people.")
    balance: list[BalanceOut]


class WhyOut(Reply):
    """Why a credit is what it is: by what evidence, on which sale and amount, under which terms."""

    code: str = Field(
        description="How it is known that the fan told the buyer: `introduced` (before this sale), `click`, `code`, "
        "`coupon` or `name`; or `refund` where credit is taken back."
    )
    parts: int | None = Field(description="So many parts of the reward are the fan's; null where credit is taken back.")
    whole: int | None = Field(description="Of so many parts in all: 1 where nobody else has any.")
    sale: str = Field(description="The shop's own reference of the sale.")
    base_amount: str = Field(description="What was paid, or refunded.")
    plan_version: int
    kind: Plan
    percent: str | None
    amount: str | None
    holding_days: int


class CreditOut(Reply):
    """What a sale gave a fan, or a refund took from them."""

    fan: str
    generation: int
    amount: str = Field(description="Below zero where a refund takes back.")
    currency: str
    status: Literal["waiting", "ready", "taken_back"]
    available_at: datetime = Field(description="From when on it may be paid out.")
    why: WhyOut


class ShareOut(Reply):
    """Whose word a sale was, wholly or in part."""

    fan: str
    parts: int
    whole: int = Field(description="All parts of the sale: 1 where it was one fan's word.")
    why: str = Field(
        description="How it is known: `introduced` (before this sale), `click`, `code`, `coupon` or `name`."
    )


class SaleLineOut(Reply):
    """A recorded sale, without its credits."""

    id: str
    external_id: str
    status: Literal["recorded", "partly_refunded", "refunded"]
    amount: str
    currency: str
    refunded: str
    at: datetime
    buyer: str | None = Field(description="The fan who bought; null where the shop named nobody.")
    introducer: str | None = Field(description="The fan whose word it was; of several, the one who told first.")
    attribution: str = Field(
        description="`introduced`, `click`, `code`, `coupon` or `name` where somebody is credited; "
        "`own_link`, `brand_link`, `window_over` or `nobody_told` where nobody is."
    )


class SaleOut(SaleLineOut):
    """A recorded sale, with whose word it was and what it was credited."""

    shares: list[ShareOut] = Field(description="Also where the terms give nothing; the earliest first.")
    credits: list[CreditOut]


class CouponOut(Reply):
    """A coupon, and the link that it stands for."""

    id: str
    code: str
    told_by: str = Field(description="The code of the link.")
    fan: str | None = Field(description="Whose link it is; null for one of the brand's own.")
    active: bool = Field(description="False where it is switched off: sales since then name it in vain.")
    created_at: datetime


class RefundOut(Reply):
    """A recorded refund, with what it took back."""

    id: str
    external_id: str
    sale: str
    amount: str
    currency: str
    at: datetime
    credits: list[CreditOut]


class EntryOut(CreditOut):
    """A line of a fan's account in the ledger."""

    id: str
    kind: Happened
    reference: str = Field(description="The shop's own reference of the sale or the refund.")
    at: datetime


class TotalOut(Reply):
    """What was credited in all in one currency, less what was taken back."""

    currency: str
    amount: str


class ClickOut(Reply):
    """A visit to a link; what is not known of it is null."""

    id: str = Field(description="What the landing page was handed as `tular_click`.")
    at: datetime
    link: str | None = Field(description="The code of the link.")
    channel: str
    via: Literal["qr", "tap"]
    device: Literal["phone", "tablet", "desktop", "other"]
    language: str | None = Field(description="The language that the browser asked for first, by its ISO 639 code.")
    country: str | None = Field(description="ISO 3166 code; null without a database of countries.")
    referrer: str | None = Field(description="The host that the visitor came from.")
    verdict: Literal["counted", "repeat", "bot", "prefetch", "head", "own", "staff", "flood"] = Field(
        description="Only `counted` visits are people's."
    )


class TallyOut(Reply):
    """How many visits were people's, and what the others were."""

    people: int = Field(description="Verdict `counted`: this is what counts.")
    repeats: int = Field(description="Verdict `repeat`.")
    robots: int = Field(description="Verdicts `bot`, `prefetch` and `head`.")
    own: int = Field(description="Verdicts `own` and `staff`.")
    flood: int = Field(description="Verdict `flood`.")


class ClickGroupOut(TallyOut):
    """The visits that are alike in something."""

    value: str | None = Field(description="What they have in common; null where it is not known.")


class ClickDayOut(TallyOut):
    """The visits of a day, in UTC."""

    day: date


class ClickCountsOut(TallyOut):
    """How many visits there were, by what is known of them."""

    by_channel: list[ClickGroupOut]
    by_via: list[ClickGroupOut]
    by_device: list[ClickGroupOut]
    by_language: list[ClickGroupOut]
    by_country: list[ClickGroupOut]
    by_day: list[ClickDayOut] = Field(description="Days without a visit are left out.")


class MistakeOut(Reply):
    """One field that is wrong."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """What did not work (RFC 9457). `code` is for programs, and stays; other members say more."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    errors: list[MistakeOut] | None = Field(default=None, description="For `document_invalid`: which fields.")
