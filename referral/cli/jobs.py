"""How a command runs: inside the application, and with a refusal told as a sentence and exit status 1."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask.cli import with_appcontext

from referral.errors import Refusal

P = ParamSpec("P")
T = TypeVar("T")


def job(work: Callable[P, T]) -> Callable[P, T]:
    """Run a command's function inside the application; end with status 1 and a sentence where it is refused."""

    @wraps(work)
    def run(*args: P.args, **options: P.kwargs) -> T:
        try:
            return work(*args, **options)
        except Refusal as refusal:
            raise click.ClickException(sentence(refusal)) from refusal

    return with_appcontext(run)


def sentence(refusal: Refusal) -> str:
    """Say what was refused, for somebody at a terminal.

    >>> sentence(Refusal("slug_taken", slug="night-fair"))
    'Refused: slug taken (slug: night-fair).'
    """
    reason = refusal.code.replace("_", " ")
    fields = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in refusal.fields.items())
    return f"Refused: {reason} ({fields})." if fields else f"Refused: {reason}."
