"""Run migrations on the database that the caller names; each in a transaction, with a short wait for locks."""

from alembic import context
from sqlalchemy import create_engine, text

import models

engine = create_engine(context.config.attributes["uri"])
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=models.Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
