"""`settings`: what can be set, what it is set to, and what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from shutil import get_terminal_size
from textwrap import wrap

import click
from flask import current_app

from referral.cli.jobs import job
from referral.config import SETTINGS, Setting

SECRET = frozenset({"SECRET_KEY", "MAIL_PASSWORD", "METRICS_TOKEN"})
_PASSWORD = re.compile(r"(?<=:)[^:/@\s]+(?=@)")


@click.command("settings")
@click.option("--markdown", is_flag=True, help="Print the table for the README: names, defaults, meaning.")
@job
def command(markdown: bool) -> None:
    """Print every setting: its value here, its default and its meaning. Each is an environment variable."""
    if markdown:
        click.echo("\n".join(as_markdown(SETTINGS)))
        return
    width = max(get_terminal_size().columns, 60)
    for setting in SETTINGS:
        value = shown(setting, current_app.config[setting.name])
        click.echo(f"{setting.name} = {value}    (default: {written(setting.default)})")
        for line in wrap(setting.help, width - 4):
            click.echo(f"    {line}")


def as_markdown(settings: Iterable[Setting]) -> list[str]:
    """Write settings as the README's table."""
    rows = [f"| `{one.name}` | {f'`{written(one.default)}`'} | {one.help} |" for one in settings]
    return ["| setting | default | what it is for |", "|---|---|---|", *rows]


def shown(setting: Setting, value: object) -> str:
    """Write a setting's value so that it may be looked over at: secrets are blotted out."""
    if setting.name in SECRET:
        return "…" if value else written("")
    return _PASSWORD.sub("…", written(value))


def written(value: object) -> str:
    """Write a value as it is set: 1 and 0 for yes and no."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if value != "" else '""'
