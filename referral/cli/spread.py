"""`spread`: who told whom, in and out as files."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from referral.brands import queries as brands
from referral.campaigns import queries as campaigns
from referral.cli.importing import Summary, take_in
from referral.cli.jobs import job
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import in_reading, in_transaction
from referral.spread import queries
from referral.spread.exports import FORMATS, export

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign

SHOWN = 20


@click.group("spread")
def group() -> None:
    """The spread: who told whom."""


@group.command("import")
@click.argument("brand")
@click.argument("campaign")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--refusals", type=click.Path(dir_okay=False, path_type=Path), help="Write every refused row to this file."
)
@job
def import_(brand: str, campaign: str, file: Path, refusals: Path | None) -> None:
    """Take a recorded spread in: a CSV file with the columns fan, told_by, at and channel, in any order.

    Everything is written in one transaction: a file that breaks off half-way, or a machine that does, leaves nothing
    behind that would have to be found and undone. The same file again adds nobody.
    """
    data = file.read_bytes()
    progress = Progress()
    with _campaign(brand):
        summary = in_transaction(lambda: take_in(_found(brand, campaign), data, progress.show))
    progress.end()
    for line in _report(summary):
        click.echo(line)
    if refusals is not None:
        _write(refusals, summary)
    if summary.refusals and not (summary.people or summary.here_already):
        raise click.ClickException("Nobody was taken in.")


@group.command("export")
@click.argument("brand")
@click.argument("campaign")
@click.option("--format", "kind", required=True, type=click.Choice(list(FORMATS)), help="Of which kind.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Into this file; else standard output.")
@job
def export_(brand: str, campaign: str, kind: str, output: Path | None) -> None:
    """Write everybody and who told them first, with names, as CSV, GraphML or GEXF."""

    def work() -> str:
        spread = queries.named(_found(brand, campaign))
        return export(spread.forest, spread.names, kind)

    with _campaign(brand):
        text = in_reading(work)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="")


@contextmanager
def _campaign(brand: str) -> Iterator[None]:
    """Stay inside a brand."""
    with of_brand(brands.by_slug(brand).id):
        yield


def _found(brand: str, campaign: str) -> Campaign:
    return campaigns.by_slug(brands.by_slug(brand), campaign)


def _report(summary: Summary) -> Iterator[str]:
    """Say what came of an import."""
    yield f"{summary.people:,} people taken in, {summary.introduced:,} of them introduced by another."
    if summary.here_already:
        yield f"{summary.here_already:,} were here already."
    if summary.said_twice:
        yield f"{summary.said_twice:,} rows said again what another row says."
    if summary.refusals:
        codes = ", ".join(f"{code} {count:,}" for code, count in summary.by_code().most_common())
        yield f"{len(summary.refusals):,} rows refused: {codes}."
    for refusal in summary.refusals[:SHOWN]:
        yield f"  row {refusal.row}: {' '.join((refusal.code, *refusal.names))}"
    if len(summary.refusals) > SHOWN:
        yield f"  and {len(summary.refusals) - SHOWN:,} more (--refusals FILE writes them all)"


def _write(file: Path, summary: Summary) -> None:
    with file.open("w", encoding="utf-8", newline="") as open_file:
        writer = csv.writer(open_file)
        writer.writerow(("row", "code", "names"))
        writer.writerows((refusal.row, refusal.code, " ".join(refusal.names)) for refusal in summary.refusals)


class Progress:
    """Show on standard error how far it is: on one line of a terminal, else every tenth part."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shown = -1

    def show(self, done: int, total: int) -> None:
        """Say that so many of so many are done."""
        step = 1 if sys.stderr.isatty() else 10
        percent = done * 100 // total
        if percent // step == self._shown // step and done < total:
            return
        self._shown = percent
        rate = done / max(time.monotonic() - self._started, 0.001)
        click.echo(f"{percent:3} %  {done:,} of {total:,}  {rate:,.0f} a second", err=True, nl=step > 1)
        if step == 1:
            click.echo("\r", err=True, nl=False)

    def end(self) -> None:
        """Leave the line."""
        if self._shown >= 0 and sys.stderr.isatty():
            click.echo("", err=True)
