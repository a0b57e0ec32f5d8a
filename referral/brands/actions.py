"""What changes about brands, their staff and their keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, text

from referral.brands import passwords, queries, rules
from referral.brands.models import Account, ApiKey, Brand, Member, StaffSession
from referral.errors import Conflict, Invalid
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.i18n import LANGUAGES
from referral.plumbing.ids import new_id
from referral.plumbing.money import EXPONENTS
from referral.plumbing.signing import api_key, fingerprint, short_code, token

STAFF_HOURS = 12
RECOVERY_CODES = 8


def create(*, slug: str, name: str, currency: str, locale: str = "en", accent: str | None = None) -> Brand:
    """Make a brand.

    Raises:
        Invalid: `slug_invalid`, `name_missing`, `currency_unknown`, `locale_unknown`, `accent_invalid`.
        Conflict: `slug_taken`.
    """
    slug = rules.clean_brand_slug(slug)
    title = " ".join(name.split())
    if not title or len(title) > 120 or not title.isprintable():
        raise Invalid("name_missing")
    if currency not in EXPONENTS:
        raise Invalid("currency_unknown", currency=currency[:8])
    if locale not in LANGUAGES:
        raise Invalid("locale_unknown", known=", ".join(LANGUAGES))
    if queries.find(slug) is not None:
        raise Conflict("slug_taken", slug=slug)
    brand = Brand(
        id=new_id(),
        slug=slug,
        name=title,
        currency=currency,
        locale=locale,
        accent=rules.clean_accent(accent),
        created_at=now(),
    )
    db.session.add(brand)
    db.session.flush()
    return brand


def begin(
    *, slug: str, name: str, currency: str, locale: str, email: str, password: str, owner: str
) -> tuple[Brand, Account]:
    """Make an installation's first brand and its owner.

    Raises:
        Conflict: `begun_already` where there is a brand, also when two begin in the same moment.
        Invalid: as `create` and `take_on` do.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        # Whoever comes second waits here, and then finds the first one's brand; SQLite has one writer anyway.
        db.session.execute(text("LOCK TABLE brand IN SHARE ROW EXCLUSIVE MODE"))
    if queries.any_brand():
        raise Conflict("begun_already")
    brand = create(slug=slug, name=name, currency=currency, locale=locale)
    return brand, take_on(brand, email=email, role=rules.Role.OWNER, password=password, name=owner)


def take_on(brand: Brand, *, email: str, role: str, password: str | None, name: str = "") -> Account:
    """Make somebody a member of a brand, with an account where they have none; a known account keeps its password.

    Raises:
        Invalid: `email_invalid`, `role_unknown`, `password_missing`, `password_short`, `password_weak`.
        Conflict: `member_already`.
    """
    address = mail_key(email)
    if role not in set(rules.Role):
        raise Invalid("role_unknown", known=", ".join(rules.Role))
    account = queries.account_by_email(address)
    if account is None:
        if not password:
            raise Invalid("password_missing")
        rules.check_password(password, address)
        account = Account(
            id=new_id(),
            email=address,
            name=" ".join(name.split())[:120] or address.split("@")[0],
            password_hash=passwords.hashed(password),
            recovery_hashes="",
            created_at=now(),
        )
        db.session.add(account)
        db.session.flush()
    elif queries.role(brand, account) is not None:
        raise Conflict("member_already")
    db.session.add(Member(brand_id=brand.id, account_id=account.id, role=role, created_at=now()))
    db.session.flush()
    return account


def mail_key(text: str) -> str:
    """Take a staff mail address in the form it is kept in; raise Invalid `email_invalid`."""
    try:
        return validate_email(text.strip()[:320], check_deliverability=False).normalized.casefold()
    except EmailNotValidError as error:
        raise Invalid("email_invalid") from error


def recognise(email: str, password: str) -> Account | None:
    """Give the account of an address and password; takes the same time for addresses that nobody has."""
    try:
        account = queries.account_by_email(mail_key(email))
    except Invalid:
        account = None
    if account is None:
        passwords.spend_time(password[:200])
        return None
    return account if passwords.matches(password[:200], account.password_hash) else None


def let_in(account: Account) -> str:
    """Sign an account in to one browser; return the token that the browser keeps."""
    secret = token()
    moment = now()
    db.session.add(
        StaffSession(
            token_hash=fingerprint(secret),
            account_id=account.id,
            created_at=moment,
            expires_at=moment + timedelta(hours=STAFF_HOURS),
        )
    )
    return secret


def let_go(secret: str) -> None:
    """Sign one browser out."""
    db.session.execute(delete(StaffSession).where(StaffSession.token_hash == fingerprint(secret)))


def let_go_everywhere(account: Account) -> None:
    """Sign an account out of every browser."""
    db.session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))


def introduce_oneself(account: Account, *, name: str, locale: str | None) -> None:
    """Change an account's name and language; without a language it follows the browser.

    Raises:
        Invalid: `name_missing`, `name_too_long`, `locale_unknown`.
    """
    title = " ".join(name.split())
    if not title or not title.isprintable():
        raise Invalid("name_missing")
    if len(title) > 120:
        raise Invalid("name_too_long", most=120)
    if locale is not None and locale not in LANGUAGES:
        raise Invalid("locale_unknown", known=", ".join(LANGUAGES))
    account.name, account.locale = title, locale


def change_password(account: Account, old: str, new: str) -> None:
    """Change a password; raise Invalid `password_wrong`, `password_short`, `password_weak`."""
    if not passwords.matches(old[:200], account.password_hash):
        raise Invalid("password_wrong")
    rules.check_password(new, account.email)
    account.password_hash = passwords.hashed(new)
    let_go_everywhere(account)


def add_second_factor(account: Account, secret: str, code: str) -> list[str]:
    """Ask for a code of an authenticator app from now on; return recovery codes, shown once.

    Raises:
        Invalid: `code_wrong`.
    """
    step = passwords.totp_step(secret, code, now())
    if step is None:
        raise Invalid("code_wrong")
    recovery = [short_code(10) for _ in range(RECOVERY_CODES)]
    account.totp_secret, account.totp_last_step = secret, step
    account.recovery_hashes = " ".join(fingerprint(one) for one in recovery)
    return recovery


def drop_second_factor(account: Account, password: str) -> None:
    """Ask for the password only again; raise Invalid `password_wrong`."""
    if not passwords.matches(password[:200], account.password_hash):
        raise Invalid("password_wrong")
    account.totp_secret, account.totp_last_step, account.recovery_hashes = None, None, ""


def pass_second_factor(account: Account, code: str) -> bool:
    """Take a code of the authenticator app, or a recovery code; each is good once."""
    if account.totp_secret is None:
        return True
    step = passwords.totp_step(account.totp_secret, code, now())
    if step is not None and (account.totp_last_step is None or step > account.totp_last_step):
        account.totp_last_step = step
        return True
    left = account.recovery_hashes.split()
    used = fingerprint("".join(code.upper().split()))
    if used in left:
        left.remove(used)
        account.recovery_hashes = " ".join(left)
        return True
    return False


def make_key(brand: Brand, *, name: str, scopes: Iterable[str] = tuple(rules.Scope)) -> str:
    """Make an API key; return it, for it is shown once and kept as a hash.

    Raises:
        Invalid: `name_missing`, `scope_unknown`.
    """
    title = " ".join(name.split())
    if not title or len(title) > 80 or not title.isprintable():
        raise Invalid("name_missing")
    wanted = sorted(set(scopes))
    if not wanted or any(scope not in set(rules.Scope) for scope in wanted):
        raise Invalid("scope_unknown", known=", ".join(rules.Scope))
    secret = api_key()
    db.session.add(
        ApiKey(
            brand_id=brand.id,
            id=new_id(),
            name=title,
            prefix=secret[:9],
            key_hash=fingerprint(secret),
            scopes=" ".join(wanted),
            created_at=now(),
        )
    )
    db.session.flush()
    return secret


def revoke_key(key: ApiKey) -> None:
    """Make a key worthless from now on."""
    key.revoked_at = key.revoked_at or now()


def note_use(key: ApiKey) -> None:
    """Note that a key was used, to the minute."""
    moment = now()
    if key.last_used_at is None or moment - key.last_used_at > timedelta(minutes=1):
        key.last_used_at = moment
