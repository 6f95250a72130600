"""Customers with saved methods, mail, languages, and what waits for a provider's limits."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON_OR_NULL = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)
TABLES = (
    "email_codes",
    "setups",
    "saved_methods",
    "mandates",
    "customer_gateway_tokens",
    "mails",
    "customers",
)

QUEUED = ("queued_at", sa.DateTime(timezone=True), {})
LANGUAGE = ("language", sa.String(35), {})
EMPTY_LIST = {"server_default": "[]", "nullable": False}
METHODS = ("payment_methods", JSON_OR_NULL, EMPTY_LIST)
CUSTOMER = ("customer_id", sa.String(40), {})
ADDED: dict[str, tuple[tuple[str, sa.types.TypeEngine[Any], dict[str, Any]], ...]] = {
    "attempts": (QUEUED,),
    "operations": (QUEUED,),
    "checkout_sessions": (CUSTOMER, METHODS, LANGUAGE),
    "payment_links": (METHODS, LANGUAGE),
    "merchants": (
        LANGUAGE,
        ("embed_origins", JSON_OR_NULL, EMPTY_LIST),
    ),
    "payments": (
        CUSTOMER,
        ("saved_method_id", sa.String(40), {}),
        ("off_session", sa.Boolean(), {"server_default": sa.false(), "nullable": False}),
        ("recovery_session_id", sa.String(64), {}),
    ),
}


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("details", JSON_OR_NULL, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_customers_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customers_merchant_id_email", ["merchant_id", "email"], unique=False
        )
        batch_op.create_index("ix_customers_merchant_id_id", ["merchant_id", "id"], unique=False)
        batch_op.create_index("uq_customers_reference", ["merchant_id", "reference"], unique=True)

    op.create_table(
        "mails",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'sent', 'failed')", name=op.f("ck_mails_status")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_mails_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mails_check_at",
            ["check_at"],
            unique=False,
            postgresql_where=sa.text("check_at IS NOT NULL"),
            sqlite_where=sa.text("check_at IS NOT NULL"),
        )
        batch_op.create_index("uq_mails_purpose", ["purpose"], unique=True)

    op.create_table(
        "customer_gateway_tokens",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("provider_ref", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_customer_gateway_tokens_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_gateway_tokens")),
    )
    with op.batch_alter_table("customer_gateway_tokens", schema=None) as batch_op:
        batch_op.create_index(
            "uq_customer_gateway_tokens_account",
            ["customer_id", "provider", "account"],
            unique=True,
        )

    op.create_table(
        "mandates",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("off_session", sa.Boolean(), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("provider_ref", sa.String(length=120), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('active', 'revoked')", name=op.f("ck_mandates_status")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_mandates_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_mandates_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.create_index("ix_mandates_customer_id", ["customer_id"], unique=False)

    op.create_table(
        "saved_methods",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("credential", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("method", JSON_OR_NULL, nullable=False),
        sa.Column("facts", JSON_OR_NULL, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("mandate_id", sa.String(length=40), nullable=True),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'detached')", name=op.f("ck_saved_methods_status")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_saved_methods_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_saved_methods_mandate_id_mandates")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_saved_methods_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_methods")),
    )
    with op.batch_alter_table("saved_methods", schema=None) as batch_op:
        batch_op.create_index(
            "ix_saved_methods_check_at",
            ["check_at"],
            postgresql_where=sa.text("check_at IS NOT NULL"),
            sqlite_where=sa.text("check_at IS NOT NULL"),
        )
        batch_op.create_index("ix_saved_methods_customer_id", ["customer_id"], unique=False)
        batch_op.create_index(
            "uq_saved_methods_credential", ["provider", "account", "credential"], unique=True
        )

    op.create_table(
        "setups",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("request", JSON_OR_NULL, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("provider_ref", sa.String(length=120), nullable=True),
        sa.Column("mandate_id", sa.String(length=40), nullable=True),
        sa.Column("saved_method_id", sa.String(length=40), nullable=True),
        sa.Column("next_action", JSON_OR_NULL, nullable=True),
        sa.Column("decline", JSON_OR_NULL, nullable=True),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('started', 'challenged', 'pending', 'succeeded', 'declined')",
            name=op.f("ck_setups_status"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_setups_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_setups_mandate_id_mandates")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_setups_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setups")),
    )
    with op.batch_alter_table("setups", schema=None) as batch_op:
        batch_op.create_index(
            "ix_setups_check_at",
            ["check_at"],
            unique=False,
            postgresql_where=sa.text("check_at IS NOT NULL"),
            sqlite_where=sa.text("check_at IS NOT NULL"),
        )
        batch_op.create_index("ix_setups_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_setups_provider_ref", ["provider", "provider_ref"], unique=False)

    op.create_table(
        "email_codes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["checkout_sessions.id"],
            name=op.f("fk_email_codes_session_id_checkout_sessions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_codes")),
        sa.UniqueConstraint("session_id", name=op.f("uq_email_codes_session_id")),
    )
    for table, columns in ADDED.items():
        for name, kind, more in columns:
            op.add_column(table, sa.Column(name, kind, **more))
    for table in ("attempts", "operations"):
        op.create_index(
            f"ix_{table}_queued_at",
            table,
            ["queued_at"],
            postgresql_where=sa.text("queued_at IS NOT NULL"),
            sqlite_where=sa.text("queued_at IS NOT NULL"),
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for table in ("attempts", "operations"):
        op.drop_index(f"ix_{table}_queued_at", table)
    for table, columns in ADDED.items():
        for name, _kind, _more in columns:
            op.drop_column(table, name)
