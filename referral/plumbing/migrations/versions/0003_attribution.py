"""Attribution: a sale may be several people's, keeps what the shop saw of it, and coupons lead to links.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and fill them from the sales there are: each was one introducer's, or nobody's."""
    op.create_table(
        "coupon",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["campaign.brand_id", "campaign.id"],
            name=op.f("fk_coupon_brand_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "link_id"], ["link.brand_id", "link.id"], name=op.f("fk_coupon_brand_id_link_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupon")),
    )
    op.create_index("uq_coupon_code", "coupon", ["brand_id", "campaign_id", "code"], unique=True)
    op.create_index("ix_coupon_link", "coupon", ["brand_id", "link_id"])

    # In SQL that both engines read: Alembic would make SQLite's table anew, which its refunds stand on.
    op.execute(
        "ALTER TABLE sale ADD COLUMN evidence VARCHAR(8) "
        "CONSTRAINT ck_sale_evidence CHECK (evidence in ('click', 'code', 'coupon', 'name'))"
    )
    op.execute(
        "ALTER TABLE sale ADD COLUMN touched_at BIGINT "
        "CONSTRAINT ck_sale_touched CHECK ((evidence is null) = (touched_at is null))"
    )
    op.execute(
        "UPDATE sale SET evidence = CASE WHEN click_id IS NULL THEN 'code' ELSE 'click' END, touched_at = coalesce("
        "(SELECT click.at FROM click WHERE click.brand_id = sale.brand_id AND click.id = sale.click_id), at) "
        "WHERE link_id IS NOT NULL"
    )

    op.create_table(
        "sale_share",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.CheckConstraint("parts between 1 and whole", name=op.f("ck_sale_share_parts")),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_sale_share_brand_id_fan_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"], ["sale.brand_id", "sale.id"], name=op.f("fk_sale_share_brand_id_sale_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_sale_share")),
    )
    op.create_index("uq_sale_share_fan", "sale_share", ["brand_id", "sale_id", "fan_id"], unique=True)
    op.create_index("ix_sale_share_fan", "sale_share", ["brand_id", "fan_id", "sale_id"])
    op.execute(
        "INSERT INTO sale_share (brand_id, id, sale_id, fan_id, parts, whole, reason) "
        "SELECT brand_id, id, id, introducer_id, 1, 1, attribution FROM sale WHERE introducer_id IS NOT NULL"
    )


def downgrade() -> None:
    """Take it back: who else had a part in a sale is lost; their credit stays, for the ledger is never changed."""
    op.drop_table("sale_share")
    for name in ("touched_at", "evidence"):
        op.execute(f"ALTER TABLE sale DROP COLUMN {name}")
    op.drop_table("coupon")
