"""The table of fans."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class Fan(Owned, Model):
    """A person in a campaign: a node of the spread graph.

    The generation is fixed on arrival, as the first introduction is: 0 where nobody told them, else one more.
    """

    __tablename__ = "fan"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "person_id"], ["person.brand_id", "person.id"]),
        Index("uq_fan_person", "brand_id", "campaign_id", "person_id", unique=True),
        Index("ix_fan_joined", "brand_id", "campaign_id", "joined_at"),
        Index("ix_fan_by_person", "brand_id", "person_id"),
        CheckConstraint("generation >= 0", name="generation"),
    )

    campaign_id: Mapped[int]
    person_id: Mapped[int]
    generation: Mapped[int]
    shows_name: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str | None] = mapped_column(String(500))
    locale: Mapped[str] = mapped_column(String(12))
    joined_at: Mapped[datetime]
