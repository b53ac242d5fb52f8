"""`payload`: what a mutation answers, the objects it is about beside the noun's user errors."""

import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry.utils.str_converters import to_camel_case

from infra.errors import Conflict, DomainError, ErrorCode, Fault
from schema.compiler.declarations import Node
from schema.compiler.sources import read
from schema.context import Context
from schema.organisation.vocabulary import vocabulary

T = TypeVar("T")


@dataclass(frozen=True)
class Declared:
    """A payload's error codes, the GraphQL type of its errors, and its objects by field."""

    codes: type[ErrorCode]
    error: type[Any]
    objects: dict[str, Any]


PAYLOADS: dict[type, Declared] = {}


@strawberry.type
class _UserError:
    field: list[str] = strawberry.field(description="字段路径 — path of the input at fault")
    message: str = strawberry.field(description="说明 — why, and what would be right")


def shown(description: str) -> Any:
    """A payload's object: null where the command was refused."""
    return strawberry.field(default=None, description=description)


@dataclass_transform(kw_only_default=True)
def payload(codes: type[ErrorCode], description: str) -> Callable[[type[T]], type[T]]:
    """Make a class a mutation's payload: its own fields are `shown(…)`, `userErrors` is added.

    Raises TypeError unless `codes` is named `<Noun>ErrorCode`.
    """

    def decorate(cls: type[T]) -> type[T]:
        error = _user_error(codes)
        objects = {name: _plain(hint) for name, hint in typing.get_type_hints(cls).items()}
        cls.__annotations__["user_errors"] = list[error]  # type: ignore[valid-type]
        told = strawberry.field(default_factory=list, description="用户错误 — what can be mended")
        setattr(cls, "user_errors", told)  # noqa: B010 - a field the author need not write
        made = strawberry.type(cls, description=description)
        PAYLOADS[made] = Declared(codes, error, objects)
        return made

    return decorate


def refusal(cls: type[Any], context: Context, error: DomainError, within: str | None) -> Any:
    """The payload that tells a refusal; a conflict shows the row as it is now.

    `within` is the argument that the faults' paths begin with. Raises ValueError for a code that
    the noun does not have: told as INTERNAL, because it is our fault.
    """
    declared = PAYLOADS[cls]
    made = cls(user_errors=[_told(declared, fault, within, context) for fault in error.faults])
    if isinstance(error, Conflict):
        name, kind = next(iter(declared.objects.items()))
        setattr(made, name, read(kind, error.row.id, error.row.tenant_id))
    return made


def _told(declared: Declared, fault: Fault, within: str | None, context: Context) -> Any:
    path = [to_camel_case(part) for part in fault.field]
    if within and path and path[0] != within:
        path.insert(0, within)
    return declared.error(
        field=path,
        message=fault.en if context.language == "en" else fault.zh,
        code=declared.codes(fault.code.value),
    )


@cache
def _user_error(codes: type[ErrorCode]) -> type[Any]:
    noun, is_named, _ = codes.__name__.partition("ErrorCode")
    if not (noun and is_named):
        raise TypeError(f"{codes.__name__}: error codes are named <Noun>ErrorCode")
    labels = {code.name: code.description for code in codes}
    vocabulary(codes, (codes.__doc__ or "").strip(), **labels)
    told = {
        "__annotations__": {"code": codes},
        "__doc__": "One thing wrong with an input.",
        "code": strawberry.field(description="代码 — stable, one of the noun's"),
    }
    made = type(f"{noun}UserError", (_UserError,), told)
    return strawberry.type(made, description="用户错误 — something the user can mend")


def _plain(hint: Any) -> Any:
    """A field's type without its null."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    return kinds[0] if len(kinds) == 1 else hint


def is_node(kind: Any) -> bool:
    """Whether a payload's field is an object that can be read again by its id."""
    return isinstance(kind, type) and issubclass(kind, Node)
