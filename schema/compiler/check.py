"""Start-up checks: what a declaration promises is true, or the schema does not build."""

from graphql import GraphQLObjectType, GraphQLSchema, is_non_null_type
from strawberry.types.field import StrawberryField

from schema.compiler.compile import source_of
from schema.compiler.sources import NODES, Column, Computed, Embedded, Relation


def check(schema: GraphQLSchema) -> None:
    """Raise TypeError with one line per fault.

    A type over a table needs `visible` and a source for every field; a field that may be denied
    has to be nullable or to say what stands there otherwise.
    """
    faults: list[str] = []
    for name, definition in NODES.items():
        if not callable(definition.visible):
            faults.append(f"{name}: no visible(scope); write ALL_OF_TENANT where it is meant")
        graphql_type = schema.get_type(name)
        if not isinstance(graphql_type, GraphQLObjectType):
            faults.append(f"{name}: not in the schema")
            continue
        for field_name, field in graphql_type.fields.items():
            source = source_of(field)
            if field_name == "id":
                continue
            declared = field.extensions.get("strawberry-definition")
            if isinstance(declared, StrawberryField) and declared.base_resolver and not isinstance(
                source, Relation
            ):
                faults.append(f"{name}.{field_name}: a resolver per row; use computed()")
            if source is None:
                faults.append(f"{name}.{field_name}: declares no source")
            denied = isinstance(source, Column | Embedded | Relation | Computed) and (
                source.requires is not None
                and not (isinstance(source, Column) and source.otherwise is not None)
            )
            if is_non_null_type(field.type) and (denied or isinstance(source, Computed)):
                faults.append(f"{name}.{field_name}: may be denied or fail, so it must be nullable")
    if faults:
        raise TypeError("the schema does not hold what it declares:\n" + "\n".join(faults))
