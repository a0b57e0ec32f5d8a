"""first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.credits import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("recovery_hashes", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "brand",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
        sa.UniqueConstraint("slug", name=op.f("uq_brand_slug")),
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_idempotent_answer")),
    )
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.create_index("uq_idempotent_answer_key", ["brand_id", "key"], unique=True)

    op.create_table(
        "mailbox_message",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mailbox_message_message_id")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("brand_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "api_key",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_api_key_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_table(
        "campaign",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("default_locale", sa.String(length=12), nullable=False),
        sa.Column("landing_url", sa.String(length=2000), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("ripening_days", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "ends_at is null or starts_at is null or ends_at > starts_at", name=op.f("ck_campaign_dates")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_campaign_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )
    op.create_table(
        "member",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role in ('owner', 'marketer', 'seller', 'organiser', 'viewer')", name=op.f("ck_member_role")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_member_account_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_member_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "account_id", name=op.f("pk_member")),
    )
    op.create_table(
        "person",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("email_key", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("locale", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_person_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("uq_person_email_key", ["brand_id", "email_key"], unique=True)
        batch_op.create_index("uq_person_external_id", ["brand_id", "external_id"], unique=True)
        batch_op.create_index("uq_person_phone", ["brand_id", "phone"], unique=True)

    op.create_table(
        "picture",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("preview", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_picture_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_picture")),
    )
    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.create_index("ix_picture_sha256", ["sha256"], unique=False)
        batch_op.create_index("uq_picture_sha256", ["brand_id", "sha256"], unique=True)

    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_staff_session_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_account_id"), ["account_id"], unique=False)

    op.create_table(
        "fan",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=True),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("generation >= 0", name=op.f("ck_fan_generation")),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"], name=op.f("fk_fan_brand_id_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "person_id"], ["person.brand_id", "person.id"], name=op.f("fk_fan_brand_id_person_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_fan")),
    )
    with op.batch_alter_table("fan", schema=None) as batch_op:
        batch_op.create_index("ix_fan_by_person", ["brand_id", "person_id"], unique=False)
        batch_op.create_index("ix_fan_joined", ["brand_id", "campaign_id", "joined_at"], unique=False)
        batch_op.create_index("uq_fan_person", ["brand_id", "campaign_id", "person_id"], unique=True)

    op.create_table(
        "person_session",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "person_id"],
            ["person.brand_id", "person.id"],
            name=op.f("fk_person_session_brand_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_person_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_person_session_token_hash")),
    )
    with op.batch_alter_table("person_session", schema=None) as batch_op:
        batch_op.create_index("ix_person_session_person", ["brand_id", "person_id"], unique=False)

    op.create_table(
        "reward_plan",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("basis_points", sa.BigInteger(), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("holding_days", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('none', 'percent', 'fixed')", name=op.f("ck_reward_plan_kind")),
        sa.CheckConstraint("basis_points between 0 and 10000", name=op.f("ck_reward_plan_percent")),
        sa.CheckConstraint("fixed_minor >= 0", name=op.f("ck_reward_plan_fixed")),
        sa.CheckConstraint("holding_days between 0 and 365", name=op.f("ck_reward_plan_holding")),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["campaign.brand_id", "campaign.id"],
            name=op.f("fk_reward_plan_brand_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_reward_plan")),
    )
    with op.batch_alter_table("reward_plan", schema=None) as batch_op:
        batch_op.create_index("uq_reward_plan_version", ["brand_id", "campaign_id", "version"], unique=True)

    op.create_table(
        "sign_in",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "person_id"], ["person.brand_id", "person.id"], name=op.f("fk_sign_in_brand_id_person_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_challenge", ["challenge_hash"], unique=False)
        batch_op.create_index("ix_sign_in_person", ["brand_id", "person_id"], unique=False)

    op.create_table(
        "story",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("share_text", sa.String(length=500), nullable=True),
        sa.Column("picture_id", sa.BigInteger(), nullable=True),
        sa.Column("picture_alt", sa.String(length=300), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["campaign.brand_id", "campaign.id"],
            name=op.f("fk_story_brand_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "picture_id"], ["picture.brand_id", "picture.id"], name=op.f("fk_story_brand_id_picture_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_story")),
    )
    with op.batch_alter_table("story", schema=None) as batch_op:
        batch_op.create_index("uq_story_locale", ["brand_id", "campaign_id", "locale"], unique=True)

    op.create_table(
        "ledger_account",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("(kind = 'fan') = (fan_id is not null)", name=op.f("ck_ledger_account_fan")),
        sa.CheckConstraint("kind in ('fan', 'rewards')", name=op.f("ck_ledger_account_kind")),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["campaign.brand_id", "campaign.id"],
            name=op.f("fk_ledger_account_brand_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_ledger_account_brand_id_fan_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_ledger_account")),
    )
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_account_fan", ["brand_id", "fan_id"], unique=False)
        batch_op.create_index("uq_ledger_account_name", ["brand_id", "campaign_id", "name", "currency"], unique=True)

    op.create_table(
        "ledger_transaction",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("base_amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'refund') = (corrects_id is not null)", name=op.f("ck_ledger_transaction_corrects")
        ),
        sa.CheckConstraint("kind in ('sale', 'refund')", name=op.f("ck_ledger_transaction_kind")),
        sa.CheckConstraint("base_amount > 0", name=op.f("ck_ledger_transaction_base_amount")),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["campaign.brand_id", "campaign.id"],
            name=op.f("fk_ledger_transaction_brand_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "corrects_id"],
            ["ledger_transaction.brand_id", "ledger_transaction.id"],
            name=op.f("fk_ledger_transaction_brand_id_corrects_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "plan_id"],
            ["reward_plan.brand_id", "reward_plan.id"],
            name=op.f("fk_ledger_transaction_brand_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_ledger_transaction")),
    )
    with op.batch_alter_table("ledger_transaction", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_transaction_campaign", ["brand_id", "campaign_id", "at"], unique=False)
        batch_op.create_index("ix_ledger_transaction_corrects", ["brand_id", "corrects_id"], unique=False)
        batch_op.create_index(
            "uq_ledger_transaction_refund",
            ["brand_id", "corrects_id", "reference"],
            unique=True,
            sqlite_where=sa.text("kind = 'refund'"),
            postgresql_where=sa.text("kind = 'refund'"),
        )
        batch_op.create_index(
            "uq_ledger_transaction_sale",
            ["brand_id", "campaign_id", "reference"],
            unique=True,
            sqlite_where=sa.text("kind = 'sale'"),
            postgresql_where=sa.text("kind = 'sale'"),
        )

    op.create_table(
        "link",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"], name=op.f("fk_link_brand_id_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_link_brand_id_fan_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_link")),
        sa.UniqueConstraint("code", name=op.f("uq_link_code")),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("ix_link_campaign", ["brand_id", "campaign_id"], unique=False)
        batch_op.create_index("ix_link_fan", ["brand_id", "fan_id"], unique=False)

    op.create_table(
        "click",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.CheckConstraint("verdict in ('counted', 'bot', 'prefetch', 'head', 'own')", name=op.f("ck_click_verdict")),
        sa.ForeignKeyConstraint(
            ["brand_id", "link_id"], ["link.brand_id", "link.id"], name=op.f("fk_click_brand_id_link_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_click")),
    )
    with op.batch_alter_table("click", schema=None) as batch_op:
        batch_op.create_index("ix_click_campaign", ["brand_id", "campaign_id", "verdict", "at"], unique=False)
        batch_op.create_index("ix_click_link", ["brand_id", "link_id", "verdict"], unique=False)

    op.create_table(
        "introduction",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("introducer_id", sa.BigInteger(), nullable=True),
        sa.Column("link_id", sa.BigInteger(), nullable=True),
        sa.Column("click_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "introducer_id is not null or link_id is not null", name=op.f("ck_introduction_told_by_something")
        ),
        sa.CheckConstraint(
            "introducer_id is null or introducer_id <> fan_id", name=op.f("ck_introduction_not_oneself")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["campaign.brand_id", "campaign.id"],
            name=op.f("fk_introduction_brand_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_introduction_brand_id_fan_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "introducer_id"],
            ["fan.brand_id", "fan.id"],
            name=op.f("fk_introduction_brand_id_introducer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "link_id"], ["link.brand_id", "link.id"], name=op.f("fk_introduction_brand_id_link_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_introduction")),
    )
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.create_index("ix_introduction_campaign", ["brand_id", "campaign_id"], unique=False)
        batch_op.create_index("ix_introduction_introducer", ["brand_id", "introducer_id"], unique=False)
        batch_op.create_index("uq_introduction_pair", ["brand_id", "fan_id", "introducer_id", "link_id"], unique=True)
        batch_op.create_index(
            "uq_introduction_primary",
            ["brand_id", "fan_id"],
            unique=True,
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        )

    op.create_table(
        "ledger_entry",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("available_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entry_amount")),
        sa.ForeignKeyConstraint(
            ["brand_id", "account_id"],
            ["ledger_account.brand_id", "ledger_account.id"],
            name=op.f("fk_ledger_entry_brand_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "transaction_id"],
            ["ledger_transaction.brand_id", "ledger_transaction.id"],
            name=op.f("fk_ledger_entry_brand_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_ledger_entry")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entry_account", ["brand_id", "account_id"], unique=False)
        batch_op.create_index("ix_ledger_entry_transaction", ["brand_id", "transaction_id"], unique=False)

    op.create_table(
        "sale",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("introducer_id", sa.BigInteger(), nullable=True),
        sa.Column("attribution", sa.String(length=24), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=True),
        sa.Column("click_id", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_sale_amount")),
        sa.ForeignKeyConstraint(
            ["brand_id", "buyer_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_sale_brand_id_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"], name=op.f("fk_sale_brand_id_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "introducer_id"], ["fan.brand_id", "fan.id"], name=op.f("fk_sale_brand_id_introducer_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "transaction_id"],
            ["ledger_transaction.brand_id", "ledger_transaction.id"],
            name=op.f("fk_sale_brand_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_sale")),
    )
    with op.batch_alter_table("sale", schema=None) as batch_op:
        batch_op.create_index("ix_sale_at", ["brand_id", "campaign_id", "at"], unique=False)
        batch_op.create_index("ix_sale_buyer", ["brand_id", "buyer_id"], unique=False)
        batch_op.create_index("ix_sale_introducer", ["brand_id", "introducer_id"], unique=False)
        batch_op.create_index("uq_sale_external_id", ["brand_id", "campaign_id", "external_id"], unique=True)
        batch_op.create_index("uq_sale_transaction", ["brand_id", "transaction_id"], unique=True)

    op.create_table(
        "refund",
        sa.Column("brand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"], ["sale.brand_id", "sale.id"], name=op.f("fk_refund_brand_id_sale_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "transaction_id"],
            ["ledger_transaction.brand_id", "ledger_transaction.id"],
            name=op.f("fk_refund_brand_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_refund")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index("uq_refund_external_id", ["brand_id", "sale_id", "external_id"], unique=True)
        batch_op.create_index("uq_refund_transaction", ["brand_id", "transaction_id"], unique=True)
    for statement in triggers.make(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Go down."""
    for statement in triggers.drop(op.get_bind().dialect.name):
        op.execute(statement)
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index("uq_refund_transaction")
        batch_op.drop_index("uq_refund_external_id")

    op.drop_table("refund")
    with op.batch_alter_table("sale", schema=None) as batch_op:
        batch_op.drop_index("uq_sale_transaction")
        batch_op.drop_index("uq_sale_external_id")
        batch_op.drop_index("ix_sale_introducer")
        batch_op.drop_index("ix_sale_buyer")
        batch_op.drop_index("ix_sale_at")

    op.drop_table("sale")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_entry_transaction")
        batch_op.drop_index("ix_ledger_entry_account")

    op.drop_table("ledger_entry")
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_introduction_primary", sqlite_where=sa.text("is_primary"), postgresql_where=sa.text("is_primary")
        )
        batch_op.drop_index("uq_introduction_pair")
        batch_op.drop_index("ix_introduction_introducer")
        batch_op.drop_index("ix_introduction_campaign")

    op.drop_table("introduction")
    with op.batch_alter_table("click", schema=None) as batch_op:
        batch_op.drop_index("ix_click_link")
        batch_op.drop_index("ix_click_campaign")

    op.drop_table("click")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("ix_link_fan")
        batch_op.drop_index("ix_link_campaign")

    op.drop_table("link")
    with op.batch_alter_table("ledger_transaction", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ledger_transaction_sale",
            sqlite_where=sa.text("kind = 'sale'"),
            postgresql_where=sa.text("kind = 'sale'"),
        )
        batch_op.drop_index(
            "uq_ledger_transaction_refund",
            sqlite_where=sa.text("kind = 'refund'"),
            postgresql_where=sa.text("kind = 'refund'"),
        )
        batch_op.drop_index("ix_ledger_transaction_corrects")
        batch_op.drop_index("ix_ledger_transaction_campaign")

    op.drop_table("ledger_transaction")
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.drop_index("uq_ledger_account_name")
        batch_op.drop_index("ix_ledger_account_fan")

    op.drop_table("ledger_account")
    with op.batch_alter_table("story", schema=None) as batch_op:
        batch_op.drop_index("uq_story_locale")

    op.drop_table("story")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_person")
        batch_op.drop_index("ix_sign_in_challenge")

    op.drop_table("sign_in")
    with op.batch_alter_table("reward_plan", schema=None) as batch_op:
        batch_op.drop_index("uq_reward_plan_version")

    op.drop_table("reward_plan")
    with op.batch_alter_table("person_session", schema=None) as batch_op:
        batch_op.drop_index("ix_person_session_person")

    op.drop_table("person_session")
    with op.batch_alter_table("fan", schema=None) as batch_op:
        batch_op.drop_index("uq_fan_person")
        batch_op.drop_index("ix_fan_joined")
        batch_op.drop_index("ix_fan_by_person")

    op.drop_table("fan")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_account_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.drop_index("uq_picture_sha256")
        batch_op.drop_index("ix_picture_sha256")

    op.drop_table("picture")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("uq_person_phone")
        batch_op.drop_index("uq_person_external_id")
        batch_op.drop_index("uq_person_email_key")

    op.drop_table("person")
    op.drop_table("member")
    op.drop_table("campaign")
    op.drop_table("api_key")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_waiting", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")
        )

    op.drop_table("outbox")
    op.drop_table("mailbox_message")
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.drop_index("uq_idempotent_answer_key")

    op.drop_table("idempotent_answer")
    op.drop_table("brand")
    op.drop_table("account")
