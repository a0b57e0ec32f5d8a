"""The database: one SQLAlchemy object for SQLite and PostgreSQL, and the wall between brands."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Dialect, MetaData, Table, event, orm
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, mapped_column
from sqlalchemy.sql import visitors
from sqlalchemy.sql.visitors import ExternallyTraversible
from sqlalchemy.types import TypeDecorator

from referral.plumbing import turns
from referral.plumbing.clock import EPOCH, milliseconds
from referral.plumbing.ids import new_id

Key = TypeVar("Key")
KEYS = 400  # of one IN list: far below what either engine takes


class Moment(TypeDecorator[datetime]):
    """Keep an aware UTC time as whole milliseconds since 1970: the same on both engines, and ready for arrays."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a moment into milliseconds."""
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn milliseconds into a moment."""
        return None if value is None else (EPOCH + timedelta(milliseconds=value)).astimezone(UTC)


class Base(DeclarativeBase):
    """Carry the naming of constraints, which migrations need to find them again, and the types of columns."""

    registry = orm.registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: Moment, int: BigInteger},
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class OfBrand:
    """Belong to a brand: the first column of every key, and the one that every query is confined to."""

    brand_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-9)


class Owned(OfBrand):
    """Belong to a brand, with an id of one's own."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id, sort_order=-1)


class BrandMissing(RuntimeError):
    """Say that a query on a brand's rows was about to run without a brand: a mistake in the program."""


_brand: ContextVar[int | None] = ContextVar("brand_id", default=None)
_every: ContextVar[bool] = ContextVar("every_brand", default=False)
_writing: ContextVar[bool] = ContextVar("writing", default=True)


@contextmanager
def of_brand(brand_id: int) -> Iterator[None]:
    """Confine every query inside the block to one brand's rows."""
    token, every = _brand.set(brand_id), _every.set(False)
    try:
        yield
    finally:
        _brand.reset(token)
        _every.reset(every)


@contextmanager
def every_brand() -> Iterator[None]:
    """Let the queries inside the block see all brands: for looking up whose a code or a token is, and for upkeep."""
    token = _every.set(True)
    try:
        yield
    finally:
        _every.reset(token)


def confine(brand_id: int) -> None:
    """Confine the rest of this request to one brand's rows."""
    _brand.set(brand_id)


def confined_to() -> int | None:
    """Tell which brand queries are confined to, if any."""
    return _brand.get()


@contextmanager
def reading() -> Iterator[None]:
    """Begin the transactions inside the block read-only: a GET cannot change anything, and never waits for a writer."""
    token = _writing.set(False)
    try:
        yield
    finally:
        _writing.reset(token)


def need_brand() -> None:
    """Raise BrandMissing where neither one brand nor all of them were chosen: for questions put past the session."""
    if _brand.get() is None and not _every.get():
        raise BrandMissing("choose a brand (of_brand) before asking for a brand's rows")


def is_reading() -> bool:
    """Tell whether the transaction is read-only, so that all it sees is committed."""
    return not _writing.get()


@contextmanager
def fresh_request() -> Iterator[None]:
    """Start without a brand, as each request must: threads are used again."""
    token, every = _brand.set(None), _every.set(False)
    try:
        yield
    finally:
        _brand.reset(token)
        _every.reset(every)


def in_parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Cut keys into parts that fit an IN list each.

    >>> [len(part) for part in in_parts(range(1000))]
    [400, 400, 200]
    """
    for start in range(0, len(keys), KEYS):
        yield keys[start : start + KEYS]


@event.listens_for(orm.Session, "do_orm_execute")
def _keep_to_the_brand(state: ORMExecuteState) -> None:
    """Add the brand to every ORM query, and raise where no brand was chosen."""
    if not (state.is_select or state.is_update or state.is_delete) or _every.get():
        return
    if not _asks_owned(state):
        return
    brand_id = _brand.get()
    if brand_id is None:
        raise BrandMissing("choose a brand (of_brand) before asking for a brand's rows")
    if state.is_column_load or state.is_relationship_load:
        return
    if db.engine.dialect.name == "sqlite":
        # Queries name the brand themselves. Said twice in the same words, it leads SQLite, where a list of keys
        # follows, to read all rows of the brand; a term that no index knows is checked, and leads nowhere.
        own = orm.with_loader_criteria(OfBrand, lambda owned: owned.brand_id + 0 == brand_id, include_aliases=True)
    else:
        own = orm.with_loader_criteria(OfBrand, lambda owned: owned.brand_id == brand_id, include_aliases=True)
    state.statement = state.statement.options(own)


def _asks_owned(state: ORMExecuteState) -> bool:
    """Tell whether a statement speaks of a brand's rows, be it only by counting them or in a subquery."""
    if any(issubclass(mapper.class_, OfBrand) for mapper in state.all_mappers):
        return True
    owned = _owned_tables()
    statement = state.statement
    parts = visitors.iterate(statement) if isinstance(statement, ExternallyTraversible) else ()
    return any(isinstance(part, Table) and part in owned for part in parts)


@functools.cache
def _owned_tables() -> frozenset[Any]:
    return frozenset(mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, OfBrand))


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, record: Any) -> None:
    """Put SQLite into the mode the product needs: WAL, foreign keys, patience, and no transaction of its own."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=20000",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Take SQLite's write lock at once where the transaction may write; else two that read first lose an update."""
    if connection.dialect.name == "sqlite":
        writing = _writing.get()
        if writing:
            turns.take(connection.engine.url.database)
        connection.exec_driver_sql(f"PRAGMA query_only={0 if writing else 1}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    elif not _writing.get():
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
