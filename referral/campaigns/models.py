"""Tables of campaigns, their stories and pictures, and the reward plans promised in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class Campaign(Owned, Model):
    """One story with its dates and landing page; its slug is unique in the installation, for /c/SLUG names no brand."""

    __tablename__ = "campaign"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id"], ["brand.id"]),
        CheckConstraint("ends_at is null or starts_at is null or ends_at > starts_at", name="dates"),
        CheckConstraint("repeat_minutes between 0 and 1440", name="repeat"),
        CheckConstraint("attribution in ('first', 'last', 'split')", name="attribution"),
        CheckConstraint("attribution_days between 0 and 3650", name="attribution_days"),
    )

    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    default_locale: Mapped[str] = mapped_column(String(12))
    landing_url: Mapped[str | None] = mapped_column(String(2000))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    ripening_days: Mapped[int] = mapped_column(default=7)
    utm_template: Mapped[str | None] = mapped_column(String(400))
    repeat_minutes: Mapped[int] = mapped_column(default=60, server_default=text("60"))
    click_cookie: Mapped[bool] = mapped_column(default=False, server_default=false())
    attribution: Mapped[str] = mapped_column(String(8), default="first", server_default="first")
    attribution_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    spread_is_public: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class Picture(Owned, Model):
    """A story's picture, made anew from what was uploaded, with a preview of 1200 by 630 for chat apps."""

    __tablename__ = "picture"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id"], ["brand.id"]),
        Index("uq_picture_sha256", "brand_id", "sha256", unique=True),
        Index("ix_picture_sha256", "sha256"),
    )

    sha256: Mapped[str] = mapped_column(String(64))
    jpeg: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    preview: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]


class Story(Owned, Model):
    """What is passed on, in one language."""

    __tablename__ = "story"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "picture_id"], ["picture.brand_id", "picture.id"]),
        Index("uq_story_locale", "brand_id", "campaign_id", "locale", unique=True),
    )

    campaign_id: Mapped[int]
    locale: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)
    share_text: Mapped[str | None] = mapped_column(String(500))
    picture_id: Mapped[int | None]
    picture_alt: Mapped[str | None] = mapped_column(String(300))
    updated_at: Mapped[datetime]


class RewardPlan(Owned, Model):
    """The terms of a campaign, versioned: a version never changes; sales are credited under the one then current."""

    __tablename__ = "reward_plan"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        Index("uq_reward_plan_version", "brand_id", "campaign_id", "version", unique=True),
        CheckConstraint("kind in ('none', 'percent', 'fixed')", name="kind"),
        CheckConstraint("basis_points between 0 and 10000", name="percent"),
        CheckConstraint("fixed_minor >= 0", name="fixed"),
        CheckConstraint("holding_days between 0 and 365", name="holding"),
    )

    campaign_id: Mapped[int]
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    basis_points: Mapped[int] = mapped_column(default=0)
    fixed_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3))
    holding_days: Mapped[int] = mapped_column(default=14)
    created_at: Mapped[datetime]
