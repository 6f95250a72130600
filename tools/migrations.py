"""Whether the migrations end in the tables that models/ describes, constraint by constraint."""

import os
import subprocess
from typing import Any

import sqlalchemy as sa

from models import Base
from tools import PYTHON, ROOT

# Settings that let our commands load without touching this installation.
NEUTRAL = {
    "DB_URI": "sqlite:///:memory:",
    "SECRET_KEY": "only-for-the-checks-of-a-checkout",
    "STRIPE_SECRET_KEY": "sk_test_check",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_check",
    "REDIS_URL": "",
}


def differences(migrated: str, described: str) -> str | None:
    """Fill two empty databases, one by migrations and one from models/; what sets them apart."""
    complaint = migrate(migrated)
    if complaint:
        return complaint
    engine = sa.create_engine(described)
    Base.metadata.create_all(engine)
    engine.dispose()
    ours, theirs = facts(migrated), facts(described)
    lines = [f"only in models/: {fact}" for fact in sorted(theirs - ours)]
    lines += [f"only after migrating: {fact}" for fact in sorted(ours - theirs)]
    return "\n".join(lines) or None


def migrate(uri: str) -> str | None:
    """Run our own command on that database; its complaint, if it has one."""
    outcome = subprocess.run(
        [str(PYTHON), "-m", "flask", "--app", "wsgi", "migrate"],
        check=False,
        cwd=ROOT,
        env={**os.environ, **NEUTRAL, "DB_URI": uri},
        capture_output=True,
        text=True,
    )
    return outcome.stderr.strip() if outcome.returncode else None


def facts(uri: str) -> set[str]:
    """Every column, key, index and constraint, each as one line of text.

    Triggers are left out: they are written in migrations only.
    """
    engine = sa.create_engine(uri)
    look = sa.inspect(engine)
    found: set[str] = set()
    for table in set(look.get_table_names()) - {"alembic_version"}:
        parts: dict[str, Any] = {
            "column": look.get_columns(table),
            "primary key": [look.get_pk_constraint(table)],
            "foreign key": look.get_foreign_keys(table),
            "unique": look.get_unique_constraints(table),
            "check": look.get_check_constraints(table),
            "index": look.get_indexes(table),
        }
        for kind, items in parts.items():
            found |= {f"{table}: {kind} {_plain(item)}" for item in items}
    engine.dispose()
    return found


def _plain(item: Any) -> str:
    """The same text for the same thing, whatever objects SQLAlchemy tells it with."""
    if isinstance(item, dict):
        filled = {name: value for name, value in item.items() if value not in (None, [], {})}
        return ", ".join(f"{name}={_plain(value)}" for name, value in sorted(filled.items()))
    if isinstance(item, sa.TextClause):
        return item.text
    return " ".join(repr(item).split())
