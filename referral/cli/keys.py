"""`key`: API keys are made."""

from __future__ import annotations

import click

from referral.brands import actions, queries
from referral.brands.rules import Scope
from referral.cli.jobs import job
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import in_transaction

SCOPES = [str(scope) for scope in Scope]


@click.group("key")
def group() -> None:
    """Keys: how programs come in."""


@group.command("create")
@click.argument("slug")
@click.option("--name", default="Command line", show_default=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; else everything.")
@job
def create(slug: str, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key of the brand SLUG, and print it and nothing else: it is shown this once."""
    brand_id = queries.by_slug(slug).id

    def work() -> str:
        return actions.make_key(queries.by_id(brand_id), name=name, scopes=scopes or SCOPES)

    with of_brand(brand_id):
        click.echo(in_transaction(work))
