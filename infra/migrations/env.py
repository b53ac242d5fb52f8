"""Alembic's environment: runs on the connection it is given."""

from alembic import context

from infra.database.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
