"""`brand`: brands are made."""

from __future__ import annotations

import click

from referral.brands import actions
from referral.cli.jobs import job
from referral.plumbing.transaction import upkeep


@click.group("brand")
def group() -> None:
    """Brands: whose stories spread."""


@group.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="Name that people read.")
@click.option("--currency", required=True, help="Currency of its campaigns, as IDR or PLN.")
@click.option("--locale", default="en", show_default=True, help="Language: en, id, pl or zh_Hans.")
@click.option("--accent", help="The brand's colour, as #b4552d.")
@job
def create(slug: str, name: str, currency: str, locale: str, accent: str | None) -> None:
    """Make a brand whose addresses begin with /b/SLUG."""

    def work() -> str:
        return actions.create(slug=slug, name=name, currency=currency.upper(), locale=locale, accent=accent).slug

    click.echo(f"Made the brand {upkeep(work)}.")
