"""`demo`: the demonstration, a fair told in miniature."""

from __future__ import annotations

import click

from referral.brands import queries as brands
from referral.cli.demo.filling import PASSWORD, STAFF, fill
from referral.cli.jobs import job
from referral.plumbing.clock import now
from referral.plumbing.transaction import in_reading, upkeep


@click.command("demo")
@job
def command() -> None:
    """Fill an empty database with a brand, three campaigns and some 450 fans to look around with."""
    if in_reading(brands.any_brand):
        raise click.ClickException("There is a brand here already, and the demonstration fills an empty database only.")
    moment = now()

    def work() -> None:
        fill(moment)

    upkeep(work)
    click.echo(f"Made the demonstration. The staff sign in as {STAFF[0][0]} with the password {PASSWORD}.")
