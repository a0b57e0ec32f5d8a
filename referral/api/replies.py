"""What programs are answered: documents, from which the OpenAPI description is made."""

from __future__ import annotations

from datetime import datetime
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

    code: str = Field(description="The sale's attribution, or `refund` where credit is taken back.")
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
    introducer: str | None = Field(description="The fan whose word it was.")
    attribution: str = Field(
        description="`introduced`, `click` or `code` where somebody is credited; "
        "`own_link`, `brand_link` or `nobody_told` where nobody is."
    )


class SaleOut(SaleLineOut):
    """A recorded sale, with what it was credited."""

    credits: list[CreditOut]


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
