"""`member`: staff are taken on."""

from __future__ import annotations

import sys

import click

from referral.brands import actions, queries
from referral.brands.rules import Role
from referral.cli.jobs import job
from referral.plumbing.transaction import in_reading, upkeep


@click.group("member")
def group() -> None:
    """Members: the staff of a brand."""


@group.command("create")
@click.argument("slug")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([str(role) for role in Role]), help="What they may do.")
@click.option("--name", default="", help="Their name; else what stands before the @.")
@job
def create(slug: str, email: str, role: str, name: str) -> None:
    """Make EMAIL a member of the brand SLUG.

    The password is asked for twice, or read as one line from standard input. Who has an account keeps their password.
    """
    password = None if _has_account(slug, email) else _ask_password()

    def work() -> str:
        brand = queries.by_slug(slug)
        return actions.take_on(brand, email=email, role=role, password=password, name=name).email

    click.echo(f"{upkeep(work)} is now {role} of {slug}.")


def _has_account(slug: str, email: str) -> bool:
    """Find out what would be refused anyway before a password is asked for."""

    def work() -> bool:
        queries.by_slug(slug)
        return queries.account_by_email(actions.mail_key(email)) is not None

    return in_reading(work)


def _ask_password() -> str:
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
        return password
    return sys.stdin.readline().rstrip("\r\n")
