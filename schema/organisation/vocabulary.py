"""Enums of the domain as GraphQL enums, every value with its Chinese term."""

from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def vocabulary(enum: type[Enum], description: str, **labels: str) -> None:
    """Register an enum; `labels` describe its values by name.

    Raises ValueError unless exactly the enum's values are described.
    """
    if set(labels) != set(enum.__members__):
        raise ValueError(f"{enum.__name__}: describe {set(labels) ^ set(enum.__members__)}")
    made = strawberry.enum(enum, description=description)
    definition = getattr(made, "__strawberry_definition__")  # noqa: B009 - set by Strawberry
    assert isinstance(definition, StrawberryEnumDefinition)  # noqa: S101
    for value in definition.values:
        value.description = labels[value.name]
