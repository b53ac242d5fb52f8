"""Names are found by how people type them."""

import pytest

from infra.text import fold, grams, query_grams, sort_key, text_fault


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


def test_a_long_text_may_have_lines_and_a_name_may_not() -> None:
    lines = "第一条\r\n\t第二条"
    assert text_fault("answer", lines, 2, 2_000, "答复", "The answer") is None
    fault = text_fault("name", lines, 2, 200, "名称", "The name")
    assert fault is not None and "U+000D" in fault.zh
    assert text_fault("answer", "看不见的\u200b字", 2, 2_000, "答复", "The answer") is not None
