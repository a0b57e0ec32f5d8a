"""Bad input in every field of every document: a clear answer, never an error of ours, never an echo."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from referral.plumbing import ids
from tests import factories as make
from tests.api.problems import problem, refusal, wrong_fields
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask

SENTINEL = "siti.rahma.secret@people.example"

DOCUMENTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "campaign": (
        "POST",
        "/campaigns",
        {
            "slug": "second",
            "name": "Second",
            "currency": "IDR",
            "story": {"title": "Books", "body": "All night.", "locale": "en", "share_text": "Come."},
            "landing_url": "https://shop.example/",
            "starts_at": "2026-05-01T00:00:00Z",
            "ends_at": "2026-06-01T00:00:00Z",
            "reward_plan": {"kind": "percent", "percent": "5", "holding_days": 14},
            "published": True,
        },
    ),
    "change": (
        "PATCH",
        "/campaigns/fair",
        {
            "name": "Renamed",
            "story": {"title": "Books", "body": "All night.", "locale": "en", "share_text": "Come."},
            "landing_url": "https://shop.example/",
            "starts_at": "2026-05-01T00:00:00Z",
            "ends_at": "2026-06-01T00:00:00Z",
            "reward_plan": {"kind": "fixed", "amount": "5.00", "holding_days": 14},
            "published": True,
        },
    ),
    "fan": (
        "POST",
        "/campaigns/fair/fans",
        {
            "name": "Siti",
            "email": "siti@people.example",
            "phone": "+6281234567890",
            "external_id": "customer-1",
            "told_by": "TELLER",
            "click_id": "CLICK",
            "channel": "whatsapp",
            "locale": "id",
        },
    ),
    "sale": (
        "POST",
        "/campaigns/fair/sales",
        {
            "external_id": "order-1",
            "amount": "10.00",
            "currency": "IDR",
            "buyer": {"name": "Siti", "email": "s@people.example", "phone": "+6281234567890", "external_id": "c-1"},
            "click_id": "CLICK",
            "code": "TELLER",
        },
    ),
    "buyer": (
        "POST",
        "/campaigns/fair/sales",
        {"external_id": "order-1", "amount": "10.00", "currency": "IDR", "buyer": {"id": "FAN"}},
    ),
    "event": (
        "POST",
        "/events",
        {
            "campaign": "fair",
            "slug": "second-night",
            "name": "The second night",
            "venue": "Hall B",
            "timezone": "Asia/Jakarta",
            "capacity": 20_000,
            "early_minutes": 30,
            "reentry": "daily",
            "gives_passes": True,
            "cost": "850000.00",
            "days": [{"opens_at": "2026-05-01T09:00:00Z", "closes_at": "2026-05-01T21:00:00Z"}],
            "places": [{"kind": "gate", "name": "North gate"}],
        },
    ),
    "pass": (
        "POST",
        "/events/night/passes",
        {
            "person": {"email": "siti@people.example", "external_id": "customer-1", "told_by": "TELLER"},
            "label": "Speaker",
            "admits": 2,
            "valid_from": "2026-05-01T00:00:00Z",
            "valid_until": "2026-06-01T00:00:00Z",
            "external_id": "ticket-1",
        },
    ),
    "refund": ("POST", "/campaigns/fair/sales/paid/refunds", {"external_id": "return-1", "amount": "1.00"}),
}

TEXTS = {
    "NUL": "a\0b",
    "NUL alone": "\0",
    "controls": "\x01\x1b[31m\x7f\x85",
    "bidi": "\u202egnitset\u2066\u2069",
    "emoji": "\N{BOOKS}\N{MAN}\u200d\N{PERSONAL COMPUTER}\U0001f1ee\U0001f1e9",
    "zalgo": "Z" + "\u0310\u0352" * 40,
    "unassigned": "\U000e0001\ufdd0\uffff\ue000",
    "markup": "<script>alert(1)</script>'\"--;%s{0}${7*7}",
    "long": "x" * 10_000,
    "very long": "\N{BOOKS}" * 20_500,
    "blank": " \t\n\u3000",
    "empty": "",
}
OTHERS: dict[str, Any] = {
    "number": 5,
    "float": 1.5,
    "huge": 10**30,
    "huger": 10**400,
    "true": True,
    "null": None,
    "list": ["x"],
    "object": {"x": "y"},
    "nested": [[[[[[[[[["x"]]]]]]]]]],
}


def places(document: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in document.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from places(value, (*path, name))


def with_value(document: dict[str, Any], place: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return changed


@pytest.fixture
def known(app: Flask, fair: Fair) -> dict[str, str]:
    """Make what documents speak of."""
    with make.saved(app):
        teller = make.fan(fair.campaign, "Teller")
        make.sale(fair.campaign, teller, "1000000.00", external_id="paid")
        make.event(fair.campaign)
        return {"TELLER": make.code_of(teller), "CLICK": ids.show(make.click(teller)), "FAN": ids.show(teller.id)}


def filled(document: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    text = json.dumps(document)
    for word, value in known.items():
        text = text.replace(f'"{word}"', f'"{value}"')
    done: dict[str, Any] = json.loads(text)
    return done


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_any_text_in_any_field_is_taken_or_refused_clearly(shop: Shop, known: dict[str, str], kind: str) -> None:
    method, path, document = DOCUMENTS[kind]
    document = filled(document, known)

    for place in places(document):
        for case, text in TEXTS.items():
            answer = shop.call(method, path, with_value(document, place, text))
            assert answer.status_code < 500, (place, case)
            if answer.status_code >= 400:
                assert problem(answer)["status"] in {409, 422}, (place, case)
            if "NUL" in case and place != ("name",) and place != ("buyer", "name"):
                assert answer.status_code == 422, (place, case)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_any_other_type_in_any_field_is_refused_with_the_field(shop: Shop, known: dict[str, str], kind: str) -> None:
    method, path, document = DOCUMENTS[kind]
    document = filled(document, known)

    for place in places(document):
        for case, value in OTHERS.items():
            answer = shop.call(method, path, with_value(document, place, value))
            assert answer.status_code < 500, (place, case)
            if case in {"null", "true", "number"}:
                continue  # some fields may be left out, some are a truth or a number
            assert any(field.startswith(".".join(place)) for field in wrong_fields(answer)), (place, case)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_field_nobody_asked_for_is_refused(shop: Shop, known: dict[str, str], kind: str) -> None:
    method, path, document = DOCUMENTS[kind]

    answer = shop.call(method, path, {**filled(document, known), "brand_id": 1, "x" * 500: "y"})

    assert wrong_fields(answer) == {"brand_id": "extra_forbidden", "x" * 60: "extra_forbidden"}


BODIES = {
    "nothing": b"",
    "blank": b"  \n",
    "a word": b"hello",
    "a form": b"external_id=c",
    "half": b'{"external_id": ',
    "a trailing comma": b'{"external_id": "c",}',
    "single quotes": b"{'external_id': 'c'}",
    "two documents": b'{"external_id": "c"}{}',
    "a lone surrogate": b'{"external_id": "\\ud800"}',
    "a reversed pair": b'{"external_id": "\\udc00\\ud800"}',
    "a lone surrogate in a key": b'{"\\ud800": "c"}',
    "a raw control": b'{"external_id": "a\x01b"}',
    "no UTF-8": b'{"external_id": "\xff\xfe"}',
    "an encoded surrogate": b'{"external_id": "\xed\xa0\x80"}',
    "overlong UTF-8": b'{"external_id": "\xc0\x80"}',
    "UTF-16": '{"external_id": "c"}'.encode("utf-16"),
    "a mark": b'\xef\xbb\xbf{"external_id": "c"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"buyer":' * 20_000 + b"1" + b"}" * 20_000,
    "a very long number": b'{"external_id": ' + b"9" * 100_000 + b"}",
}


def test_what_is_no_json_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for case in BODIES:
        with subtests.test(repr(case)[:60]):
            for path in ("/campaigns", "/campaigns/fair/fans", "/campaigns/fair/sales"):
                assert refusal(shop.post(path, raw=BODIES[case])) == (400, "json_malformed")


NO_OBJECTS: list[Any] = [b"[]", b'[{"external_id": "c"}]', b"null", b"5", b'"text"', b"true"]


def test_a_document_that_is_no_object_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for body in NO_OBJECTS:
        with subtests.test(repr(body)[:60]):
            for path in ("/campaigns", "/campaigns/fair/fans", "/campaigns/fair/sales"):
                assert wrong_fields(shop.post(path, raw=body)) == {"": "model_type"}


def test_moderately_deep_json_is_refused_by_field(shop: Shop) -> None:
    raw = b'{"external_id": "c", "name": ' + b"[" * 150 + b"]" * 150 + b"}"

    assert wrong_fields(shop.post("/campaigns/fair/fans", raw=raw)) == {"name": "string_type"}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_refusals_never_repeat_what_was_sent(shop: Shop, known: dict[str, str], kind: str) -> None:
    method, path, document = DOCUMENTS[kind]
    document = filled(document, known)

    for place in places(document):
        for value in (SENTINEL, f"{SENTINEL}\0", [SENTINEL], {"a": SENTINEL}, SENTINEL * 500):
            answer = shop.call(method, path, with_value(document, place, value))
            if answer.status_code >= 400:
                assert SENTINEL not in answer.get_data(as_text=True), place


NO_ADDRESSES: list[Any] = ["%00", "fair%00", "%ED%A0%80", "%FF", "..%2F..", "FAIR", "fair ", "'", "x" * 3_000]


def test_an_address_that_can_be_none_is_not_there(shop: Shop, subtests: pytest.Subtests) -> None:
    for slug in NO_ADDRESSES:
        with subtests.test(repr(slug)[:60]):
            for path in ("", "/fans", "/sales", "/credits", "/measures", "/spread"):
                assert refusal(shop.get(f"/campaigns/{slug}{path}"))[0] == 404
