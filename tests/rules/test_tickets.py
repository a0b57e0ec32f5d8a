"""Ticket lists of other systems: read as they are written, and whatever is wrong is named, line by line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import Invalid
from referral.events.rules import tickets as rules
from referral.events.rules.tickets import Remark, Ticket, TicketFile, read_tickets


def csv_file(*lines: str) -> TicketFile:
    return read_tickets("\n".join(lines).encode())


def codes(file: TicketFile) -> list[tuple[int, str, bool]]:
    return [(one.line, one.code, one.is_taken) for one in file.remarks]


# --- CSV -------------------------------------------------------------------------------------------------------------


def test_a_csv_file_is_read_by_its_columns_in_any_order() -> None:
    file = csv_file(
        "email,item,secret,admits,name,external_id",
        "siti@people.example,Day ticket,abc123,2,Siti Rahma,T-1",
        ",,def456,,,",
    )

    assert file == TicketFile(
        (
            Ticket(2, "abc123", "Siti Rahma", "siti@people.example", "Day ticket", 2, "T-1"),
            Ticket(3, "def456"),
        ),
        (),
        (),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfsecret;name\r\nabc123;Siti\r\n",
        b"secret\tname\nabc123\tSiti\n",
        b'"Secret","Attendee name"\n"abc123","Siti"\n',
        b"Order code,Ticket code,Attendee name,Product\nXYZ,abc123,Siti,\n",
        b"name,secret\nSiti,  abc123  \n\n,,\n",
    ],
)
def test_spreadsheets_write_csv_in_many_ways(data: bytes) -> None:
    file = read_tickets(data)

    assert [(one.line, one.secret, one.name) for one in file.tickets] == [(2, "abc123", "Siti")]
    assert file.remarks == ()


def test_a_line_is_counted_where_it_begins_also_after_a_cell_of_several() -> None:
    file = csv_file("secret,name", 'abc,"Siti', 'Rahma"', ",Nobody", "def,Budi")

    assert [(one.line, one.name) for one in file.tickets] == [(2, "Siti Rahma"), (5, "Budi")]
    assert codes(file) == [(4, "secret_missing", False)]


def test_each_wrong_line_says_what_is_wrong_and_the_others_are_taken() -> None:
    file = csv_file(
        "secret,name,email,item,admits,external_id",
        "one,,,,,",
        ",Siti,,,,T-2",
        "one,,,,,T-3",
        f"{'x' * 201},,,,,",
        "a\x01b,,,,,",
        "two,,,,0,",
        "three,,,,1.5,",
        "four,,,,1000,",
        "five,,nobody,,,T-9",
        f"six,{'N' * 81},six@people.example,,,",
        f"seven,,,{'I' * 90},,",
        "eight,,,,٣,",
    )

    assert codes(file) == [
        (3, "secret_missing", False),
        (4, "secret_twice", False),
        (5, "secret_too_long", False),
        (6, "secret_unreadable", False),
        (7, "admits_invalid", False),
        (8, "admits_invalid", False),
        (9, "admits_invalid", False),
        (10, "email_invalid", True),
        (11, "name_too_long", True),
        (12, "item_shortened", True),
        (13, "admits_invalid", False),
    ]
    assert [one.secret for one in file.tickets] == ["one", "five", "six", "seven"]
    assert file.remarks[1] == Remark(4, "secret_twice", False, "T-3")
    five, six, seven = file.tickets[1:]
    assert (five.email, six.name, six.email, seven.label) == (None, None, "six@people.example", "I" * 80)


NO_FILES = [
    (b"", "tickets_no_secrets"),
    (b"name,email\nSiti,s@people.example\n", "tickets_no_secrets"),
    ("secret,name\nabc,Łucja\n".encode("cp1250"), "tickets_not_utf8"),
    ("secret\nabc\n".encode("utf-16"), "tickets_not_utf8"),
    (b'secret\n"abc', "tickets_unreadable"),
    (b'secret\n"a"bc', "tickets_unreadable"),
    (b"{", "tickets_unreadable"),
    (b"{}", "tickets_unreadable"),
    (b'{"event": []}', "tickets_unreadable"),
    (b'{"results": {}}', "tickets_unreadable"),
    (b'{"event": {"orders": null}}', "tickets_unreadable"),
    (b"[" * 100_000, "tickets_unreadable"),
    (b"\x89PNG\r\n\x1a\n", "tickets_not_utf8"),
]


@pytest.mark.parametrize(("data", "code"), NO_FILES)
def test_what_is_no_list_of_tickets_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_tickets(data)

    assert refused.value.code == code


def test_a_file_of_too_many_tickets_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_TICKETS", 2)

    assert len(csv_file("secret", "a", "b").tickets) == 2
    with pytest.raises(Invalid) as refused:
        csv_file("secret", "a", "b", "c")

    assert (refused.value.code, refused.value.fields) == ("tickets_too_many", {"most": 2})


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"'), max_size=30), max_size=30))
def test_no_line_of_a_csv_file_is_lost(cells: list[str]) -> None:
    data = "\n".join(["secret,name", *(f'"{cell}","x"' for cell in cells)])

    file = read_tickets(data.encode(), rules.CSV)

    refused = [one for one in file.remarks if not one.is_taken]
    assert len(file.tickets) + len(refused) == len(cells)


@given(st.binary(max_size=200))
def test_any_bytes_are_tickets_or_refused(data: bytes) -> None:
    for kind in (None, rules.CSV, rules.JSON):
        try:
            read_tickets(data, kind)
        except Invalid as refusal:
            refused = refusal.code
        else:
            refused = "tickets_none"
        assert refused.startswith("tickets_")


# --- pretix's JSON ---------------------------------------------------------------------------------------------------


def position(number: int, **said: Any) -> dict[str, Any]:
    return {"id": 1000 + number, "positionid": number, "item": 5, "secret": f"secret-{number}", **said}


def order(*positions: Any, **said: Any) -> dict[str, Any]:
    return {"code": "ABC12", "status": "p", "email": "payer@people.example", "positions": list(positions), **said}


def export(*orders: Any) -> TicketFile:
    items = [{"id": 5, "name": "Day ticket", "admission": True}, {"id": 6, "name": "T-shirt", "admission": False}]
    return read_tickets(json.dumps({"event": {"items": items, "orders": list(orders)}}).encode())


def test_the_order_data_export_is_read() -> None:
    file = export(
        order(
            position(1, attendee_name="Siti Rahma", attendee_email="siti@people.example"),
            position(2, attendee_name="Budi"),
            locale="id",
        )
    )

    assert file.tickets == (
        Ticket(1, "secret-1", "Siti Rahma", "siti@people.example", "Day ticket", external_id="ABC12-1", locale="id"),
        Ticket(2, "secret-2", "Budi", None, "Day ticket", external_id="ABC12-2", locale="id"),
    )
    assert file.remarks == ()


def test_who_ordered_holds_the_first_ticket_that_names_nobody_else() -> None:
    file = export(order(position(1), position(2)), order(position(3, attendee_email="c@people.example"), code="DEF34"))

    assert [one.email for one in file.tickets] == ["payer@people.example", None, "c@people.example"]


def test_a_page_of_the_rest_api_is_read_with_times_and_cancellations() -> None:
    starts, ends = "2026-05-01T08:00:00+02:00", "2026-05-01T20:00:00Z"
    page = {
        "count": 3,
        "next": None,
        "results": [
            order(position(1, valid_from=starts, valid_until=ends), position(2, canceled=True)),
            order(position(3), status="c", code="DEF34"),
        ],
    }

    file = read_tickets(json.dumps(page).encode())

    [ticket] = file.tickets
    assert ticket.valid_from == datetime(2026, 5, 1, 6, tzinfo=UTC)
    assert ticket.valid_until == datetime(2026, 5, 1, 20, tzinfo=UTC)
    assert [one.secret for one in file.cancelled] == ["secret-2", "secret-3"]
    assert file.remarks == ()


def test_a_list_of_positions_is_read_too() -> None:
    rows = [{**position(1, attendee_name="Siti"), "order": "ABC12"}, {**position(2), "order": {"code": "DEF34"}}]

    file = read_tickets(json.dumps(rows).encode())

    assert [(one.external_id, one.name) for one in file.tickets] == [("ABC12-1", "Siti"), ("DEF34-2", None)]


NOT_ADMITTED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"status": "n"}, {}, "not_paid"),
    ({"status": "e"}, {}, "expired"),
    ({"testmode": True}, {}, "for_testing"),
    ({"require_approval": True}, {}, "not_approved"),
    ({}, {"item": 6}, "no_admission"),
    ({}, {"blocked": ["admin"]}, "blocked"),
    ({}, {"secret": None}, "secret_missing"),
    ({}, {"secret": 12}, "secret_missing"),
    ({}, {"valid_from": "yesterday"}, "valid_invalid"),
    ({}, {"valid_until": "2026-05-01T20:00:00"}, "valid_invalid"),
    ({}, {"valid_from": "2026-05-02T00:00:00Z", "valid_until": "2026-05-01T00:00:00Z"}, "valid_invalid"),
    ({}, {"valid_from": 5}, "valid_invalid"),
    ({}, {"admits": []}, "admits_invalid"),
]


@pytest.mark.parametrize(("of_order", "of_position", "code"), NOT_ADMITTED)
def test_what_admits_nobody_there_admits_nobody_here_and_is_named(
    of_order: dict[str, Any], of_position: dict[str, Any], code: str
) -> None:
    file = export(order(position(1, **of_position), **of_order), order(position(2), code="DEF34"))

    assert [one.secret for one in file.tickets] == ["secret-2"]
    assert file.remarks == (Remark(1, code, False, "ABC12-1"),)


def test_an_order_that_is_valid_while_it_waits_admits() -> None:
    assert len(export(order(position(1), status="n", valid_if_pending=True)).tickets) == 1


def test_a_cancelled_ticket_is_taken_back_whatever_else_is_wrong_with_it() -> None:
    file = export(order(position(1, canceled=True, blocked=["admin"], valid_from="?"), status="n"))

    assert [one.secret for one in file.cancelled] == ["secret-1"]


STRANGE: list[Any] = [None, 5, "text", [], {}, {"positions": None}, {"positions": [None, 5, {}]}, {"positions": "x"}]


def test_what_is_no_order_is_named_and_the_others_are_taken() -> None:
    file = export(*STRANGE, order(position(1, item={"id": 5}, attendee_name=["x"], attendee_email={"a": 1})))

    assert [(one.secret, one.name, one.email) for one in file.tickets] == [("secret-1", None, None)]
    assert {one.code for one in file.remarks} == {"secret_missing"}
    assert len(file.remarks) == 5 + 1 + 3 + 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["event", "orders", "results", "positions", "items", "secret", "order", "status", "id", "item"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(anything)
def test_any_json_is_tickets_or_refused(said: Any) -> None:
    refused = None
    try:
        file = read_tickets(json.dumps(said).encode(), rules.JSON)
    except Invalid as refusal:
        refused = refusal.code
    assert refused == "tickets_unreadable" if refused else all(one.secret for one in file.tickets)
