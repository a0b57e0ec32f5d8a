"""The page for newcomers: every example on it works, every call is on it, in four languages."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from referral.api.description import code_marks
from referral.api.examples import CHANGE_CAMPAIGN, MAKE_CAMPAIGN, MISTAKE, START, TAKES
from referral.api.openapi import SCOPES, describe
from referral.api.reading import Field, fields
from tests import factories as make
from tests.api.problems import problem
from tests.api.shop import PREFIX, Shop

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

LANGUAGES = {"en": "en", "id": "id", "pl": "pl", "zh_Hans": "zh-Hans"}


@pytest.fixture
def newcomer(app: Flask) -> Shop:
    """Give a brand that has nothing yet a key."""
    with make.saved(app):
        return Shop(app, make.key(make.brand()))


# --- The examples ----------------------------------------------------------------------------------------------------


def same(shown: Any, answered: Any, real: dict[str, str]) -> None:
    """Compare what an example shows with what is answered; ids and codes differ, but the same stays the same."""
    if isinstance(shown, dict):
        for name, one in shown.items():
            same(one, answered[name], real)
    elif isinstance(shown, list):
        assert len(shown) == len(answered)
        for one, other in zip(shown, answered, strict=True):
            same(one, other, real)
    elif isinstance(shown, str) and re.fullmatch(r"[0-9A-Z]{8}|[0-9A-Z]{13}", shown):
        assert real.setdefault(shown, answered) == answered
    elif isinstance(shown, str) and shown.startswith("https://"):
        assert answered.rpartition("/")[2] == real[shown.rpartition("/")[2]]
    else:
        assert shown == answered


def test_the_first_hour_goes_as_the_page_says(app: Flask, newcomer: Shop) -> None:
    newcomer.made("/campaigns", MAKE_CAMPAIGN)
    teller = newcomer.made("/campaigns/night-fair/fans", {"external_id": "teller"})
    real = {"K7M2Q9XD": teller["code"]}

    for example in START:
        sent = json.loads(json.dumps(example.takes).replace("K7M2Q9XD", teller["code"]))
        answer = newcomer.call(example.method, example.path, sent)
        assert answer.status_code == (200 if example.method == "GET" else 201), answer.get_data(as_text=True)
        same(example.gives, answer.json, real)

    assert real["6H0VSY8B2C9XM"] == teller["id"]
    assert newcomer.patch("/campaigns/night-fair", CHANGE_CAMPAIGN).status_code == 200


@pytest.mark.engines("sqlite")
def test_every_call_that_takes_a_document_has_an_example(app: Flask) -> None:
    calls = [call for methods in describe(app)["paths"].values() for call in methods.values()]

    assert {call["operationId"] for call in calls if "requestBody" in call} == set(TAKES)


@pytest.mark.engines("sqlite")
def test_the_mistake_that_is_shown_is_the_one_that_is_answered(newcomer: Shop) -> None:
    newcomer.made("/campaigns", MAKE_CAMPAIGN)

    answer = newcomer.post(
        "/campaigns/night-fair/sales", {"external_id": "order-1", "amount": 150_000, "currency": "IDR"}
    )

    assert problem(answer) == MISTAKE


def test_a_command_line_reads_the_calls_as_they_are_meant() -> None:
    for example in START:
        words = shlex.split(example.curl("https://fair.example"))

        assert words[:2] == ["curl", f"https://fair.example/api/v1{example.path}"]
        assert "Authorization: Bearer $TULAR_KEY" in words
        assert (json.loads(words[-1]) if example.takes else None) == example.takes
        assert "'" not in json.dumps(example.takes)


# --- The page --------------------------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_there_in_every_language_without_a_key(client: FlaskClient, language: str) -> None:
    answer = client.get(f"{PREFIX}/docs?lang={language}")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'<html lang="{LANGUAGES[language]}"' in page
    assert 'href="/api/v1/openapi.json"' in page


@pytest.mark.engines("sqlite")
def test_every_call_scope_and_field_is_on_the_page(app: Flask, client: FlaskClient) -> None:
    description = describe(app)

    page = client.get(f"{PREFIX}/docs").get_data(as_text=True)

    for path, methods in description["paths"].items():
        for method, call in methods.items():
            assert f'id="{call["operationId"]}"' in page
            assert f"<b>{method.upper()}</b> <span>{path}</span>" in page
    assert all(f"<code>{scope}</code>" in page for scope in SCOPES)
    for name in ("story.title", "reward_plan.holding_days", "buyer.external_id", "credits[].why.code"):
        assert f"<code>{name}</code>" in page
    assert "{&#39;" not in page


@pytest.mark.engines("sqlite")
def test_the_page_leads_nowhere_that_is_not_there(client: FlaskClient) -> None:
    page = client.get(f"{PREFIX}/docs").get_data(as_text=True)

    anchors = set(re.findall(r'href="#([\w-]+)"', page))
    assert anchors
    assert anchors <= set(re.findall(r'\sid="([\w-]+)"', page))


def test_a_schema_reads_as_rows() -> None:
    schemas = {
        "Outer": {
            "properties": {
                "name": {"type": "string", "description": "Its name."},
                "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                "inner": {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}},
                "next": {"type": ["string", "null"]},
            },
            "required": ["name"],
        },
        "Inner": {
            "type": "object",
            "description": "One.",
            "properties": {"kind": {"type": "string", "enum": ["a", "b"]}},
        },
    }

    assert list(fields({"$ref": "#/components/schemas/Outer"}, schemas)) == [
        Field("name", "string", (), True, "Its name."),
        Field("at", "date-time or null", (), False, ""),
        Field("inner", "list of object", (), False, "One."),
        Field("inner[].kind", "string", ("a", "b"), False, ""),
        Field("next", "string or null", (), False, ""),
    ]


def test_backticks_become_code_and_all_else_is_escaped() -> None:
    assert code_marks("By `<id>` & name.") == "By <code>&lt;id&gt;</code> &amp; name."
