"""Settings: one line each, read from the environment of the same name; `flask --app wsgi settings` prints them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """Describe one setting: its name, its default (whose type it has) and what it is for."""

    name: str
    default: str | int | bool
    help: str

    def read(self, text: str) -> str | int | bool:
        """Turn an environment variable's text into this setting's type; raise ValueError where it is not one."""
        if isinstance(self.default, bool):
            if text.strip().lower() in {"1", "true", "yes", "on"}:
                return True
            if text.strip().lower() in {"", "0", "false", "no", "off"}:
                return False
            raise ValueError(f"{self.name} must be 1 or 0, not {text!r}")
        if isinstance(self.default, int):
            if not re.fullmatch(r"\s*-?[0-9]{1,18}\s*", text, re.ASCII):
                raise ValueError(f"{self.name} must be a whole number, not {text!r}")
            return int(text)
        return text


SETTINGS: tuple[Setting, ...] = (
    Setting("HOST", "127.0.0.1", "Address that `serve` listens on."),
    Setting("PORT", 8000, "Port that `serve` listens on."),
    Setting("WEB_PROCESSES", 2, "Web processes that `serve` starts."),
    Setting("WEB_THREADS", 4, "Threads of each web process."),
    Setting(
        "REDIRECT_PORT",
        0,
        "Port of processes of their own for short links, to which a proxy sends /r/ and /R/; 0: there are none.",
    ),
    Setting("REDIRECT_PROCESSES", 1, "Processes that serve REDIRECT_PORT."),
    Setting(
        "PUBLIC_URL",
        "",
        "Address people reach this installation by, without a slash at the end; empty: http://HOST:PORT.",
    ),
    Setting("DATABASE_URL", "", "SQLAlchemy address of the database; empty: an SQLite file in DATA_DIR."),
    Setting("DATA_DIR", "instance", "Folder for the SQLite file and the generated secret key."),
    Setting("CLICKS_DIR", "", "Folder for the journals of visits that are on their way; empty: clicks in DATA_DIR."),
    Setting(
        "CLICK_SYNC_MS",
        50,
        "How often the disk is told to keep the visits, in milliseconds; 0: before each is answered.",
    ),
    Setting("CLICK_KEPT_DAYS", 400, "Days after which single visits are thrown away; their counts stay; 0: never."),
    Setting("CLICK_COOKIE_DAYS", 30, "Days that the attribution cookie lasts where a campaign sets no end to credit."),
    Setting(
        "FLOOD_PER_MINUTE",
        300,
        "Visits to a link in a minute from one address after which no more are counted; 0: all are.",
    ),
    Setting("LATE_SECONDS", 60, "Age of the oldest visit not yet counted at which an alarm is raised, in seconds."),
    Setting(
        "SPREAD_CACHE_FANS",
        2_000_000,
        "Fans whose spreads a process keeps in memory, at some 150 bytes each; the last one asked for stays.",
    ),
    Setting("NODE", 0, "Number of this machine, 0 to 15, among those that share a database."),
    Setting("GEO_DATABASE", "", "File of countries by address (MaxMind's MMDB format); empty: countries stay unknown."),
    Setting("SECRET_KEY", "", "Key that signs cookies and tokens; empty: made once and kept in DATA_DIR."),
    Setting("DEMO", False, "Fill an empty database with the demonstration brand when `serve` starts."),
    Setting("TRUSTED_PROXIES", 0, "Number of reverse proxies in front whose X-Forwarded headers are believed."),
    Setting("RATE_LIMITS", True, "Limit sign-in, join and unknown codes by address."),
    Setting("RATE_LIMIT_STORAGE", "memory://", "Where limits are counted; a redis:// address for several machines."),
    Setting("MAIL_SERVER", "", "SMTP server for outgoing mail; empty: mail is kept in the development mailbox."),
    Setting("MAIL_PORT", 587, "Port of the SMTP server."),
    Setting("MAIL_USERNAME", "", "Name to sign in to the SMTP server with; empty: no sign-in."),
    Setting("MAIL_PASSWORD", "", "Password for the SMTP server."),
    Setting("MAIL_TLS", "starttls", "How mail is encrypted: starttls, tls or none."),
    Setting("MAIL_FROM", "Tular <tular@localhost>", "Sender of outgoing mail."),
    Setting("MAILBOX", False, "Show mail at /mailbox, to this machine only, while no MAIL_SERVER is set."),
    Setting("METRICS_TOKEN", "", "Bearer token for /metrics; empty: the page does not exist."),
    Setting("WORKER_SECONDS", 1, "Pause of the worker between two looks at an empty outbox, in seconds."),
    Setting("LOG_LEVEL", "INFO", "Least level that is logged: DEBUG, INFO, WARNING or ERROR."),
    Setting("MAX_UPLOAD_MB", 8, "Largest request body taken, in megabytes."),
)


def from_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Read every setting from the environment, with its default where it is absent.

    Raises:
        ValueError: a variable is not of its setting's type.
    """
    return {s.name: s.read(environ[s.name]) if s.name in environ else s.default for s in SETTINGS}
