"""Every code that a noun's command can be refused with is in that noun's enum.

The types say that a fault has a code of ours; which enum a fault from a lower noun or floor ends
in is decided at the edge, by name. So the calls are followed here, through all floors.
"""

import ast
import importlib
from pathlib import Path

from infra.errors import ErrorCode

ROOT = Path(__file__).parents[2]
RAISERS = {"NotFound": "NOT_FOUND", "Conflict": "CONFLICT"}
NOUNS = {
    "calendar": "CalendarErrorCode",
    "clues": "ClueErrorCode",
    "deadlines": "DeadlineErrorCode",
    "files": "FileErrorCode",
    "grids": "GridErrorCode",
    "institutions": "InstitutionErrorCode",
    "ledger": "LedgerErrorCode",
    "lists": "ListErrorCode",
    "notifications": "MessageErrorCode",
    "payments": "StatementErrorCode",
    "oversight": "OversightErrorCode",
    "problems": "ProblemErrorCode",
    "rewards": "RewardErrorCode",
    "custody accounts": "CustodyAccountErrorCode",
    "contracts": "ContractErrorCode",
    "lessons": "LessonErrorCode",
    "refunds": "RefundErrorCode",
    "fund alerts": "FundAlertErrorCode",
}
ROOMS = {
    "clues": ("conclusions",),
    "institutions": ("annual",),
    "problems": ("rectification",),
    "rewards": ("budgets", "claiming"),
    "lists": ("lists", "publications"),
    "custody accounts": ("service.custody",),
    "contracts": ("service.contracts", "service.receiving"),
    "lessons": ("service.lessons",),
    "refunds": ("service.refunds",),
    "fund alerts": ("service.alerts",),
}
"""Rooms with commands beside `service` and `intake`."""
WITHIN = {
    "lists": "institutions",
    "custody accounts": "funds",
    "contracts": "funds",
    "lessons": "funds",
    "refunds": "funds",
    "fund alerts": "funds",
}
"""Nouns of the API that have no folder of their own."""
TRANSLATED = {
    "services.funds.books": "services.ledger.",
    "services.rewards.books": "services.ledger.",
}
"""Modules that tell of a lower noun's refusals only those they name; others are our mistakes."""
Name = tuple[str, str]
"""Module and what stands at its top level."""


class House:
    """Who names which codes, and who uses whom, at the top level of every module."""

    def __init__(self) -> None:
        self.codes: dict[Name, set[str]] = {}
        self.uses: dict[Name, set[Name]] = {}
        for folder in ("infra", "tenants", "services"):
            for path in (ROOT / folder).rglob("*.py"):
                if "migrations" not in path.parts:
                    self._read(path)

    def _read(self, path: Path) -> None:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text())
        imported: dict[str, Name] = {}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    name = alias.asname or alias.name
                    imported[name] = (node.module, alias.name)
                    # A package hands on what its modules have.
                    self.uses.setdefault((module, name), set()).add(imported[name])
        for node in tree.body:
            for name in _named(node):
                self._follow((module, name), node, imported)

    def _follow(self, here: Name, tree: ast.AST, imported: dict[str, Name]) -> None:
        codes, uses = self.codes.setdefault(here, set()), self.uses.setdefault(here, set())
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=owner), attr=attr):
                    if owner.endswith(("ErrorCode", "SharedCode")):
                        codes.add(attr)
                    elif owner in imported:
                        package, module = imported[owner]
                        uses.add((f"{package}.{module}", attr))
                case ast.Name(id=name):
                    codes |= {RAISERS[name]} if name in RAISERS else set()
                    uses.add(imported.get(name, (here[0], name)))

    def reached(self, start: Name) -> set[str]:
        """The codes of everything that a name leads to."""
        seen: set[Name] = set()
        waiting, found = [start], set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                found |= self.codes.get(name, set())
                lower = TRANSLATED.get(name[0], "-")
                waiting += [it for it in self.uses.get(name, ()) if not it[0].startswith(lower)]
        return found

    def commands(self, noun: str) -> list[Name]:
        """The public functions of a noun's service rooms."""
        names = ROOMS.get(noun, ()) + (() if noun in WITHIN else ("service", "intake"))
        rooms = {f"services.{WITHIN.get(noun, noun)}.{name}" for name in names}
        return [name for name in self.codes if name[0] in rooms and not name[1].startswith("_")]


def _named(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case _:
            return []


def _enum(noun: str) -> set[str]:
    found = getattr(
        importlib.import_module(f"services.{WITHIN.get(noun, noun)}.errors"), NOUNS[noun]
    )
    assert issubclass(found, ErrorCode)
    return set(found.__members__)


def test_every_noun_with_codes_is_looked_at() -> None:
    assert {path.parent.name for path in ROOT.glob("services/*/errors.py")} == {
        WITHIN.get(noun, noun) for noun in NOUNS
    }


def test_what_a_command_can_be_refused_with_is_in_its_nouns_enum() -> None:
    house = House()
    for noun in NOUNS:
        commands = house.commands(noun)
        assert commands, noun
        for command in commands:
            missing = house.reached(command) - _enum(noun)
            assert not missing, f"{command} can be refused with {missing}"


def test_codes_are_followed_through_nouns_and_floors() -> None:
    """The control: what the walk must see, it sees."""
    house = House()
    register = house.reached(("services.institutions.service", "register_institution"))
    assert register >= {"USCC_TAKEN", "USCC_INVALID", "TEXT_INVALID", "NOT_FOUND"}
    appoint = house.reached(("services.grids.service", "appoint_grid_officer"))
    assert appoint >= {"TERM_OVERLAPS", "OFFICERS_ABOVE_MAX", "TEXT_LENGTH", "NOT_FOUND"}
    correct = house.reached(("services.institutions.service", "correct_institution"))
    assert "CONFLICT" in correct
    assert "CONFLICT" not in register


def test_no_code_is_left_that_nothing_raises() -> None:
    house = House()
    keys = {"IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED"}
    for noun in NOUNS:
        reached = set().union(*(house.reached(command) for command in house.commands(noun)))
        assert _enum(noun) - reached <= keys, noun
