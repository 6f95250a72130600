"""What is left to erase of a deleted customer, the indexes by which it is found, and what may be erased of a journal."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

THEIRS = "customer_id IS NOT NULL"
LEFT = "erase_at IS NOT NULL"
SPENT = "payment_id IS NOT NULL"
# name, table, column, for which rows (all, where it does not say)
INDEXES = (
    ("ix_customers_erase_at", "customers", "erase_at", LEFT),
    ("ix_payments_customer_id", "payments", "customer_id", THEIRS),
    ("ix_checkout_sessions_customer_id", "checkout_sessions", "customer_id", THEIRS),
    ("ix_email_codes_email", "email_codes", "email", None),
    ("ix_mails_to", "mails", "to", None),
    ("ix_payment_tokens_payment_id", "payment_tokens", "payment_id", SPENT),
)
# table → the columns of which a person may be erased, and when a change is none that erases: on SQLite, on PostgreSQL
ERASED = {
    "assessments": (
        ("facts", "details"),
        "json_extract(NEW.facts, '$.email') IS NOT NULL OR json_extract(NEW.facts, '$.name') IS NOT NULL",
        "NEW.facts -> 'email' IS NOT NULL OR NEW.facts -> 'name' IS NOT NULL",
    ),
    "review_notes": (("text",), *["NEW.text NOT LIKE '%[erased]%'"] * 2),
}


def upgrade() -> None:
    op.add_column("customers", sa.Column("erase_at", sa.DateTime(timezone=True)))
    # Who was deleted before this is erased now, as far as the id alone finds it: the address is gone.
    op.execute("UPDATE customers SET erase_at = deleted_at WHERE deleted_at IS NOT NULL")
    for name, table, column, where in INDEXES:
        only = {}
        if where is not None:
            only = dict.fromkeys(("postgresql_where", "sqlite_where"), sa.text(where))
        op.create_index(name, table, [column], **only)
    for table, (columns, *unless) in ERASED.items():
        allow_erasing(table, columns, *unless)


def allow_erasing(table: str, columns: tuple[str, ...], on_sqlite: str, on_postgresql: str) -> None:
    """The table is added to only, as before, but that these columns may lose who somebody was."""
    told = sa.inspect(op.get_bind()).get_columns(table)
    others = ", ".join(f'"{one["name"]}"' for one in told if one["name"] not in columns)
    erasable = ", ".join(columns)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        for name, when in (
            (
                "append_only",
                f"DELETE OR TRUNCATE OR UPDATE OF {others} ON {table} FOR EACH STATEMENT",
            ),
            ("erased_only", f"UPDATE OF {erasable} ON {table} FOR EACH ROW WHEN ({on_postgresql})"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {when} EXECUTE FUNCTION refuse_change()"
            )
        return
    op.execute(f"DROP TRIGGER {table}_no_update")
    for name, when in (
        ("no_update", f"UPDATE OF {others} ON {table}"),
        ("erased_only", f"UPDATE OF {erasable} ON {table} WHEN {on_sqlite}"),
    ):
        op.execute(f"""
            CREATE TRIGGER {table}_{name} BEFORE {when}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """)


def downgrade() -> None:
    for table in ERASED:
        forbid_changes(table)
    for name, table, _column, _where in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_column("customers", "erase_at")


def forbid_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in ("erased_only", "append_only"):
            op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """)
        return
    for name in ("erased_only", "no_update"):
        op.execute(f"DROP TRIGGER {table}_{name}")
    op.execute(f"""
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """)
