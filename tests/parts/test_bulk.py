"""Very many rows are written past the session, and are the same rows as a few; what is refused is refused alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from referral.people.models import Person
from referral.plumbing import bulk, clock
from referral.plumbing.db import db, every_brand
from referral.plumbing.ids import new_id, new_ids
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

HOSTILE = ("tab\there", "new\nline", "back\\slash \\N", "quote ' \" ;--", "\\.", "Żółw 李 🐢", "", None)


def people(brand_id: int, count: int) -> list[dict[str, Any]]:
    moment = clock.now()
    return [
        {
            "brand_id": brand_id,
            "id": person_id,
            "name": HOSTILE[number % len(HOSTILE)],
            "external_id": f"p{number}",
            "created_at": moment,
        }
        for number, person_id in enumerate(new_ids(count))
    ]


@pytest.mark.parametrize("count", [0, 1, bulk.MANY, 3 * bulk.MANY])
def test_rows_are_read_back_as_they_were_written(app: Flask, count: int) -> None:
    with make.saved(app):
        rows = people(make.brand().id, count)
        bulk.write(Person, rows)

    with app.app_context(), every_brand():
        found = {person.id: person for person in db.session.scalars(select(Person))}

    assert len(found) == count
    for row in rows:
        assert {name: getattr(found[row["id"]], name) for name in row} == row


def test_what_stands_in_the_session_is_written_before(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        first = people(brand.id, 1)[0]
        db.session.add(Person(**first))
        bulk.write(Person, people(brand.id, bulk.MANY + 1)[1:])

        assert db.session.scalar(select(func.count()).select_from(Person)) == bulk.MANY + 1


@pytest.mark.parametrize("count", [2, 2 * bulk.MANY])
def test_somebody_who_is_there_twice_is_refused_as_ever(app: Flask, count: int) -> None:
    with app.app_context(), every_brand():
        rows = people(make.brand().id, count)
        rows[-1]["external_id"] = rows[0]["external_id"]

        with pytest.raises(IntegrityError):
            bulk.write(Person, rows)
        db.session.rollback()


def test_many_ids_are_as_one_after_the_other() -> None:
    before = new_id()
    many = new_ids(1_000)
    after = new_id()

    assert before < many[0]
    assert len(set(many)) == 1_000
    assert many[-1] < after
    assert list(new_ids(0)) == []


@pytest.mark.engines("postgresql")
def test_what_one_transaction_planned_is_forgotten_by_those_that_follow_on_its_connection(app: Flask) -> None:
    seen = []

    for _ in range(5):
        with make.saved(app), bulk.planned_once():
            seen.append(db.session.scalar(text("SELECT 1")))

    assert seen == [1] * 5


@pytest.mark.engines("postgresql")
def test_a_table_that_is_still_empty_is_planned_as_one_that_will_grow(app: Flask) -> None:
    with make.saved(app):
        make.brand()
        db.session.execute(text("TRUNCATE sale CASCADE"))  # as on the first day, whatever its pages were used for
        bulk.look_again()
        seen = dict(
            db.session.execute(text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('brand', 'sale')")).all()
        )

    assert seen == {"brand": 1, "sale": -1}
