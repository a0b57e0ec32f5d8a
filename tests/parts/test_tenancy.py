"""A brand's rows are seen by that brand only: whatever is asked, of every table, found by walking the models."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from referral.app import TABLES
from referral.brands.models import Brand
from referral.clicks.actions import part_by_month
from referral.clicks.rules.months import month_of
from referral.plumbing.db import Base, BrandMissing, Moment, OfBrand, db, every_brand, of_brand

if TYPE_CHECKING:
    from flask import Flask

assert TABLES  # every model is known once the application is imported
OURS, THEIRS = 1, 2
MODELS: list[Any] = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, OfBrand)),
    key=lambda one: one.__name__,
)

# What a column holds in these tests where its table accepts some values only.
VALUES: dict[tuple[str, str], object] = {
    ("campaign", "attribution"): "first",
    ("click", "verdict"): "counted",
    ("event", "reentry"): "daily",
    ("event_day", "closes_at"): datetime(2026, 1, 2, tzinfo=UTC),
    ("gate_device", "role"): "steward",
    ("introduction", "introducer_id"): None,
    ("introduction", "is_primary"): True,
    ("ledger_account", "kind"): "rewards",
    ("ledger_account", "fan_id"): None,
    ("ledger_transaction", "kind"): "sale",
    ("ledger_transaction", "corrects_id"): None,
    ("place", "kind"): "gate",
    ("reward_plan", "kind"): "none",
    ("reward_plan", "basis_points"): 0,
    ("scan", "kind"): "entry",
}


def value(table: str, column: Column[Any], brand_id: int) -> object:
    """Think of a value for a column of a brand's row, whose id is the brand's number, as are those it stands on."""
    if (table, column.name) in VALUES:
        return VALUES[table, column.name]
    if isinstance(column.type, Integer):
        return brand_id if column.name == "id" or column.name.endswith("_id") else 1
    if column.nullable:
        return None
    if isinstance(column.type, Moment):
        return datetime(2026, 1, 1, tzinfo=UTC)
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, LargeBinary):
        return b"picture"
    return f"{brand_id} {column.name}"[: getattr(column.type, "length", None)]


@pytest.fixture
def two_brands(app: Flask) -> None:
    """Write one row of every table for each of two brands."""
    owned = {model.__tablename__ for model in MODELS}
    with app.app_context(), every_brand():
        if db.engine.dialect.name == "postgresql":
            part_by_month(db.session.connection(), [month_of(0)])
        for brand_id in (OURS, THEIRS):
            for table in Base.metadata.sorted_tables:
                if table.name in owned or table.name == "brand":
                    row = {column.name: value(table.name, column, brand_id) for column in table.columns}
                    db.session.execute(insert(table), [row])
        db.session.commit()


def named(model: Any) -> Any:
    """Give the column by which a table's rows are told apart: their id, or what a row without one is of."""
    return next(getattr(model, name) for name in ("id", "link_id", "pass_id", "fan_id") if hasattr(model, name))


def key_of(model: Any) -> tuple[object, ...]:
    """Give the key of the other brand's row."""
    return tuple(value(model.__tablename__, column, THEIRS) for column in model.__table__.primary_key)


def asked_in_every_way(model: Any) -> dict[str, Callable[[], object]]:
    """Give the ways in which a program could come by another brand's row."""
    other = aliased(model)
    own = named(model)
    return {
        "all": lambda: list(db.session.scalars(select(model))),
        "by its id": lambda: list(db.session.scalars(select(model).where(own == THEIRS))),
        "by its key": lambda: [row for row in [db.session.get(model, key_of(model))] if row],
        "by naming the other brand": lambda: list(db.session.scalars(select(model).where(model.brand_id == THEIRS))),
        "columns only": lambda: db.session.execute(select(own).where(own == THEIRS)).all(),
        "under another name": lambda: db.session.scalars(select(other).where(named(other) == THEIRS)).all(),
        "joined to itself": lambda: db.session.execute(
            select(own, named(other)).join(other, named(other) != own)
        ).all(),
        "joined to the brand": lambda: db.session.execute(
            select(Brand.slug, own).join(model, model.brand_id == Brand.id).where(Brand.id == THEIRS)
        ).all(),
        "in a subquery": lambda: db.session.scalars(
            select(Brand.id).where(Brand.id == THEIRS, exists().where(model.brand_id == Brand.id))
        ).all(),
        "counted": lambda: range(db.session.scalar(select(func.count()).select_from(model).where(own == THEIRS)) or 0),
    }


def test_there_are_models_that_belong_to_a_brand() -> None:
    assert {"Fan", "Person", "Sale", "LedgerEntry", "Click"} <= {model.__name__ for model in MODELS}


def test_every_table_with_a_brand_belongs_to_it_by_its_key_or_says_why_not() -> None:
    # Members are asked for by the sign-in page, of all brands; the outbox is the worker's, who works for all brands.
    # Journals and the day's secret are of the whole house, and say nothing of any brand.
    house = {"outbox", "mailbox_message", "click_journal", "visitor_salt"}
    free = {"brand", "account", "member", "staff_session"} | house
    # Known by what they are of, and not by an id.
    whose = {key: ["brand_id", "campaign_id", "link_id"] for key in ("click_hour", "click_day", "click_trait")} | {
        "admission": ["brand_id", "pass_id", "day_id"],
        "arrival_credit": ["brand_id", "arrival_id", "fan_id"],
        "wall_name": ["brand_id", "event_id", "fan_id"],
    }

    assert set(Base.metadata.tables) == free | {model.__tablename__ for model in MODELS}
    for model in MODELS:
        key = [column.name for column in model.__table__.primary_key]
        expected = whose.get(model.__tablename__, ["brand_id", "id"])
        assert key[: len(expected)] == expected
        assert model.__tablename__ in whose or len(key) == len(expected)


@pytest.mark.usefixtures("two_brands")
def test_a_question_without_a_brand_raises_whatever_it_asks_of_any_model(app: Flask) -> None:
    answered = []
    with app.app_context():
        for model in MODELS:
            for name, ask in asked_in_every_way(model).items():
                try:
                    ask()
                except BrandMissing:
                    continue
                answered.append((model.__name__, name))
            for change in (update(model).values({named(model): named(model)}), delete(model)):
                with pytest.raises(BrandMissing):
                    db.session.execute(change)

    assert answered == []


@pytest.mark.usefixtures("two_brands")
def test_whatever_a_brand_asks_of_any_model_it_never_sees_another_brands_rows(app: Flask) -> None:
    seen = []
    with app.app_context(), of_brand(OURS):
        for model in MODELS:
            for name, ask in asked_in_every_way(model).items():
                rows: Any = ask()
                if name == "all":
                    assert [(row.brand_id, getattr(row, named(model).key)) for row in rows] == [(OURS, OURS)], (
                        model.__name__
                    )
                elif len(rows):
                    seen.append((model.__name__, name))

    assert seen == []


@pytest.mark.usefixtures("two_brands")
def test_no_brand_changes_or_deletes_another_brands_row_of_any_model(app: Flask) -> None:
    touched = []
    with app.app_context(), of_brand(OURS):
        for model in MODELS:
            changed: Any = db.session.execute(update(model).where(named(model) == THEIRS).values({named(model): 99}))
            gone: Any = db.session.execute(delete(model).where(named(model) == THEIRS))
            touched += [model.__name__] * (changed.rowcount + gone.rowcount)

    assert touched == []


def test_rows_read_for_all_brands_are_not_kept_for_one(app: Flask, two_brands: None) -> None:
    model = next(model for model in MODELS if model.__name__ == "Campaign")
    with app.app_context():
        with every_brand():
            everybodys = {row.brand_id for row in db.session.scalars(select(model))}
        with of_brand(OURS):
            ours = {row.brand_id for row in db.session.scalars(select(model))}

    assert (everybodys, ours) == ({OURS, THEIRS}, {OURS})
