"""The spread in public: a campaign may let anybody see its picture, without names.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let campaigns say it; none does until somebody says so."""
    # In SQL that both engines read: Alembic would make SQLite's table anew, and stories and fans stand on it.
    false = "false" if op.get_bind().dialect.name == "postgresql" else "0"
    op.execute(f"ALTER TABLE campaign ADD COLUMN spread_is_public BOOLEAN DEFAULT {false} NOT NULL")


def downgrade() -> None:
    """Take it back."""
    op.execute("ALTER TABLE campaign DROP COLUMN spread_is_public")
