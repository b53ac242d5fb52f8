"""One wording for every bound that is exceeded."""

from graphql import GraphQLError

from schema.errors import Code, refused
from schema.limits.numbers import Limits


def refusal(code: Code, *, zh: str, en: str) -> GraphQLError:
    """An error of the limits, said in both languages."""
    return refused(code, zh=zh, en=en)


def over(bound: str, limits: Limits, found: int | None = None, where: str = "") -> GraphQLError:
    """COST_LIMIT_EXCEEDED, naming a field of Limits, its bound, what was found, and where.

    `found` is None where counting stopped at the bound.
    """
    most = getattr(limits, bound)
    about = Limits.__dataclass_fields__[bound].metadata
    zh, _, en = about["description"].partition(" — ")
    place, at = (f" in {where}", f"（{where}）") if where else ("", "")
    counted, got = ("", "") if found is None else (f", found {found}", f"，现为 {found}")
    return refusal(
        Code.COST_LIMIT_EXCEEDED,
        zh=f"{zh}{at}超限：最多 {most}{got}",
        en=f"{en}{place}: at most {most} {about['unit']}{counted}",
    )
