"""People who sign in, fraud screening with its journal, and the review queue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Tables to which rows are only ever added.
APPEND_ONLY = ("sightings", "assessments", "labels", "risk_policies", "review_notes")


def forbid_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"""
            CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """)


def upgrade() -> None:
    create_tables()
    for table in APPEND_ONLY:
        forbid_changes(table)


def create_tables() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("spoke", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("probability", sa.Float(precision=53), nullable=True),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("model_id", sa.String(length=40), nullable=True),
        sa.Column("policy_id", sa.String(length=40), nullable=True),
        sa.Column("rule_id", sa.String(length=40), nullable=True),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "details",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "shadow",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("failure", sa.String(length=60), nullable=True),
        sa.Column("chance", sa.Float(precision=53), nullable=True),
        sa.Column("latency_us", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("moment IN ('before', 'after')", name=op.f("ck_assessments_moment")),
        sa.CheckConstraint(
            "outcome IN ('allow', 'challenge', 'hold', 'block')",
            name=op.f("ck_assessments_outcome"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    with op.batch_alter_table("assessments", schema=None) as batch_op:
        batch_op.create_index("ix_assessments_created_at", ["created_at"], unique=False)
        batch_op.create_index(
            "ix_assessments_merchant_id_created_at", ["merchant_id", "created_at"], unique=False
        )
        batch_op.create_index("uq_assessments_attempt", ["attempt_id", "moment"], unique=True)

    op.create_table(
        "fraud_warnings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("provider_ref", sa.String(length=120), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("fraud_type", sa.String(length=60), nullable=False),
        sa.Column("is_actionable", sa.Boolean(), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_warnings")),
    )
    with op.batch_alter_table("fraud_warnings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fraud_warnings_merchant_id"), ["merchant_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fraud_warnings_payment_id"), ["payment_id"], unique=False
        )
        batch_op.create_index("uq_fraud_warnings_ref", ["provider", "provider_ref"], unique=True)

    op.create_table(
        "labels",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("is_fraud", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Float(precision=53), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
    )
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.create_index("ix_labels_known_at", ["known_at"], unique=False)
        batch_op.create_index(
            "uq_labels_source", ["attempt_id", "source", "reference"], unique=True
        )

    op.create_table(
        "risk_models",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("artefact", sa.LargeBinary(), nullable=False),
        sa.Column("flat", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("flat_sha256", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column(
            "metrics",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('shadow', 'champion', 'retired')", name=op.f("ck_risk_models_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_models")),
    )
    with op.batch_alter_table("risk_models", schema=None) as batch_op:
        batch_op.create_index(
            "uq_risk_models_champion",
            ["state"],
            unique=True,
            postgresql_where=sa.text("state = 'champion'"),
            sqlite_where=sa.text("state = 'champion'"),
        )

    op.create_table(
        "sightings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.String(length=64), nullable=True),
        sa.Column("card_key", sa.String(length=24), nullable=True),
        sa.Column("email_key", sa.String(length=24), nullable=True),
        sa.Column("ip_key", sa.String(length=24), nullable=True),
        sa.Column("device_key", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sightings")),
    )
    with op.batch_alter_table("sightings", schema=None) as batch_op:
        batch_op.create_index("ix_sightings_at", ["at"], unique=False)
        batch_op.create_index(
            "ix_sightings_card_key",
            ["card_key", "at"],
            unique=False,
            postgresql_where=sa.text("card_key IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_sightings_device_key",
            ["device_key", "at"],
            unique=False,
            postgresql_where=sa.text("device_key IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_sightings_email_key",
            ["email_key", "at"],
            unique=False,
            postgresql_where=sa.text("email_key IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_sightings_ip_key",
            ["ip_key", "at"],
            unique=False,
            postgresql_where=sa.text("ip_key IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_sightings_link_id",
            ["link_id", "at"],
            unique=False,
            postgresql_where=sa.text("link_id IS NOT NULL"),
        )
        batch_op.create_index("ix_sightings_merchant_id", ["merchant_id", "at"], unique=False)
        batch_op.create_index("uq_sightings_attempt", ["attempt_id", "kind"], unique=True)

    op.create_table(
        "list_items",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("added_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_list_items_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_items")),
    )
    with op.batch_alter_table("list_items", schema=None) as batch_op:
        batch_op.create_index(
            "ix_list_items_merchant_id_list", ["merchant_id", "list"], unique=False
        )
        batch_op.create_index(
            "uq_list_items_value",
            ["merchant_id", "list", "type", "value"],
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "risk_policies",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=True),
        sa.Column(
            "settings",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_risk_policies_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_policies")),
    )
    with op.batch_alter_table("risk_policies", schema=None) as batch_op:
        batch_op.create_index(
            "ix_risk_policies_merchant_id_id", ["merchant_id", "id"], unique=False
        )

    op.create_table(
        "risk_rules",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.String(length=40), nullable=True),
        sa.Column("approver", sa.String(length=60), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "backtest",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'shadow', 'live', 'retired')", name=op.f("ck_risk_rules_state")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_risk_rules_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_rules")),
    )
    with op.batch_alter_table("risk_rules", schema=None) as batch_op:
        batch_op.create_index(
            "ix_risk_rules_merchant_id_state", ["merchant_id", "state"], unique=False
        )

    op.create_table(
        "users",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column(
            "settings",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('merchant', 'analyst', 'admin')", name=op.f("ck_users_role")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_users_merchant_id_merchants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    with op.batch_alter_table("saved_views", schema=None) as batch_op:
        batch_op.create_index("uq_saved_views_name", ["user_id", "name"], unique=True)

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_ins_user_id"), ["user_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("assessment_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("expected_loss_minor", sa.BigInteger(), nullable=False),
        sa.Column("worth", sa.Float(precision=53), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.String(length=40), nullable=True),
        sa.Column("lock_by", sa.String(length=40), nullable=True),
        sa.Column("lock_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_escalated", sa.Boolean(), nullable=False),
        sa.Column("first_by", sa.String(length=40), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("verdict_by", sa.String(length=40), nullable=True),
        sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("label", sa.String(length=20), nullable=True),
        sa.Column("acts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_as", sa.String(length=20), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "details",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('approve', 'decline', 'fraud')",
            name=op.f("ck_reviews_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_reviews_attempt_id_attempts")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_reviews_merchant_id_merchants")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_reviews_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reviews_acts_at",
            ["acts_at"],
            unique=False,
            postgresql_where=sa.text("acts_at IS NOT NULL"),
            sqlite_where=sa.text("acts_at IS NOT NULL"),
        )
        batch_op.create_index("ix_reviews_closed_at", ["closed_at"], unique=False)
        batch_op.create_index(
            "ix_reviews_expires_at",
            ["expires_at"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "ix_reviews_open",
            ["merchant_id", "worth"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index("ix_reviews_payment_id", ["payment_id"], unique=False)
        batch_op.create_index("uq_reviews_attempt_id", ["attempt_id"], unique=True)

    op.create_table(
        "review_notes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("review_id", sa.String(length=40), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "details",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=200), nullable=True),
        sa.Column("file_type", sa.String(length=60), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_notes_review_id_reviews")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_notes")),
    )
    with op.batch_alter_table("review_notes", schema=None) as batch_op:
        batch_op.create_index("ix_review_notes_review_id", ["review_id", "id"], unique=False)

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hold", sa.String(length=10), nullable=True))

    with op.batch_alter_table("checkout_sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "shopper",
                sa.JSON(none_as_null=True).with_variant(
                    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
                ),
                nullable=True,
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("checkout_sessions", schema=None) as batch_op:
        batch_op.drop_column("shopper")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_column("hold")

    with op.batch_alter_table("review_notes", schema=None) as batch_op:
        batch_op.drop_index("ix_review_notes_review_id")

    op.drop_table("review_notes")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index("uq_reviews_attempt_id")
        batch_op.drop_index("ix_reviews_payment_id")
        batch_op.drop_index(
            "ix_reviews_open",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_reviews_expires_at",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index("ix_reviews_closed_at")
        batch_op.drop_index(
            "ix_reviews_acts_at",
            postgresql_where=sa.text("acts_at IS NOT NULL"),
            sqlite_where=sa.text("acts_at IS NOT NULL"),
        )

    op.drop_table("reviews")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_ins_user_id"))
        batch_op.drop_index(batch_op.f("ix_sign_ins_expires_at"))

    op.drop_table("sign_ins")
    with op.batch_alter_table("saved_views", schema=None) as batch_op:
        batch_op.drop_index("uq_saved_views_name")

    op.drop_table("saved_views")
    op.drop_table("users")
    with op.batch_alter_table("risk_rules", schema=None) as batch_op:
        batch_op.drop_index("ix_risk_rules_merchant_id_state")

    op.drop_table("risk_rules")
    with op.batch_alter_table("risk_policies", schema=None) as batch_op:
        batch_op.drop_index("ix_risk_policies_merchant_id_id")

    op.drop_table("risk_policies")
    with op.batch_alter_table("list_items", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_list_items_value",
            postgresql_where=sa.text("removed_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NULL"),
        )
        batch_op.drop_index("ix_list_items_merchant_id_list")

    op.drop_table("list_items")
    with op.batch_alter_table("sightings", schema=None) as batch_op:
        batch_op.drop_index("uq_sightings_attempt")
        batch_op.drop_index("ix_sightings_merchant_id")
        batch_op.drop_index("ix_sightings_link_id", postgresql_where=sa.text("link_id IS NOT NULL"))
        batch_op.drop_index("ix_sightings_ip_key", postgresql_where=sa.text("ip_key IS NOT NULL"))
        batch_op.drop_index(
            "ix_sightings_email_key", postgresql_where=sa.text("email_key IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_sightings_device_key", postgresql_where=sa.text("device_key IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_sightings_card_key", postgresql_where=sa.text("card_key IS NOT NULL")
        )
        batch_op.drop_index("ix_sightings_at")

    op.drop_table("sightings")
    with op.batch_alter_table("risk_models", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_risk_models_champion",
            postgresql_where=sa.text("state = 'champion'"),
            sqlite_where=sa.text("state = 'champion'"),
        )

    op.drop_table("risk_models")
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.drop_index("uq_labels_source")
        batch_op.drop_index("ix_labels_known_at")

    op.drop_table("labels")
    with op.batch_alter_table("fraud_warnings", schema=None) as batch_op:
        batch_op.drop_index("uq_fraud_warnings_ref")
        batch_op.drop_index(batch_op.f("ix_fraud_warnings_payment_id"))
        batch_op.drop_index(batch_op.f("ix_fraud_warnings_merchant_id"))

    op.drop_table("fraud_warnings")
    with op.batch_alter_table("assessments", schema=None) as batch_op:
        batch_op.drop_index("uq_assessments_attempt")
        batch_op.drop_index("ix_assessments_merchant_id_created_at")
        batch_op.drop_index("ix_assessments_created_at")

    op.drop_table("assessments")
