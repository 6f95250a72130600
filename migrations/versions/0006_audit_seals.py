"""Seals over the audit rows, which are told the number of theirs, once, and are not changed otherwise."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON_OR_NULL = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)
COLUMNS = ("id", "actor", "action", "target_id", "details", "created_at")
# Every change of a row but this one: who has no seal gets one.
OTHERWISE = "OLD.seal IS NOT NULL OR NEW.seal IS NULL OR " + " OR ".join(
    f"OLD.{name} {{differs}} NEW.{name}" for name in COLUMNS
)


def upgrade() -> None:
    op.create_table(
        "audit_seals",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("rows", JSON_OR_NULL, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
    )
    op.add_column("audit_rows", sa.Column("seal", sa.Integer(), nullable=True))
    op.create_index("ix_audit_rows_seal_id", "audit_rows", ["seal", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_rows_append_only ON audit_rows")
        _refuse_on_postgresql("audit_rows", "DELETE OR TRUNCATE")
        _refuse_on_postgresql("audit_seals", "UPDATE OR DELETE OR TRUNCATE")
        op.execute(f"""
            CREATE TRIGGER audit_rows_no_update BEFORE UPDATE ON audit_rows FOR EACH ROW
            WHEN ({OTHERWISE.format(differs="IS DISTINCT FROM")}) EXECUTE FUNCTION refuse_change()
        """)
        return
    op.execute("DROP TRIGGER audit_rows_no_update")
    _refuse_on_sqlite("audit_rows", "UPDATE", f"WHEN {OTHERWISE.format(differs='IS NOT')}")
    _refuse_on_sqlite("audit_seals", "UPDATE")
    _refuse_on_sqlite("audit_seals", "DELETE")


def _refuse_on_postgresql(table: str, verbs: str) -> None:
    op.execute(f"""
        CREATE TRIGGER {table}_append_only BEFORE {verbs} ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """)


def _refuse_on_sqlite(table: str, verb: str, when: str = "") -> None:
    op.execute(f"""
        CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {when}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_rows_no_update ON audit_rows")
        op.execute("DROP TRIGGER audit_rows_append_only ON audit_rows")
        _refuse_on_postgresql("audit_rows", "UPDATE OR DELETE OR TRUNCATE")
    else:
        op.execute("DROP TRIGGER audit_rows_no_update")
        _refuse_on_sqlite("audit_rows", "UPDATE")
    op.drop_index("ix_audit_rows_seal_id", "audit_rows")
    op.drop_column("audit_rows", "seal")
    op.drop_table("audit_seals")
