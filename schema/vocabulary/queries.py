"""`vocabulary`: every enum's labels and order, so that no frontend hard-codes Chinese."""

import re
from enum import StrEnum
from typing import Annotated

import strawberry
from graphql import GraphQLEnumType

from schema.organisation.vocabulary import vocabulary as describe


class Locale(StrEnum):
    """Languages that labels and messages exist in."""

    ZH_CN = "ZH_CN"
    EN = "EN"


describe(
    Locale, "语言 — language of labels", ZH_CN="简体中文 — Simplified Chinese", EN="英文 — English"
)

_MORE = re.compile(r"[;(].*$", re.DOTALL)
"""What a description adds to its term."""


@strawberry.type(description="枚举值 — one value of an enum")
class EnumLabel:
    name: str = strawberry.field(description="名称 — as the API writes it")
    label: str = strawberry.field(description="标签 — as a person reads it")
    order: int = strawberry.field(description="顺序 — place among the values, from 1")


@strawberry.type(description="枚举词汇 — an enum and its values as a person reads them")
class EnumVocabulary:
    name: str = strawberry.field(description="名称 — as the schema writes it")
    label: str = strawberry.field(description="标签 — as a person reads it")
    values: list[EnumLabel] = strawberry.field(description="枚举值 — in their order")


def label(description: str | None, locale: Locale) -> str:
    """The term of a bilingual description: `"片区 — district area; …"` → 片区, district area.

    Start-up has checked that every description begins with its Chinese term.
    """
    chinese, _, english = (description or "").partition(" — ")
    return chinese.strip() if locale is Locale.ZH_CN else _MORE.sub("", english).strip()


def _vocabulary(
    info: strawberry.Info,
    locale: Annotated[Locale, strawberry.argument(description="语言 — of the labels")] = (
        Locale.ZH_CN
    ),
) -> list[EnumVocabulary]:
    types = info.schema._schema.type_map.items()
    return [
        EnumVocabulary(
            name=name,
            label=label(type_.description, locale),
            values=[
                EnumLabel(name=key, label=label(value.description, locale), order=order)
                for order, (key, value) in enumerate(type_.values.items(), 1)
            ],
        )
        for name, type_ in sorted(types)
        if isinstance(type_, GraphQLEnumType) and not name.startswith("__")
    ]


@strawberry.type
class VocabularyQuery:
    """The words of the schema; no database is asked."""

    vocabulary: list[EnumVocabulary] = strawberry.field(
        resolver=_vocabulary, description="词汇表 — every enum's labels in a language, in order"
    )
