"""What everything is compared with: a bare Flask route that inserts one row with Flask-SQLAlchemy.

SQLite is in the product's own mode (WAL, every commit on the disk), so that it is the work of the application that is
compared and not that of the disk.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Hold the one table."""


db = SQLAlchemy(model_class=Base)


class Row(Base):
    """Keep a name."""

    __tablename__ = "bare_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def create_app() -> Flask:
    """Make the bare application, on the database that BARE_DATABASE_URL names."""
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BARE_DATABASE_URL"]
    db.init_app(app)

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}

    @app.post("/row")
    def insert() -> ResponseReturnValue:
        row = Row(name=request.get_json()["name"])
        db.session.add(row)
        db.session.commit()
        return {"id": row.id}, 201

    return app


@event.listens_for(Engine, "connect")
def _as_the_product_does(connection: Any, record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=20000"):
            connection.execute(f"PRAGMA {pragma}")
