"""Alembic's environment: runs on the connection it is given."""

from typing import Any

from alembic import context
from alembic.operations import ops

from infra.database.base import Base


def _leave_info_to_the_models(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """`Table.info` declares rights for `tenants.rls`; a revision neither needs nor can spell it."""
    for script in directives:
        for operation in (*script.upgrade_ops.ops, *script.downgrade_ops.ops):
            if isinstance(operation, ops.CreateTableOp | ops.DropTableOp):
                operation.info = {}


def _is_kept(thing: Any, _name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Foreign keys that are only a relation for reads are not made."""
    return kind != "foreign_key_constraint" or bool(thing.info.get("enforced", True))


context.configure(
    # Without a connection the revisions are written out as SQL, for the linter.
    connection=context.config.attributes.get("connection"),
    dialect_name="postgresql",
    target_metadata=Base.metadata,
    include_object=_is_kept,
    compare_type=True,
    transaction_per_migration=False,
    # A table's comment holds the digest of its rights (tenants.rls), not a word of the models.
    autogenerate_plugins=["alembic.autogenerate.*", "~alembic.autogenerate.comments"],
    process_revision_directives=_leave_info_to_the_models,
)
context.run_migrations()
