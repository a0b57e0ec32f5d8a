"""`backup`: a copy of everything."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app

from referral.cli.jobs import job
from referral.clicks import salts
from referral.plumbing.backup import BackupFailed, back_up


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@job
def command(file: Path) -> None:
    """Copy the database to FILE while everything runs.

    The secrets by which visitors are told apart stay behind: they are to be gone after two days, from everywhere.

    SQLite: FILE is a database, to be put in the place of the old one. PostgreSQL: FILE is for pg_restore.
    """
    try:
        size = back_up(current_app.config["SQLALCHEMY_DATABASE_URI"], file, without=[salts.TABLE])
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from failed
    click.echo(f"Copied {size:,} bytes to {file}.")
