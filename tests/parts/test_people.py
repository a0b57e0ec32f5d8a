"""People are known to a brand once, by whatever they gave, and nothing about them is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from referral.brands.models import Brand
from referral.errors import Conflict
from referral.people import actions, queries
from referral.people.actions import SESSION_DAYS
from referral.people.rules import Contact
from referral.plumbing import clock, outbox
from referral.plumbing.signing import fingerprint
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


def know(brand: Brand, **who: str | None) -> int:
    """Get to know somebody; give their id."""
    return actions.know(brand.id, [Contact.of(**who)])[0][0]


# --- Known once ------------------------------------------------------------------------------------------------------


def test_somebody_is_known_by_any_of_their_references(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = know(brand, name="Ayu", email="ayu@example.org", phone="+6281234567890", external_id="C-1")

        assert know(brand, email="AYU@example.org") == ayu
        assert know(brand, phone="+62 812-3456-7890") == ayu
        assert know(brand, external_id="C-1") == ayu
        assert know(brand, external_id="c-1") != ayu


def test_the_shops_reference_weighs_most(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = know(brand, external_id="C-1")
        budi = know(brand, email="shared@example.org")

        assert know(brand, external_id="C-1", email="shared@example.org") == ayu
        found = queries.by_id(brand.id, ayu)
        assert found is not None
        assert found.email is None, "an address was taken from the person it belongs to"
        assert budi != ayu


def test_gaps_are_filled_and_nothing_is_overwritten(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = know(brand, email="ayu@example.org")

        know(brand, name="Ayu Dewi", email="ayu@example.org", phone="+6281234567890")
        know(brand, name="Mallory", email="ayu@example.org", phone="+6281111111111")

        found = queries.by_id(brand.id, ayu)
        assert found is not None
        assert (found.name, found.phone) == ("Ayu Dewi", "+6281234567890")


def test_the_same_address_is_somebody_else_in_another_brand(app: Flask) -> None:
    with make.saved(app):
        fair, tea = make.brand(), make.brand("tea-house", name="Tea House")
        ayu = know(fair, email="ayu@example.org")

        assert know(tea, email="ayu@example.org") != ayu
        assert queries.by_id(tea.id, ayu) is None
        assert len(queries.with_mail_address("ayu@example.org")) == 2


def test_thousands_are_found_in_the_order_they_were_asked_for(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        contacts = [Contact.of(external_id=f"C-{number}") for number in range(1500)]
        made = actions.know(brand.id, contacts)

        again = actions.know(brand.id, contacts[::-1])

        assert [person_id for person_id, _ in again] == [person_id for person_id, _ in made][::-1]
        assert not any(is_new for _, is_new in again)


# --- Signed in -------------------------------------------------------------------------------------------------------


def test_a_browser_is_remembered_for_ninety_days_by_a_hash(app: Flask) -> None:
    with make.saved(app), clock.at(NOON):
        brand = make.brand()
        ayu = know(brand, email="ayu@example.org")
        secret = actions.let_in(brand.id, ayu)

    with app.app_context():
        last = NOON + timedelta(days=SESSION_DAYS)
        holder = queries.session_holder(fingerprint(secret), last - timedelta(milliseconds=1))
        assert holder is not None
        assert holder.id == ayu
        assert queries.session_holder(fingerprint(secret), last) is None
        assert queries.session_holder(secret, NOON) is None


def test_an_erased_person_is_signed_in_nowhere(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = know(brand, email="ayu@example.org")
        secret = actions.let_in(brand.id, ayu)
        found = queries.by_id(brand.id, ayu)
        assert found is not None
        found.erased_at = clock.now()

    with app.app_context():
        assert queries.session_holder(fingerprint(secret), clock.now()) is None
        assert queries.with_mail_address("ayu@example.org") == []


def test_neither_token_nor_code_of_a_way_in_is_kept(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        know(brand, email="ayu@example.org")
        challenge = actions.ask_way_in("ayu@example.org")
        [mail] = outbox.lease()

    with make.saved(app):
        [way] = queries.sign_ins_of_browser(fingerprint(challenge))
        kept = {way.token_hash, way.code_hash, way.challenge_hash}
        assert not kept & {mail.payload["token"], mail.payload["code"], challenge, fingerprint(mail.payload["code"])}


def test_somebody_unknown_is_given_a_challenge_too(app: Flask) -> None:
    with make.saved(app):
        make.brand()

        challenge = actions.ask_way_in("nobody@example.org")

        assert len(challenge) == 32
        assert outbox.waiting() == (0, None)
        assert actions.use_code(challenge, "00000000") is None


# --- An address that is added ----------------------------------------------------------------------------------------


def test_an_address_belongs_to_one_person(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        know(brand, email="ayu@example.org")
        budi = queries.by_id(brand.id, know(brand, phone="+6281234567890"))
        assert budi is not None

        with pytest.raises(Conflict):
            actions.take_address(budi, "Ayu@example.org")
        actions.take_address(budi, "Budi@example.org")
        with pytest.raises(Conflict):
            actions.take_address(budi, "other@example.org")

        assert know(brand, email="budi@EXAMPLE.org") == budi.id
