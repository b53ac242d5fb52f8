"""Names are found by how people type them."""

import pytest

from infra.text import fold, grams, query_grams, sort_key


def found(query: str, name: str) -> bool:
    wanted = query_grams(query)
    return bool(wanted) and set(wanted) <= grams(name)


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("星海", "蒲城县星海艺术培训中心", True),
        ("海星", "蒲城县星海艺术培训中心", False),
        ("藝術", "蒲城县星海艺术培训中心", True),
        ("xhys", "星海艺术培训中心", True),
        ("XH", "星海艺术培训中心", True),
        ("xy", "星海艺术培训中心", False),
        ("ＸＨ", "星海艺术培训中心", True),
        ("星 培训", "星海艺术培训中心", True),
        ("星海ys", "星海艺术培训中心", True),
        ("xh艺术", "星海艺术培训中心", True),
        ("星海xy", "星海艺术培训中心", False),
        ("ABC英语", "abc英语角", True),
        ("101中学", "第101中学培训部", True),
        ("  ", "星海艺术培训中心", False),
    ],
)
def test_search(query: str, name: str, expected: bool) -> None:
    assert found(query, name) is expected


def test_fold_is_idempotent_and_bounded() -> None:
    assert fold(fold("ＡＢＣ 藝術（一）")) == fold("ＡＢＣ 藝術（一）") == "abc艺术一"
    assert len(fold("艺" * 10_000)) == 100
    assert len(fold("\ufdfa" * 100)) == 100, "one character that NFKC makes eighteen of"


def test_names_sort_by_pinyin() -> None:
    names = ["中", "安", "北", "重"]
    assert sorted(names, key=sort_key) == ["安", "北", "中", "重"]
