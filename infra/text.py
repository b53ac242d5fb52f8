"""Chinese texts: folding, grams for search, a sort key, and what is wrong with one; pure."""

import re
import unicodedata
from functools import cache
from typing import Any

from infra.errors import Fault, SharedCode

MAX_LENGTH = 100
"""Characters of a name or a query that are looked at."""

_INITIALS = "~"
"""Marks pinyin-initial grams, so that they never meet those of Latin names."""

_IGNORED = re.compile(r"[\W_]+", re.UNICODE)
_RUNS = re.compile(r"[a-z0-9]+|[^a-z0-9]+")


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def fold(value: str) -> str:
    """One spelling for what people take for the same: full-width, traditional, case, spaces."""
    # One compatibility character can stand for eighteen, so the end is cut twice.
    narrow = unicodedata.normalize("NFKC", value[:MAX_LENGTH])
    return _IGNORED.sub("", _simplifier().convert(narrow).casefold())[:MAX_LENGTH]


def initials(folded: str) -> str:
    """The first letters of a folded name's pinyin; Latin letters stand for themselves."""
    from pypinyin import Style, lazy_pinyin

    letters = lazy_pinyin(folded, style=Style.FIRST_LETTER, errors="default")
    return "".join(letter for letter in letters if letter.isascii())[:MAX_LENGTH]


def grams(name: str) -> frozenset[str]:
    """What a name is found by: its characters, its pairs, and pairs and triples of initials."""
    folded = fold(name)
    letters = initials(folded)
    found = _pieces(folded, 1) | _pieces(folded, 2)
    for length in (1, 2, 3):
        found |= {_INITIALS + piece for piece in _pieces(letters, length)}
    return frozenset(found)


def query_grams(words: str) -> tuple[str, ...]:
    """What all must be found for a query, the most telling first; empty when nothing is asked.

    Runs of Chinese are matched by their character pairs (a single character by itself), runs of
    Latin letters by the initials of the pinyin; a space between them is not needed.
    """
    wanted: list[str] = []
    folded = [fold(word) for word in words[:MAX_LENGTH].split()]
    for run in (run for word in folded for run in _RUNS.findall(word)):
        is_latin = run[0].isascii()
        size = min(len(run), 3 if is_latin else 2)
        pieces = [run[i : i + size] for i in range(len(run) - size + 1)]
        wanted += [_INITIALS + piece for piece in pieces] if is_latin else pieces
    return tuple(sorted(dict.fromkeys(wanted), key=len, reverse=True))


def sort_key(name: str) -> bytes:
    """Orders common Chinese names by pinyin: GB 18030 keeps GB 2312's level-1 order."""
    return fold(name).encode("gb18030")


def _pieces(value: str, length: int) -> set[str]:
    return {value[i : i + length] for i in range(len(value) - length + 1)}


_HIDDEN = ("Cc", "Cf", "Cs", "Co")
_LINES = "\n\r\t"
_LINE_LENGTH = 200


def text_fault(
    field: str, value: str, shortest: int, longest: int, zh: str, en: str
) -> Fault | None:
    """What is wrong with a text of `shortest`…`longest` characters, or None.

    `zh` and `en` name the thing. Characters that cannot be stored or seen are refused; what may be
    longer than an address may have lines.
    """
    seen = _LINES if longest > _LINE_LENGTH else ""
    hidden = [c for c in value if unicodedata.category(c) in _HIDDEN and c not in seen]
    if hidden:
        shown = f"U+{ord(hidden[0]):04X}"
        return Fault(
            SharedCode.TEXT_INVALID,
            f"{zh}含有不可见字符 {shown}，请删除",
            f"{en} contains the invisible character {shown}; remove it",
            (field,),
        )
    length = len(value.strip())
    if not shortest <= length <= longest:
        return Fault(
            SharedCode.TEXT_LENGTH,
            f"{zh}应为 {shortest} 至 {longest} 个字符，现为 {length} 个",
            f"{en} takes {shortest} to {longest} characters, not {length}",
            (field,),
        )
    return None
