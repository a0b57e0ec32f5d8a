"""Rate limits, by address: on sign-in, joining, pairing and unknown codes."""

from __future__ import annotations

from flask import Flask, Response

from referral.plumbing.limits import limiter

SIGN_IN = "5 per minute; 40 per hour"
SECOND_FACTOR = "6 per 5 minutes; 30 per hour"  # by account: a session that is played back is no fresh try
JOIN = "300 per minute"  # a whole fair may share one address
ASK_MAIL = "4 per minute; 20 per hour"
PAIR = "60 per minute; 600 per hour"  # all volunteers of a fair pair in the same morning, behind one address
UNKNOWN_CODES = "30 per minute"


def only_unknown(response: Response) -> bool:
    """Count an answer against the limit only where there was no such code."""
    return response.status_code == 404


def attach(app: Flask) -> None:
    """Put the limits into the application."""
    limiter.init_app(app)


__all__ = ["limiter"]
