"""The worker's part: what waits in the outbox leaves the house, each message on its own, at least once."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from typing import Any

import structlog

from referral.notices.mails import written
from referral.plumbing import mail, outbox
from referral.plumbing.db import every_brand
from referral.plumbing.outbox import Leased
from referral.plumbing.transaction import in_reading, upkeep

AT_ONCE = 3  # so few that even with a mail server that hangs, all are tried before the lease of the last runs out
log = structlog.get_logger()


def empty_outbox(settings: Mapping[str, Any]) -> int:
    """Send what is due until nothing is left; return how many messages left the house.

    Wants an application context, and no transaction: it commits before and after each message, never while it speaks
    to a mail server. What a killed worker had leased is sent by the next one, when the lease has run out.
    """
    sent = 0
    while batch := upkeep(lambda: outbox.lease(AT_ONCE)):
        sent += sum(deliver(leased, settings) for leased in batch)
    return sent


def deliver(leased: Leased, settings: Mapping[str, Any]) -> bool:
    """Send one leased message and mark it, or put it back for a later try; tell whether it left."""
    try:
        message = _in_reading(leased, settings)
        if message is None:
            upkeep(lambda: outbox.done(leased.id))
            log.info("notice.dropped", kind=leased.kind)
            return False
        if settings["MAIL_SERVER"]:
            mail.send(message, settings)
            upkeep(lambda: outbox.done(leased.id))
        else:
            upkeep(lambda: _keep(message, leased.id))
    except (OSError, smtplib.SMTPException) as error:
        return _put_back(leased, error)
    except Exception as error:
        # One message that cannot be written must not keep all others in the house.
        log.error("notice.broke", kind=leased.kind, exc_info=error)
        return _put_back(leased, error)
    log.info("notice.sent", kind=leased.kind, attempts=leased.attempts)
    return True


def _in_reading(leased: Leased, settings: Mapping[str, Any]) -> mail.Mail | None:
    with every_brand():
        return in_reading(lambda: written(leased, settings))


def _keep(message: mail.Mail, message_id: int) -> None:
    """Put a mail into the development mailbox, and note that it left, in one go."""
    mail.keep(message)
    outbox.done(message_id)


def _put_back(leased: Leased, error: Exception) -> bool:
    # What servers answer may name the person, so only the kind of failure is kept.
    reason = type(error).__name__
    upkeep(lambda: outbox.failed(leased, reason))
    log.warning("notice.failed", kind=leased.kind, attempts=leased.attempts, reason=reason)
    return False
