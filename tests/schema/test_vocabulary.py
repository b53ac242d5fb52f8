"""`vocabulary(locale)`: every enum of the schema, in its order, in both languages."""

import re

from graphql import GraphQLEnumType

from schema.vocabulary.queries import Locale, label
from tests.schema.asking import data, whole_schema

WORDS = """query($locale: Locale!) { vocabulary(locale: $locale) {
  name label values { name label order } } }"""
CHINESE = re.compile(r"[㐀-鿿]")


async def test_every_enum_is_there_in_both_languages_and_in_order() -> None:
    enums = {
        name: list(type_.values)
        for name, type_ in whole_schema()._schema.type_map.items()
        if isinstance(type_, GraphQLEnumType) and not name.startswith("__")
    }
    assert {"ClueStatus", "ClueErrorCode", "UnitKind", "Locale"} <= set(enums)
    for locale in Locale:
        words = (await data(None, WORDS, locale=locale.value))["vocabulary"]
        assert {word["name"]: [v["name"] for v in word["values"]] for word in words} == enums
        for word in words:
            assert [v["order"] for v in word["values"]] == list(range(1, len(word["values"]) + 1))
            labels = [word["label"], *(v["label"] for v in word["values"])]
            assert all(bool(CHINESE.search(text)) == (locale is Locale.ZH_CN) for text in labels), (
                word
            )
            assert all(labels)


async def test_the_default_is_chinese() -> None:
    words = (await data(None, "{ vocabulary { name values { name label } } }"))["vocabulary"]
    (kinds,) = [word["values"] for word in words if word["name"] == "UnitKind"]
    assert {"name": "DISTRICT_AREA", "label": "片区"} in kinds


def test_a_label_is_the_term_without_what_is_added() -> None:
    described = "网格 — patrol grid; the unit of care (片区)"
    assert label(described, Locale.ZH_CN) == "网格"
    assert label(described, Locale.EN) == "patrol grid"
    assert label(None, Locale.EN) == ""
