"""Links that are switched off are found without reading all links: the click path asks each second.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the few that are."""
    off = sa.text("disabled_at is not null")
    op.create_index("ix_link_disabled", "link", ["code"], sqlite_where=off, postgresql_where=off)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_link_disabled", table_name="link")
