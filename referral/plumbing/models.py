"""Tables of the plumbing: what is still to leave the house, what was answered once, and the development mailbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned
from referral.plumbing.ids import new_id


class Outbox(Model):
    """Hold a message until it has left: written in the transaction that gave rise to it, sent at least once."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    brand_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))


class MailboxMessage(Model):
    """Keep a mail that no server was set up for, so that a developer can read it in the browser."""

    __tablename__ = "mailbox_message"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(400))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]


class IdempotentAnswer(Owned, Model):
    """Remember what a request with an Idempotency-Key was answered, for thirty days."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("uq_idempotent_answer_key", "brand_id", "key", unique=True),)

    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
