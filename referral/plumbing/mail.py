"""Mail: one message to one address, by SMTP, or into the development mailbox where no server is set up."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any

from sqlalchemy import select

from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.models import MailboxMessage

TIMEOUT_SECONDS = 15


@dataclass(frozen=True)
class Picture:
    """Hold a PNG that is shown below a mail's words, and can be kept by its name."""

    name: str
    png: bytes


@dataclass(frozen=True)
class Mail:
    """Hold one mail, ready to send; `message_id` stays the same when it is sent again."""

    message_id: str
    recipient: str
    subject: str
    body: str
    pictures: tuple[Picture, ...] = ()


def send(mail: Mail, settings: Mapping[str, Any]) -> None:
    """Send a mail by SMTP, or keep it in the mailbox where MAIL_SERVER is empty.

    Raises:
        OSError, smtplib.SMTPException: the server was not reached or refused the mail.
    """
    if not settings["MAIL_SERVER"]:
        keep(mail)
        return
    message = EmailMessage()
    message["Message-ID"] = mail.message_id
    message["From"] = settings["MAIL_FROM"]
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    for picture in mail.pictures:
        message.add_attachment(
            picture.png, maintype="image", subtype="png", filename=picture.name, disposition="inline"
        )
    with _connect(settings) as server:
        if settings["MAIL_USERNAME"]:
            server.login(settings["MAIL_USERNAME"], settings["MAIL_PASSWORD"])
        server.send_message(message, from_addr=parseaddr(settings["MAIL_FROM"])[1])


def _connect(settings: Mapping[str, Any]) -> smtplib.SMTP:
    host, port = settings["MAIL_SERVER"], settings["MAIL_PORT"]
    if settings["MAIL_TLS"] == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if settings["MAIL_TLS"] == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def keep(mail: Mail) -> None:
    """Put a mail's words into the development mailbox, once, however often it is sent."""
    if db.session.scalar(select(MailboxMessage.id).where(MailboxMessage.message_id == mail.message_id)) is None:
        db.session.add(
            MailboxMessage(
                message_id=mail.message_id,
                recipient=mail.recipient,
                subject=mail.subject,
                body=mail.body,
                sent_at=now(),
            )
        )


def kept(limit: int = 50) -> list[MailboxMessage]:
    """List the newest mails of the development mailbox."""
    return list(db.session.scalars(select(MailboxMessage).order_by(MailboxMessage.id.desc()).limit(limit)))
