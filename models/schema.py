"""The schema of the database: brought up to date, and compared with the models."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from models.db import Base

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def _config(uri: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["uri"] = uri
    return config


def upgrade(uri: str) -> None:
    """Run every migration that the database has not seen."""
    command.upgrade(_config(uri), "head")


def head() -> str | None:
    """The newest migration."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def current(engine: Engine) -> str | None:
    """The newest migration that the database has seen."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def drift(engine: Engine) -> list[str]:
    """How the database differs from the models; empty when they are in step."""
    import models  # noqa: F401 -- every table must be known before it is compared

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [repr(difference) for difference in compare_metadata(context, Base.metadata)]
