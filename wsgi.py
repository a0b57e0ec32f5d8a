"""The WSGI entry: a plain callable for any server, and the application that `flask --app wsgi` finds."""

from __future__ import annotations

from referral.app import create_app

app = create_app()
