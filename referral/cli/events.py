"""`events`: exhibitions, and the tickets of other systems that open their gates."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from referral.brands import queries as brands
from referral.cli.jobs import job
from referral.events import importing, queries
from referral.events.rules.tickets import CSV, JSON
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import in_transaction

if TYPE_CHECKING:
    from referral.events.importing import Report
    from referral.events.rules.tickets import Remark

SHOWN = 20


@click.group("events")
def group() -> None:
    """Exhibitions."""


@group.command("import-tickets")
@click.argument("brand")
@click.argument("event")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice([JSON, CSV]), help="Of which kind; guessed where it is left out.")
@click.option("--remarks", type=click.Path(dir_okay=False, path_type=Path), help="Write every remark to this file.")
@job
def import_tickets(brand: str, event: str, file: Path, kind: str | None, remarks: Path | None) -> None:
    """Take another system's tickets in: pretix's JSON, or a CSV file with secret, name, email, item, admits.

    Everything is written in one transaction. The same file again changes nothing; one that has grown adds what is new,
    and revokes what was cancelled.
    """
    data = file.read_bytes()
    found = brands.by_slug(brand)
    with of_brand(found.id):
        report = in_transaction(lambda: importing.import_tickets(queries.by_slug(found, event), data, kind))
    for line in _told(report):
        click.echo(line)
    if remarks is not None:
        _write(remarks, report)
    if report.changed_nothing and not report.known and report.refused():
        raise click.ClickException("No ticket was taken in.")


def _told(report: Report) -> Iterator[str]:
    """Say what came of an import."""
    if report.changed_nothing:
        yield "Nothing has changed."
    else:
        yield f"{report.taken:,} tickets taken in, {report.people:,} of them of people with a mail address."
    if report.known:
        yield f"{report.known:,} were here already."
    if report.cancelled:
        yield f"{report.cancelled:,} were cancelled, and let nobody in any more."
    for words, some in (
        ("lines not taken", [one for one in report.remarks if not one.is_taken]),
        ("taken in part", [one for one in report.remarks if one.is_taken]),
    ):
        yield from _listed(words, some)


def _listed(words: str, remarks: list[Remark]) -> Iterator[str]:
    if not remarks:
        return
    codes = ", ".join(f"{code} {count:,}" for code, count in Counter(one.code for one in remarks).most_common())
    yield f"{len(remarks):,} {words}: {codes}."
    for remark in remarks[:SHOWN]:
        yield f"  line {remark.line}: {' '.join(filter(None, (remark.code, remark.reference)))}"
    if len(remarks) > SHOWN:
        yield f"  and {len(remarks) - SHOWN:,} more (--remarks FILE writes them all)"


def _write(file: Path, report: Report) -> None:
    with file.open("w", encoding="utf-8", newline="") as open_file:
        writer = csv.writer(open_file)
        writer.writerow(("line", "code", "taken", "reference"))
        writer.writerows(
            (one.line, one.code, "yes" if one.is_taken else "no", one.reference or "") for one in report.remarks
        )
