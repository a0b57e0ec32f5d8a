"""What is asked about fans."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from referral.brands.models import Brand
from referral.campaigns.models import Campaign
from referral.errors import NotFound
from referral.fans.models import Fan
from referral.people.models import Person
from referral.plumbing.db import db, every_brand, in_parts


def by_id(campaign: Campaign, fan_id: int) -> Fan:
    """Give a campaign's fan; raise NotFound `fan_unknown`."""
    fan = find(campaign, fan_id)
    if fan is None:
        raise NotFound("fan_unknown")
    return fan


def find(campaign: Campaign, fan_id: int) -> Fan | None:
    """Find a campaign's fan by id."""
    return db.session.scalar(
        select(Fan).where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id, Fan.id == fan_id)
    )


def by_person(campaign: Campaign, person_id: int) -> Fan | None:
    """Find the fan that a person is in a campaign."""
    return by_persons(campaign, [person_id]).get(person_id)


def by_persons(campaign: Campaign, person_ids: Sequence[int]) -> dict[int, Fan]:
    """Find the fans that people are in a campaign, by person id."""
    found: dict[int, Fan] = {}
    for part in in_parts(person_ids):
        rows = db.session.scalars(
            select(Fan).where(
                Fan.brand_id == campaign.brand_id,
                Fan.campaign_id == campaign.id,
                Fan.person_id.in_(part),
            )
        )
        found.update({fan.person_id: fan for fan in rows})
    return found


def of_person(person: Person) -> list[Fan]:
    """List what a person is a fan of, the newest first."""
    return list(
        db.session.scalars(
            select(Fan).where(Fan.brand_id == person.brand_id, Fan.person_id == person.id).order_by(Fan.id.desc())
        )
    )


def count(campaign: Campaign) -> int:
    """Count a campaign's fans."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Fan)
            .where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id)
        )
        or 0
    )


def counts(brand: Brand) -> dict[int, int]:
    """Count the fans of each of a brand's campaigns by campaign id; who has none is absent."""
    rows = db.session.execute(
        select(Fan.campaign_id, func.count()).where(Fan.brand_id == brand.id).group_by(Fan.campaign_id)
    )
    return {row[0]: row[1] for row in rows}


def page(campaign: Campaign, after: int | None, limit: int) -> list[tuple[Fan, Person]]:
    """List a campaign's fans with who they are, oldest first, from after an id on."""
    query = (
        select(Fan, Person)
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id)
        .order_by(Fan.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Fan.id > after)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def search(campaign: Campaign, text: str, offset: int, limit: int) -> list[tuple[Fan, Person]]:
    """List a campaign's fans by name, the newest first; an empty text finds everybody."""
    query = (
        select(Fan, Person)
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id)
        .order_by(Fan.joined_at.desc(), Fan.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if text:
        query = query.where(func.lower(Person.name).contains(text.lower(), autoescape=True))
    return [(row[0], row[1]) for row in db.session.execute(query)]


def names(campaign: Campaign) -> dict[int, str | None]:
    """Give the name of each fan of a campaign by fan id."""
    rows = db.session.execute(
        select(Fan.id, Person.name)
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id)
    )
    return {row.id: row.name for row in rows}


def names_of(campaign: Campaign, fan_ids: Sequence[int]) -> dict[int, str | None]:
    """Give the names of some fans of a campaign by fan id."""
    found: dict[int, str | None] = {}
    for part in in_parts(fan_ids):
        rows = db.session.execute(
            select(Fan.id, Person.name)
            .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
            .where(
                Fan.brand_id == campaign.brand_id,
                Fan.campaign_id == campaign.id,
                Fan.id.in_(part),
            )
        )
        found.update({row.id: row.name for row in rows})
    return found


def person_of(fan: Fan) -> Person:
    """Give the person that a fan is."""
    return db.session.scalars(select(Person).where(Person.brand_id == fan.brand_id, Person.id == fan.person_id)).one()


def total() -> int:
    """Count the fans of all brands."""
    with every_brand():
        return db.session.scalar(select(func.count()).select_from(Fan)) or 0
