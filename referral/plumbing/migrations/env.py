"""How Alembic reaches the database: through the application, in one transaction, on both engines."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import BigInteger

from referral.plumbing.db import Moment, db

config = context.config


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column type as what the database keeps: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.BigInteger()"
    return False


def compare_type(ctx: Any, column: Any, ours: Any, inspected: Any, metadata: Any) -> bool | None:
    """Take a moment for the whole number that it is kept as."""
    return False if isinstance(metadata, Moment) and isinstance(inspected, BigInteger) else None


def run() -> None:
    """Run the migrations on the application's engine, or print their SQL."""
    options: dict[str, Any] = {
        "target_metadata": db.metadata,
        "render_as_batch": True,
        "render_item": render_item,
        "compare_type": compare_type,
    }
    if context.is_offline_mode():
        context.configure(url=current_app.config["SQLALCHEMY_DATABASE_URI"], literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    with db.engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()


run()
