"""Clicks from journals: more is known of each, their counts are kept, and PostgreSQL parts them by month.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = "0"
HOUR, DAY = 3_600_000, 86_400_000


def upgrade() -> None:
    """Give clicks their new table, fill the counts from those there are, and let campaigns say what they want."""
    # In SQL that both engines read: Alembic would make SQLite's table anew, and stories and fans stand on it.
    for column in (
        "utm_template VARCHAR(400)",
        "repeat_minutes BIGINT DEFAULT 60 NOT NULL "
        "CONSTRAINT ck_campaign_repeat CHECK (repeat_minutes between 0 and 1440)",
        f"click_cookie BOOLEAN DEFAULT {_false()} NOT NULL",
        "attribution VARCHAR(8) DEFAULT 'first' NOT NULL "
        "CONSTRAINT ck_campaign_attribution CHECK (attribution in ('first', 'last', 'split'))",
        "attribution_days BIGINT DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_campaign_attribution_days CHECK (attribution_days between 0 and 3650)",
    ):
        op.execute(f"ALTER TABLE campaign ADD COLUMN {column}")
    op.execute("CREATE TABLE click_before AS SELECT * FROM click")
    op.drop_table("click")
    op.create_table(
        "click",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("via", sa.String(length=3), nullable=False),
        sa.Column("device", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("referrer", sa.String(length=60), nullable=True),
        sa.Column("visitor", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.CheckConstraint(
            # Written so because SQLite looks a list up anew for each row, which takes longer than all else of it.
            "verdict = 'counted' or verdict = 'repeat' or verdict = 'bot' or verdict = 'prefetch' or verdict = 'head' "
            "or verdict = 'own' or verdict = 'staff' or verdict = 'flood'",
            name=op.f("ck_click_verdict"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_click")),
        sqlite_with_rowid=False,
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_click_campaign", "click", ["brand_id", "campaign_id", "id"])
    op.create_index("ix_click_link", "click", ["brand_id", "link_id", "id"])
    for name, when in (("click_hour", "hour"), ("click_day", "day")):
        op.create_table(
            name,
            sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("campaign_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("link_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column(when, sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("channel", sa.String(length=20), nullable=False),
            sa.Column("verdict", sa.String(length=8), nullable=False),
            sa.Column("clicks", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint(
                "brand_id", "campaign_id", "link_id", when, "channel", "verdict", name=op.f(f"pk_{name}")
            ),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "click_trait",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("link_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trait", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand_id", "campaign_id", "link_id", "trait", "value", "verdict", name=op.f("pk_click_trait")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "click_journal",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("drained_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_click_journal")),
    )
    op.create_table(
        "visitor_salt",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_visitor_salt")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # What is thrown away here is to be gone: the usual thresholds would leave a few dead rows for weeks.
        op.execute("ALTER TABLE visitor_salt SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)")
    _part_by_month()
    op.execute(
        "INSERT INTO click (brand_id, id, campaign_id, link_id, at, channel, via, device, visitor, verdict) "
        "SELECT brand_id, id, campaign_id, link_id, at, channel, "
        "CASE channel WHEN 'qr' THEN 'qr' ELSE 'tap' END, 'other', 0, verdict FROM click_before"
    )
    _count()
    op.drop_table("click_before")


def _count() -> None:
    """Count the visits there are, of each link and of each campaign; nothing more was known of them."""
    traits = (("via", "via"), ("device", "device"), ("language", "''"), ("country", "''"), ("referrer", "''"))
    tables = [("click_hour", f"at / {HOUR}, channel"), ("click_day", f"at / {DAY}, channel")]
    tables += [("click_trait", f"'{trait}', {value}") for trait, value in traits]
    for table, key in tables:
        for link in ("link_id", WHOLE):
            # One position for each column of the key, whose names SQLite and PostgreSQL understand differently here.
            op.execute(
                f"INSERT INTO {table} SELECT brand_id, campaign_id, {link}, {key}, verdict, count(*) FROM click "  # noqa: S608
                "GROUP BY 1, 2, 3, 4, 5, 6"
            )


def _false() -> str:
    return "false" if op.get_bind().dialect.name == "postgresql" else "0"


def _part_by_month() -> None:
    """Make PostgreSQL's partitions for the months of the clicks there are."""
    if op.get_bind().dialect.name != "postgresql":
        return
    first, last = op.get_bind().execute(sa.text("SELECT min(id) >> 22, max(id) >> 22 FROM click_before")).one()
    if first is None:
        return
    month = datetime.fromtimestamp(first / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month.timestamp() * 1000 <= last:
        following = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
        op.execute(
            f"CREATE TABLE click_y{month:%Y}m{month:%m} PARTITION OF click "
            f"FOR VALUES FROM ({int(month.timestamp()) * 1000 << 22}) TO ({int(following.timestamp()) * 1000 << 22})"
        )
        month = following


def downgrade() -> None:
    """Take it back: what only the new table knows is lost, and so are verdicts that the old one had no word for."""
    op.execute("CREATE TABLE click_after AS SELECT * FROM click")
    for name in ("visitor_salt", "click_journal", "click_trait", "click_day", "click_hour", "click"):
        op.drop_table(name)
    op.create_table(
        "click",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.CheckConstraint("verdict in ('counted', 'bot', 'prefetch', 'head', 'own')", name=op.f("ck_click_verdict")),
        sa.ForeignKeyConstraint(
            ["brand_id", "link_id"], ["link.brand_id", "link.id"], name=op.f("fk_click_brand_id_link_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_click")),
    )
    op.create_index("ix_click_campaign", "click", ["brand_id", "campaign_id", "verdict", "at"])
    op.create_index("ix_click_link", "click", ["brand_id", "link_id", "verdict"])
    op.execute(
        "INSERT INTO click SELECT brand_id, id, campaign_id, link_id, at, channel, "
        "CASE verdict WHEN 'staff' THEN 'own' ELSE verdict END FROM click_after "
        "WHERE verdict NOT IN ('repeat', 'flood')"
    )
    op.drop_table("click_after")
    for name in ("attribution_days", "attribution", "click_cookie", "repeat_minutes", "utm_template"):
        op.execute(f"ALTER TABLE campaign DROP COLUMN {name}")
