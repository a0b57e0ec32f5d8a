"""What the gate is compared with: the obvious handler of a scan, with Flask-SQLAlchemy, which reads and then writes.

It finds the pass by its code, looks whether it came in already, writes a row, and answers. It knows no device, no key,
no clock, no batch and no repeat; two that scan the same pass at once may both be let in.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import insert, select
from sqlalchemy.orm import Mapped, mapped_column

from bench.bare import Base, db


class Ticket(Base):
    """Keep a code."""

    __tablename__ = "naive_ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)


class CheckIn(Base):
    """Keep that somebody came in."""

    __tablename__ = "naive_check_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(index=True)
    at: Mapped[datetime]


def create_app() -> Flask:
    """Make the application, on the database that BARE_DATABASE_URL names."""
    app = Flask("naive_gate")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BARE_DATABASE_URL"]
    db.init_app(app)

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}

    @app.post("/scan")
    def scan() -> ResponseReturnValue:
        ticket = db.session.scalar(select(Ticket).where(Ticket.code == request.get_json()["code"]))
        if ticket is None:
            return {"verdict": "refused"}
        if db.session.scalar(select(CheckIn).where(CheckIn.ticket_id == ticket.id)) is not None:
            return {"verdict": "already_in"}
        db.session.add(CheckIn(ticket_id=ticket.id, at=datetime.now(UTC).replace(tzinfo=None)))
        db.session.commit()
        return {"verdict": "applied"}

    return app


def fill(app: Flask, count: int) -> None:
    """Make the tables and so many tickets, T0 to the last."""
    with app.app_context():
        db.create_all()
        db.session.execute(insert(Ticket), [{"code": f"T{number}"} for number in range(count)])
        db.session.commit()
        db.engine.dispose()
