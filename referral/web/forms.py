"""What the console's forms share: a base, a field for moments, and how a refusal comes back beside its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from flask import abort, make_response, render_template
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField
from wtforms.fields import SelectChoice

from referral.errors import Refusal
from referral.web.errors import sentence


class Form(FlaskForm):  # type: ignore[misc]
    """A form of the console."""

    def blame(self, refusal: Refusal, places: Mapping[str, str]) -> None:
        """Write what a refusal says beside the field that its code stands for; one without a place, above the form."""
        place = places.get(refusal.code)
        if place is not None and place in self:
            self[place].errors = [*self[place].errors, sentence(refusal)]
        else:
            self.form_errors.append(sentence(refusal))


class MomentField(DateTimeLocalField):  # type: ignore[misc]
    """A day and a time in UTC, from a control that knows no time zones."""

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return self.data.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, values: list[str]) -> None:
        """Read what was typed; nothing means no moment."""
        text = " ".join(values).strip()
        self.data = None
        if not text:
            return
        try:
            moment = datetime.fromisoformat(text)
            self.data = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValueError(gettext("Write a day and a time like 2026-11-20 08:00.")) from error


def choices(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Write values and their words as the choices of a field."""
    return [SelectChoice(value, words) for value, words in pairs]


def again(template: str, **context: Any) -> NoReturn:
    """Answer with the page of a form that did not go through; what was begun in this request is rolled back.

    It leaves by an exception because the transaction ends with whatever a view returns by committing it.
    """
    abort(make_response(render_template(template, **context), 400))
