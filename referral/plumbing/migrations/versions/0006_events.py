"""Events: days, places, passes and their keys, gate devices, the log of scans, and what follows from it.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.events import triggers

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of events."""
    op.create_table(
        "event",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("venue", sa.String(length=200), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("early_minutes", sa.BigInteger(), server_default=sa.text("60"), nullable=False),
        sa.Column("reentry", sa.String(length=8), server_default="daily", nullable=False),
        sa.Column("gives_passes", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("next_number", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wall_key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("reentry in ('once', 'daily', 'free')", name=op.f("ck_event_reentry")),
        sa.CheckConstraint("capacity is null or capacity > 0", name=op.f("ck_event_capacity")),
        sa.CheckConstraint("cost_minor is null or cost_minor >= 0", name=op.f("ck_event_cost")),
        sa.CheckConstraint("early_minutes between 0 and 720", name=op.f("ck_event_early")),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["campaign.brand_id", "campaign.id"],
            name=op.f("fk_event_brand_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_event")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_slug")),
        sa.UniqueConstraint("wall_key", name=op.f("uq_event_wall_key")),
    )
    op.create_index("ix_event_campaign", "event", ["brand_id", "campaign_id"])

    op.create_table(
        "event_day",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_event_day_hours")),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_event_day_brand_id_event_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_event_day")),
    )
    op.create_index("uq_event_day_opens", "event_day", ["brand_id", "event_id", "opens_at"], unique=True)

    op.create_table(
        "gate_device",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("pairing_hash", sa.String(length=64), nullable=True),
        sa.Column("pairing_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("paired_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=True),
        sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("unsent", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role in ('steward', 'supervisor', 'booth')", name=op.f("ck_gate_device_role")),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_gate_device_brand_id_event_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_gate_device")),
        sa.UniqueConstraint("pairing_hash", name=op.f("uq_gate_device_pairing_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_gate_device_token_hash")),
    )
    op.create_index("ix_gate_device_event", "gate_device", ["brand_id", "event_id"])

    op.create_table(
        "pass",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=True),
        sa.Column("label", sa.String(length=80), nullable=True),
        sa.Column("admits", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("foreign_code", sa.String(length=200), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=8), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_reason", sa.String(length=24), nullable=True),
        sa.Column("replaced_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("admits between 1 and 999", name=op.f("ck_pass_admits")),
        sa.CheckConstraint(
            "valid_until is null or valid_from is null or valid_until > valid_from", name=op.f("ck_pass_valid")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_pass_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_pass_brand_id_fan_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_pass")),
    )
    op.create_index("ix_pass_changed", "pass", ["brand_id", "event_id", "changed"])
    op.create_index("ix_pass_fan", "pass", ["brand_id", "fan_id"])
    op.create_index("uq_pass_code_hash", "pass", ["brand_id", "event_id", "code_hash"], unique=True)
    op.create_index("uq_pass_external_id", "pass", ["brand_id", "event_id", "external_id"], unique=True)
    op.create_index(
        "uq_pass_fan",
        "pass",
        ["brand_id", "event_id", "fan_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at is null and fan_id is not null"),
        postgresql_where=sa.text("revoked_at is null and fan_id is not null"),
    )
    op.create_index("uq_pass_number", "pass", ["brand_id", "event_id", "number"], unique=True)

    op.create_table(
        "pass_key",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_pass_key_brand_id_event_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_pass_key")),
    )
    op.create_index("uq_pass_key_number", "pass_key", ["brand_id", "event_id", "number"], unique=True)

    op.create_table(
        "wall_name",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_wall_name_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_wall_name_brand_id_fan_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "event_id", "fan_id", name=op.f("pk_wall_name")),
    )
    op.create_table(
        "admission",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pass_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("first_scan_id", sa.BigInteger(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("inside", sa.BigInteger(), nullable=False),
        sa.Column("greens", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_admission_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "pass_id"], ["pass.brand_id", "pass.id"], name=op.f("fk_admission_brand_id_pass_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "pass_id", "day_id", name=op.f("pk_admission")),
    )
    op.create_index("ix_admission_changed", "admission", ["brand_id", "event_id", "changed"])

    op.create_table(
        "arrival",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("pass_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sign", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=True),
        sa.Column("introducer_id", sa.BigInteger(), nullable=True),
        sa.Column("link_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("generation", sa.BigInteger(), nullable=True),
        sa.Column("scan_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("sign = 1 or sign = -1", name=op.f("ck_arrival_sign")),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_arrival_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "pass_id"], ["pass.brand_id", "pass.id"], name=op.f("fk_arrival_brand_id_pass_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_arrival")),
    )
    op.create_index("ix_arrival_event", "arrival", ["brand_id", "event_id", "id"])
    op.create_index("uq_arrival_number", "arrival", ["brand_id", "pass_id", "number"], unique=True)

    op.create_table(
        "door_conflict",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("pass_id", sa.BigInteger(), nullable=False),
        sa.Column("day_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("first_scan_id", sa.BigInteger(), nullable=True),
        sa.Column("second_scan_id", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_door_conflict_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "pass_id"], ["pass.brand_id", "pass.id"], name=op.f("fk_door_conflict_brand_id_pass_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_door_conflict")),
    )
    op.create_index("ix_door_conflict_event", "door_conflict", ["brand_id", "event_id", "id"])
    op.create_index("ix_door_conflict_pass", "door_conflict", ["brand_id", "pass_id"])
    op.create_index("uq_door_conflict_second", "door_conflict", ["brand_id", "second_scan_id"], unique=True)

    op.create_table(
        "place",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind in ('gate', 'booth', 'poster', 'stage')", name=op.f("ck_place_kind")),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_place_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "link_id"], ["link.brand_id", "link.id"], name=op.f("fk_place_brand_id_link_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_place")),
    )
    op.create_index("ix_place_event", "place", ["brand_id", "event_id"])
    op.create_index("ix_place_link", "place", ["brand_id", "link_id"])

    op.create_table(
        "arrival_credit",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrival_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("sign", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("depth >= 1", name=op.f("ck_arrival_credit_depth")),
        sa.CheckConstraint("sign = 1 or sign = -1", name=op.f("ck_arrival_credit_sign")),
        sa.ForeignKeyConstraint(
            ["brand_id", "arrival_id"],
            ["arrival.brand_id", "arrival.id"],
            name=op.f("fk_arrival_credit_brand_id_arrival_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_arrival_credit_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_arrival_credit_brand_id_fan_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "arrival_id", "fan_id", name=op.f("pk_arrival_credit")),
    )
    op.create_index("ix_arrival_credit_event", "arrival_credit", ["brand_id", "event_id"])
    op.create_index("ix_arrival_credit_fan", "arrival_credit", ["brand_id", "fan_id", "arrival_id"])

    op.create_table(
        "booth_lead",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("pass_id", sa.BigInteger(), nullable=False),
        sa.Column("consented_at", sa.BigInteger(), nullable=True),
        sa.Column("warmth", sa.String(length=4), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("warmth is null or warmth in ('cold', 'warm', 'hot')", name=op.f("ck_booth_lead_warmth")),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_booth_lead_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "pass_id"], ["pass.brand_id", "pass.id"], name=op.f("fk_booth_lead_brand_id_pass_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"], ["place.brand_id", "place.id"], name=op.f("fk_booth_lead_brand_id_place_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_booth_lead")),
    )
    op.create_index("ix_booth_lead_event", "booth_lead", ["brand_id", "event_id"])
    op.create_index("uq_booth_lead_pass", "booth_lead", ["brand_id", "place_id", "pass_id"], unique=True)

    op.create_table(
        "scan",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.BigInteger(), nullable=True),
        sa.Column("operator", sa.String(length=80), nullable=True),
        sa.Column("pass_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("people", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("said", sa.String(length=5), nullable=True),
        sa.Column("said_reason", sa.String(length=24), nullable=True),
        sa.Column("forced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("annuls", sa.String(length=36), nullable=True),
        sa.Column("device_at", sa.BigInteger(), nullable=True),
        sa.Column("offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind in ('entry', 'exit', 'visit', 'annul')", name=op.f("ck_scan_kind")),
        sa.CheckConstraint("people between 1 and 999", name=op.f("ck_scan_people")),
        sa.ForeignKeyConstraint(
            ["brand_id", "device_id"],
            ["gate_device.brand_id", "gate_device.id"],
            name=op.f("fk_scan_brand_id_device_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"], ["event.brand_id", "event.id"], name=op.f("fk_scan_brand_id_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "pass_id"], ["pass.brand_id", "pass.id"], name=op.f("fk_scan_brand_id_pass_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"], ["place.brand_id", "place.id"], name=op.f("fk_scan_brand_id_place_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_scan")),
    )
    op.create_index("ix_scan_event", "scan", ["brand_id", "event_id", "id"])
    op.create_index("ix_scan_pass", "scan", ["brand_id", "pass_id"])
    op.create_index("ix_scan_place", "scan", ["brand_id", "place_id", "id"])
    op.create_index("uq_scan_nonce", "scan", ["brand_id", "nonce"], unique=True)
    op.create_index(
        "ix_scan_annuls",
        "scan",
        ["brand_id", "annuls"],
        unique=False,
        sqlite_where=sa.text("annuls is not null"),
        postgresql_where=sa.text("annuls is not null"),
    )

    for statement in triggers.make(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for statement in triggers.drop(op.get_bind().dialect.name):
        op.execute(statement)
    for table in (
        "scan",
        "booth_lead",
        "arrival_credit",
        "place",
        "door_conflict",
        "arrival",
        "admission",
        "wall_name",
        "pass_key",
        "pass",
        "gate_device",
        "event_day",
        "event",
    ):
        op.drop_table(table)
