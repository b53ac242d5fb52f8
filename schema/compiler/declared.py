"""What a built schema's fields declared, and the columns that tie two types together."""

from typing import Any, cast

from graphql import GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

from schema.compiler.sources import LISTS, NODES, SOURCE, NodeDefinition


def source_of(definition: GraphQLField) -> Any:
    """What a field declared, or None."""
    declared = definition.extensions.get("strawberry-definition")
    return declared.metadata.get(SOURCE) if isinstance(declared, StrawberryField) else None


def python_name(definition: GraphQLField) -> str:
    """The field's name in Python."""
    return cast(StrawberryField, definition.extensions["strawberry-definition"]).python_name


def node_of(named: GraphQLObjectType) -> NodeDefinition:
    """The type whose rows a connection or grouping type lists."""
    return NODES[LISTS[named.name].node]


def pairs(
    attribute: Any, parent: NodeDefinition, target: NodeDefinition, is_many: bool
) -> list[tuple[str, str]]:
    """(their column, our column): from the composite foreign key whose last column it is.

    The tenant column itself relates a row to its tenant. Raises TypeError when the attribute
    does not lead from one type's table to the other's.
    """
    child, ancestor = (target, parent) if is_many else (parent, target)
    owner = attribute.class_.__table__
    if owner is not child.table:
        raise TypeError(f"{attribute} is no column of {child.name}'s table")
    equalities = []
    if attribute.key == child.tenant_column:
        equalities = [(attribute.key, ancestor.tenant_column)]
    for constraint in owner.foreign_key_constraints:
        # tenant_id belongs to many foreign keys, so the last column names the constraint.
        if constraint.column_keys[-1] == attribute.key and (
            constraint.referred_table is ancestor.table
        ):
            equalities = [(e.parent.name, e.column.name) for e in constraint.elements]
    if not equalities:
        raise TypeError(f"{attribute} ends no foreign key to {ancestor.name}")
    return [(c, a) if is_many else (a, c) for c, a in equalities]
