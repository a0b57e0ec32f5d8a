"""`ledger`: the books are checked."""

from __future__ import annotations

import click

from referral.cli.jobs import job
from referral.credits import checks as books
from referral.plumbing.transaction import in_reading
from referral.sales import checks


@click.group("ledger")
def group() -> None:
    """The ledger: who earned what."""


@group.command("verify")
@job
def verify() -> None:
    """Check that the books of every brand are right; print what is not, and end with status 1."""

    def work() -> tuple[list[books.Problem], int]:
        return checks.verify(), books.transactions()

    problems, count = in_reading(work)
    for problem in problems:
        click.echo(f"{problem.code}: {problem.table} {problem.id} of brand {problem.brand_id} {problem.found}")
    if problems:
        raise click.ClickException(f"{len(problems)} problems in {count} transactions.")
    click.echo(f"{count} transactions; each sums to zero.")
