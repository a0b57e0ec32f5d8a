"""The ledger on both engines: balanced, append-only, asked from all sides, and checked against planted faults."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from referral.campaigns import queries as campaigns
from referral.campaigns.models import Campaign
from referral.credits import checks as ledger_checks
from referral.credits import queries, triggers
from referral.credits.actions import post
from referral.credits.rules import Account, Posting
from referral.fans.models import Fan
from referral.plumbing import clock
from referral.plumbing.db import db
from referral.plumbing.ids import new_id
from referral.plumbing.money import Money
from referral.sales import checks
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Make a campaign that promises 5 % after 14 days."""
    with make.saved(app), clock.at(NOON):
        return make.campaign(make.brand())


@pytest.fixture
def fans(app: Flask, campaign: Campaign) -> tuple[Fan, Fan, Fan]:
    """Let Ayu, Budi and Citra come, of whom each told the next."""
    with make.saved(app), clock.at(NOON):
        ayu, budi, citra = make.chain(campaign, "Ayu", "Budi", "Citra")
        return ayu, budi, citra


@pytest.fixture
def sold(app: Flask, campaign: Campaign, fans: tuple[Fan, Fan, Fan]) -> None:
    """Make a sale by Ayu's word of which a third was refunded, and one by Budi's."""
    _, budi, citra = fans
    with make.saved(app):
        with clock.at(NOON):
            first = make.sale(campaign, budi, "900.00", external_id="order-1")
        with clock.at(NOON + DAY):
            make.refund(campaign, first, "300.00", external_id="return-1")
            make.sale(campaign, citra, "100.00", external_id="order-2")


# --- Posting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [Posting(Account.rewards(), 5, "IDR")],
        [Posting(Account.rewards(), 5, "IDR"), Posting(Account.rewards(), -4, "IDR")],
        [Posting(Account.rewards(), 5, "IDR"), Posting(Account.rewards(), -5, "PLN")],
    ],
)
def test_what_does_not_sum_to_zero_in_each_currency_is_never_posted(
    app: Flask, campaign: Campaign, postings: list[Posting]
) -> None:
    with make.saved(app):
        plan = campaigns.plan(campaign)

        with pytest.raises(ValueError, match="sum to zero"):
            post(campaign, "sale", "order-1", plan, postings, NOON, base_amount=100)

        assert db.session.connection().exec_driver_sql("SELECT count(*) FROM ledger_transaction").scalar() == 0


def test_a_refund_corrects_a_sale_or_is_not_posted(app: Flask, campaign: Campaign, fans: tuple[Fan, Fan, Fan]) -> None:
    postings = [Posting(Account.of_fan(fans[0].id), -5, "IDR", NOON), Posting(Account.rewards(), 5, "IDR")]
    with make.saved(app), pytest.raises(ValueError, match="corrects"):
        post(campaign, "refund", "return-1", campaigns.plan(campaign), postings, NOON, base_amount=100)


def test_accounts_are_made_once(app: Flask, campaign: Campaign, sold: None) -> None:
    with make.saved(app):
        names = db.session.connection().exec_driver_sql("SELECT kind FROM ledger_account ORDER BY kind").scalars().all()

        assert names == ["fan", "fan", "rewards"]


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'payout'",
        "kind = 'refund'",
        "corrects_id = id",
        "base_amount = 0",
        "plan_id = NULL",
    ],
)
def test_no_transaction_can_be_written_that_pays_without_a_sale(
    app: Flask, campaign: Campaign, sold: None, change: str
) -> None:
    column, value = change.split(" = ")
    columns = ["brand_id", "id", "campaign_id", "kind", "reference", "plan_id", "corrects_id", "base_amount", "at"]
    chosen = ", ".join(
        {column: value, "id": str(new_id()), "reference": "'order-9'"}.get(name, name) if name != column else value
        for name in columns
    )
    with app.app_context(), db.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.exec_driver_sql(
            f"INSERT INTO ledger_transaction ({', '.join(columns)}, posted_at) "
            f"SELECT {chosen}, posted_at FROM ledger_transaction WHERE reference = 'order-1'"
        )


# --- Attacks on what was posted --------------------------------------------------------------------------------------


def contents(connection: Connection) -> list[object]:
    """Read the whole ledger."""
    return [
        tuple(row)
        for table in ("ledger_account", "ledger_transaction", "ledger_entry")
        for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id")
    ]


TABLES = ("ledger_account", "ledger_transaction", "ledger_entry")

ATTACKS = (
    *(
        attack.replace("{}", table)
        for table in TABLES
        for attack in (
            "UPDATE {} SET brand_id = brand_id",
            "UPDATE {} SET id = id + 1",
            "DELETE FROM {}",
            "DELETE FROM {} WHERE id = (SELECT max(id) FROM {})",
            "INSERT INTO {} SELECT * FROM {}",
            "INSERT INTO {} SELECT * FROM {} WHERE true ON CONFLICT (brand_id, id) DO UPDATE SET id = 1",
        )
    ),
    "UPDATE ledger_entry SET amount = amount * 2",
    "UPDATE ledger_entry SET available_at = 0 WHERE available_at IS NOT NULL",
    "UPDATE ledger_account SET fan_id = (SELECT max(id) FROM fan) WHERE fan_id IS NOT NULL",
    "UPDATE ledger_transaction SET reference = 'order-9'",
)

SQLITE_ATTACKS = (
    "INSERT OR REPLACE INTO ledger_entry SELECT brand_id, id, transaction_id, account_id, amount * 2, currency, "
    "available_at FROM ledger_entry",
    "REPLACE INTO ledger_transaction SELECT * FROM ledger_transaction",
    "REPLACE INTO ledger_transaction SELECT brand_id, id + 1000000, campaign_id, kind, reference, plan_id, "
    "corrects_id, base_amount, at, posted_at FROM ledger_transaction",
    "REPLACE INTO ledger_account SELECT brand_id, id + 1000000, campaign_id, kind, fan_id, name, currency "
    "FROM ledger_account",
    "UPDATE OR REPLACE ledger_entry SET id = (SELECT min(id) FROM ledger_entry)",
)

POSTGRESQL_ATTACKS = tuple(f"TRUNCATE {table} CASCADE" for table in TABLES)


def let_through(attacks: tuple[str, ...]) -> list[str]:
    """Give the attacks that were not refused, or that changed something all the same."""
    through = []
    with db.engine.connect() as connection:
        before = contents(connection)
        for attack in attacks:
            connection.rollback()
            try:
                connection.exec_driver_sql(attack)
            except IntegrityError as refused:
                if re.search("append-only|duplicate key", str(refused.orig)):
                    connection.rollback()
                    if contents(connection) == before:
                        continue
            through.append(attack)
    return through


def test_the_database_refuses_to_change_or_delete_what_was_posted(app: Flask, campaign: Campaign, sold: None) -> None:
    with app.app_context():
        assert let_through(ATTACKS) == []


@pytest.mark.engines("sqlite")
def test_sqlite_refuses_to_replace_what_was_posted(app: Flask, campaign: Campaign, sold: None) -> None:
    with app.app_context():
        assert let_through(SQLITE_ATTACKS) == []


@pytest.mark.engines("postgresql")
def test_postgresql_refuses_to_empty_the_ledger(app: Flask, campaign: Campaign, sold: None) -> None:
    with app.app_context():
        assert let_through(POSTGRESQL_ATTACKS) == []


def test_the_triggers_can_be_dropped_and_made_again(app: Flask, campaign: Campaign, sold: None) -> None:
    with app.app_context():
        with db.engine.begin() as connection:
            for statement in (*triggers.drop(connection.dialect.name), *triggers.make(connection.dialect.name)):
                connection.exec_driver_sql(statement)

        with db.engine.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
            connection.exec_driver_sql("DELETE FROM ledger_entry")


# --- What is asked about credit --------------------------------------------------------------------------------------


def test_a_balance_waits_and_is_then_ready(
    app: Flask, campaign: Campaign, fans: tuple[Fan, Fan, Fan], sold: None
) -> None:
    ayu, budi, citra = fans
    with make.saved(app):
        moments = (NOON + 14 * DAY - timedelta(milliseconds=1), NOON + 14 * DAY)

        found = [queries.balances(ayu, moment) for moment in moments]

        assert [[(b.ready.text(), b.waiting.text()) for b in balances] for balances in found] == [
            [("0.00", "30.00")],
            [("30.00", "0.00")],
        ]
        assert [b.waiting for b in queries.balances(budi, NOON)] == [Money(5_00, "IDR")]
        assert queries.balances(citra, NOON) == []


def test_each_entry_says_why_it_is_there(
    app: Flask, campaign: Campaign, fans: tuple[Fan, Fan, Fan], sold: None
) -> None:
    ayu, _, _ = fans
    with make.saved(app):
        taken, given = queries.entries(ayu, NOON + 2 * DAY)

        assert (given.kind, given.status, given.amount.text()) == ("sale", "waiting", "45.00")
        assert (given.sale, given.reference, given.sale_amount.text(), given.at) == (
            "order-1",
            "order-1",
            "900.00",
            NOON,
        )
        assert (given.terms.kind, given.terms.basis_points, given.terms.holding_days) == ("percent", 500, 14)
        assert (given.fan_id, given.generation, given.terms.version) == (ayu.id, 0, 1)
        assert (taken.kind, taken.status, taken.amount.text()) == ("refund", "taken_back", "-15.00")
        assert (taken.sale, taken.reference, taken.base.text()) == ("order-1", "return-1", "300.00")
        assert (taken.sale_amount.text(), taken.at) == ("900.00", NOON + DAY)
        assert taken.available_at == given.available_at == NOON + 14 * DAY


def test_an_entry_is_ready_after_its_days_and_taken_back_when_all_was_refunded(
    app: Flask, campaign: Campaign, fans: tuple[Fan, Fan, Fan]
) -> None:
    ayu, budi, _ = fans
    with make.saved(app), clock.at(NOON):
        first, second = (make.sale(campaign, budi, "100.00") for _ in range(2))
        make.refund(campaign, first, "60.00")
        make.refund(campaign, first, "40.00")

        entries = queries.entries(ayu, NOON + 20 * DAY)

        assert {entry.sale: entry.status for entry in entries if entry.kind == "sale"} == {
            first.sale.external_id: "taken_back",
            second.sale.external_id: "ready",
        }


def test_the_ledger_is_listed_page_by_page(
    app: Flask, campaign: Campaign, fans: tuple[Fan, Fan, Fan], sold: None
) -> None:
    ayu, _, _ = fans
    with make.saved(app):
        first = queries.ledger(campaign, NOON, None, 2)
        second = queries.ledger(campaign, NOON, first[-1].id, 2)

        assert [entry.reference for entry in (*first, *second)] == ["order-2", "return-1", "order-1"]
        own = queries.entries(ayu, NOON, None, 1)
        assert [entry.reference for entry in queries.entries(ayu, NOON, own[0].id, 1)] == ["order-1"]


def test_totals_and_days_are_net_of_what_was_taken_back(
    app: Flask, campaign: Campaign, fans: tuple[Fan, Fan, Fan], sold: None
) -> None:
    ayu, budi, citra = fans
    with make.saved(app):
        assert queries.campaign_total(campaign) == [Money(35_00, "IDR")]
        assert queries.earned_by_fan(campaign) == {ayu.id: 30_00, budi.id: 5_00}
        assert queries.earned_by_fan(campaign, [budi.id, citra.id]) == {budi.id: 5_00}
        by_hour = queries.credited_by_hour(campaign)

    by_day: dict[date, int] = {}
    for hour, amount in by_hour.items():
        day = datetime.fromtimestamp(hour / 1000, UTC).date()
        by_day[day] = by_day.get(day, 0) + amount
    assert by_day == {date(2026, 5, 1): 45_00, date(2026, 5, 2): -10_00}


def test_another_campaigns_credit_is_not_counted(app: Flask, campaign: Campaign, sold: None) -> None:
    with make.saved(app):
        other = make.campaign(make.brand("day-fair"), "day")

        assert queries.campaign_total(other) == []
        assert queries.ledger(other, NOON, None, 10) == []
        assert queries.credited_by_hour(other) == {}


# --- Verification ----------------------------------------------------------------------------------------------------


def unguard() -> Connection:
    """Drop the triggers, as somebody with the database in their hands might, until the session is rolled back."""
    connection = db.session.connection()
    for statement in triggers.drop(connection.dialect.name):
        connection.exec_driver_sql(statement)
    return connection


def test_a_ledger_made_by_the_product_has_no_problems(app: Flask, campaign: Campaign, sold: None) -> None:
    with make.saved(app):
        assert checks.verify() == []


FAULTS = {
    "unbalanced": "UPDATE ledger_entry SET amount = amount + 1 WHERE amount > 0",
    "unlike_the_plan": "UPDATE ledger_entry SET amount = amount * 3",
    "held_wrongly": "UPDATE ledger_entry SET available_at = available_at + 1",
    "misplaced": "UPDATE ledger_entry SET currency = 'PLN' WHERE amount > 0",
    "credited_twice": "INSERT INTO ledger_entry SELECT brand_id, id + 1000000, transaction_id, account_id, amount, "
    "currency, available_at FROM ledger_entry",
    "empty": "DELETE FROM ledger_entry",
    "without_sale": "INSERT INTO ledger_account SELECT brand_id, id, campaign_id, 'fan', id, 'fan:9', 'IDR' FROM fan "
    "WHERE id = (SELECT max(id) FROM fan)",
    "taken_twice": "UPDATE ledger_entry SET amount = amount * 9 WHERE transaction_id IN "
    "(SELECT id FROM ledger_transaction WHERE kind = 'refund')",
    "taken_back_wrongly": "UPDATE refund SET amount = amount + 100",
    "refunded_above": "UPDATE refund SET amount = 90001",
    "refund_currency": "UPDATE refund SET currency = 'PLN'",
    "unlike_the_sale": "UPDATE sale SET amount = amount * 2",
    "uncredited": "UPDATE sale SET transaction_id = NULL",
    "sold_by_nobody": "UPDATE sale SET transaction_id = NULL WHERE external_id = 'order-1'",
    "credited_to_another": "UPDATE sale_share SET fan_id = "
    "(SELECT buyer_id FROM sale WHERE sale.id = sale_share.sale_id)",
    "shared_wrongly": "UPDATE sale_share SET whole = 2",
}


def test_verification_finds_each_planted_fault(app: Flask, campaign: Campaign, sold: None) -> None:
    missed = []
    with app.app_context():
        for code, fault in FAULTS.items():
            unguard().exec_driver_sql(fault)
            problems = checks.verify()
            if code not in {problem.code for problem in problems}:
                missed.append(code)
            assert all(problem.table and problem.id and problem.found for problem in problems)
            assert {problem.brand_id for problem in problems} <= {campaign.brand_id}
            db.session.rollback()

        assert missed == []
        assert checks.verify() == []


def test_verification_looks_at_every_brand(app: Flask, campaign: Campaign, sold: None) -> None:
    with make.saved(app):
        other = make.campaign(make.brand("day-fair"), "day")
        _, buyer = make.chain(other, "Ewa", "Jan")
        make.sale(other, buyer)

    with app.app_context():
        unguard().exec_driver_sql("UPDATE ledger_entry SET amount = amount + 1 WHERE amount > 0")
        problems = ledger_checks.verify()

        assert {problem.brand_id for problem in problems} == {campaign.brand_id, other.brand_id}
