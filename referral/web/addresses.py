"""Pages of fans who joined with a number: they may leave a mail address, and come back by it once it is confirmed.

The address waits in the browser's own signed session until the code that was mailed to it is typed, so that nothing
is kept about an address that may be somebody else's.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import EmailField, StringField

from referral.errors import Conflict, Invalid, Refusal
from referral.people import actions
from referral.people.rules import clean_email, good_until, read_code
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.signing import short_code
from referral.web.access import allow_person
from referral.web.fans import home, pages
from referral.web.forms import Form
from referral.web.limits import ASK_MAIL, SIGN_IN, limiter
