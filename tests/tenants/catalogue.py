"""The proof from PostgreSQL's catalogue that rights and isolation are as declared.

It reads `Base.metadata` for what ought to be and `pg_catalog` for what is; the code that made the
rights (`tenants.rls`) is not asked.
"""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Table

from infra.database.base import Base, Kind, Sensitivity
from infra.database.roles import PROCESS_ROLES, Role
from tests.tenants import surroundings
from tests.tenants.surroundings import OURS

BOOKKEEPING = "alembic_version"
"""The one table that is not ours: the number of the applied revision."""

OWN = "(tenant_id = (SELECT (current_setting('app.tenant_id'))::integer))"
RANGE = (
    "((((tenant_id >= (SELECT (current_setting('app.tenant_lo'))::integer))"
    " AND (tenant_id <= (SELECT (current_setting('app.tenant_hi'))::integer)))"
    " AND (tenant_id <> ALL (((SELECT current_setting('app.tenant_out')))::integer[])))"
    " OR (tenant_id = ANY (((SELECT current_setting('app.tenant_in')))::integer[])))"
)
_LETTERS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "*": "ALL", "d": "DELETE"}
_ALL_VERBS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
_OPERATORS = (Role.OWNER, Role.MIGRATOR, Role.BACKUP)

Grant = tuple[str, str, str | None]
"""Grantee, verb, column (None: the whole table)."""


@dataclass(frozen=True)
class Policy:
    """A row-security policy, its expressions freed of PostgreSQL's decoration."""

    verb: str
    permissive: bool
    roles: frozenset[str]
    using: str | None
    check: str | None


def declared_tables() -> dict[str, Table]:
    """Every table of the product by name."""
    importlib.import_module("services.models")
    return dict(Base.metadata.tables)


async def faults(
    connection: asyncpg.Connection, database: str | None = None, tables: Any = None
) -> list[str]:
    """Everything that breaks tenant isolation in the connected database, in words; [] is proof.

    `database` names the one whose own rights are looked at (a clone does not inherit them).
    """
    declared: dict[str, Table] = tables or declared_tables()
    found = [*_declaration_faults(declared)]
    async for fault in _relation_faults(connection, declared):
        found.append(fault)
    async for fault in _column_faults(connection, declared):
        found.append(fault)
    async for fault in _policy_faults(connection, declared):
        found.append(fault)
    async for fault in _grant_faults(connection, declared):
        found.append(fault)
    async for fault in _key_faults(connection, declared):
        found.append(fault)
    async for fault in surroundings.faults(connection, database):
        found.append(fault)
    return found


def _declaration_faults(declared: dict[str, Table]) -> Iterator[str]:
    for name, table in declared.items():
        kind = table.info.get("kind")
        if not isinstance(kind, Kind):
            yield f"table {name} states no kind"
        if kind in (Kind.TENANT, Kind.SYSTEM) and "tenant_id" not in table.columns:
            yield f"table {name} has no tenant_id"
        for column in table.columns:
            sensitivity = column.info.get("sensitivity")
            if not isinstance(sensitivity, Sensitivity):
                yield f"column {name}.{column.name} is unclassified"
            elif kind is not Kind.TENANT and sensitivity in (
                Sensitivity.PERSONAL,
                Sensitivity.SEALED,
            ):
                # The scheduler or everybody sees these tables across tenants.
                yield f"column {name}.{column.name} is {sensitivity} in a {kind} table"


async def _relation_faults(connection: Any, declared: dict[str, Table]) -> Any:
    rows = await connection.fetch(
        "SELECT c.relname, c.relkind::text, n.nspname, c.relrowsecurity, c.relforcerowsecurity,"
        " coalesce(c.reloptions, '{}') AS options, pg_get_userbyid(c.relowner) AS owner"
        f" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}"
        " AND c.relkind IN ('r','p','v','m','S','f') ORDER BY 1"
    )
    seen = set()
    for row in rows:
        name, kind = row["relname"], row["relkind"]
        if row["nspname"] != "public":
            yield f"relation {row['nspname']}.{name} lies outside schema public"
        elif kind == "m":
            yield f"materialised view {name}"
        elif kind == "S":
            yield f"sequence {name} is shared by tenants"
        elif kind == "f":
            yield f"foreign table {name}"
        elif kind == "v":
            options = {option.lower() for option in row["options"]}
            if not options & {f"security_invoker={v}" for v in ("true", "on", "1", "yes")}:
                yield f"view {name} does not run as its invoker"
        elif name != BOOKKEEPING:
            seen.add(name)
            if row["owner"] != Role.OWNER:
                yield f"table {name} is owned by {row['owner']}"
            if name not in declared or "kind" not in declared[name].info:
                yield f"table {name} has no kind"
            elif declared[name].info["kind"] is not Kind.REFERENCE:
                if not row["relrowsecurity"]:
                    yield f"row security of {name} is not enabled"
                if not row["relforcerowsecurity"]:
                    yield f"row security of {name} is not forced"
    for name in sorted(set(declared) - seen):
        yield f"table {name} is declared and missing"


async def _column_faults(connection: Any, declared: dict[str, Table]) -> Any:
    rows = await connection.fetch(
        "SELECT c.relname, a.attname, a.attidentity::text AS identity FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE {OURS} AND c.relkind IN ('r','p') AND a.attnum > 0 AND NOT a.attisdropped"
    )
    present: dict[str, set[str]] = {}
    for row in rows:
        table, column = row["relname"], row["attname"]
        present.setdefault(table, set()).add(column)
        if row["identity"]:
            yield f"column {table}.{column} counts across tenants"
        if table in declared and column not in declared[table].columns:
            yield f"column {table}.{column} is unclassified: no declaration knows it"
    for name, columns in present.items():
        if name in declared:
            for missing in set(declared[name].columns.keys()) - columns:
                yield f"column {name}.{missing} is declared and missing"


def _plain(expression: str | None) -> str | None:
    """An expression without casts of literals, column aliases and doubled spaces."""
    if expression is None:
        return None
    text = re.sub(r"::text\b", "", expression)
    text = re.sub(r" AS current_setting\b", "", text)
    return re.sub(r"\s+", " ", text).replace("( ", "(").replace(" )", ")")


def _expected_policies(table: Table) -> dict[str, Policy]:
    kind, info = table.info.get("kind"), table.info
    if kind not in (Kind.TENANT, Kind.SYSTEM):
        return {}
    own = {Role.API, Role.WORKER} | ({Role.PUBLIC} if info["public"] else set())
    wanted = {"own_tenant": Policy("ALL", True, frozenset(map(str, own)), OWN, OWN)}
    if info["supervised"]:
        roles = frozenset({str(Role.SUPERVISOR)})
        wanted["jurisdiction"] = Policy("SELECT", True, roles, RANGE, None)
    if _spans_tenants(table):
        roles = frozenset({str(Role.SCHEDULER)})
        wanted["all_tenants"] = Policy("ALL", True, roles, "true", "true")
    if info["ledger"]:
        wanted["functions"] = Policy("ALL", True, frozenset({str(Role.LEDGER)}), "true", "true")
    return wanted


def _spans_tenants(table: Table) -> bool:
    """Whether the scheduler works in all tenants' rows at once."""
    return table.info.get("kind") is Kind.SYSTEM or bool(table.info.get("scheduler"))


def _may_be_open(table: Table | None, roles: frozenset[str]) -> bool:
    """Whether a policy for these roles may let every tenant's rows pass."""
    if table is None:
        return False
    functions = roles == {str(Role.LEDGER)} and bool(table.info.get("ledger"))
    return functions or (roles == {str(Role.SCHEDULER)} and _spans_tenants(table))


async def _policy_faults(connection: Any, declared: dict[str, Table]) -> Any:
    rows = await connection.fetch(
        "SELECT c.relname, p.polname, p.polcmd::text AS verb, p.polpermissive,"
        " ARRAY(SELECT CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END"
        "       FROM unnest(p.polroles) r) AS roles,"
        " pg_get_expr(p.polqual, p.polrelid) AS using,"
        ' pg_get_expr(p.polwithcheck, p.polrelid) AS "check"'
        " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    )
    actual: dict[str, dict[str, Policy]] = {}
    for row in rows:
        policy = Policy(
            _LETTERS[row["verb"]],
            row["polpermissive"],
            frozenset(row["roles"]),
            _plain(row["using"]),
            _plain(row["check"]),
        )
        actual.setdefault(row["relname"], {})[row["polname"]] = policy
        open_to_all = "true" in (policy.using, policy.check)
        if open_to_all and not _may_be_open(declared.get(row["relname"]), policy.roles):
            yield f"policy {row['polname']} of {row['relname']} lets every row pass"
        if policy.verb in ("ALL", "INSERT", "UPDATE") and policy.check is None:
            yield f"policy {row['polname']} of {row['relname']} has no WITH CHECK"
    for name in sorted(set(actual) | set(declared)):
        wanted = _expected_policies(declared[name]) if name in declared else {}
        present = actual.get(name, {})
        for policy_name in sorted(set(wanted) | set(present)):
            if policy_name not in wanted:
                yield f"policy {policy_name} of {name} is not generated"
            elif policy_name not in present:
                yield f"policy {policy_name} of {name} is missing"
            elif wanted[policy_name] != present[policy_name]:
                yield f"policy {policy_name} of {name} is {present[policy_name]}"


def _expected_grants(table: Table) -> set[Grant]:
    kind, info = table.info.get("kind"), table.info
    if not isinstance(kind, Kind):
        return set()
    wanted: set[Grant] = {(Role.BACKUP, "SELECT", None)}
    wanted |= {(Role.MIGRATOR, verb, None) for verb in _ALL_VERBS}
    if kind is Kind.REFERENCE:
        return wanted | {(role, "SELECT", None) for role in PROCESS_ROLES}
    verbs = {"SELECT", "INSERT"} if info["append_only"] else _ALL_VERBS
    functions = {verb.upper() for verb in info["ledger"]}
    wanted |= {(Role.LEDGER, verb, None) for verb in functions}
    for role in (Role.API, Role.WORKER):
        wanted |= {(role, verb, None) for verb in verbs - (functions - {"SELECT"})}
    if kind is Kind.SYSTEM:
        wanted |= {(Role.SCHEDULER, verb, None) for verb in _ALL_VERBS}
    for verb in info["public"] - {"select"}:
        wanted.add((Role.PUBLIC, verb.upper(), None))
    for verb in info["scheduler"] - {"select"}:
        wanted.add((Role.SCHEDULER, verb.upper(), None))
    shown = {
        Role.PUBLIC: {Sensitivity.PUBLIC} if "select" in info["public"] else set(),
        Role.SCHEDULER: {Sensitivity.PUBLIC} if "select" in info["scheduler"] else set(),
        Role.SUPERVISOR: {Sensitivity.PUBLIC, Sensitivity.INTERNAL}
        if info["supervised"]
        else set(),
    }
    for role, classes in shown.items():
        for column in table.columns:
            if column.info.get("sensitivity") in classes:
                wanted.add((role, "SELECT", column.name))
    return wanted


async def _grant_faults(connection: Any, declared: dict[str, Table]) -> Any:
    rows = await connection.fetch(
        "SELECT c.relname, CASE WHEN g.grantee = 0 THEN 'PUBLIC'"
        "  ELSE pg_get_userbyid(g.grantee)::text END AS grantee,"
        " g.privilege_type AS verb, g.attname, g.is_grantable FROM ("
        "  SELECT oid, NULL::text AS attname, (aclexplode(relacl)).* FROM pg_class"
        "  UNION ALL SELECT attrelid, attname::text, (aclexplode(attacl)).* FROM pg_attribute"
        "   WHERE NOT attisdropped) g"
        " JOIN pg_class c ON c.oid = g.oid JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE {OURS} AND g.grantee <> c.relowner"
    )
    actual: dict[str, set[Grant]] = {}
    for row in rows:
        actual.setdefault(row["relname"], set()).add((row["grantee"], row["verb"], row["attname"]))
        if row["is_grantable"]:
            yield f"{row['grantee']} may hand on {row['verb']} of {row['relname']}"
    for name, grants in sorted(actual.items()):
        if name == BOOKKEEPING:
            readers = {(str(role), "SELECT", None) for role in (*PROCESS_ROLES, Role.BACKUP)}
            wanted: set[Grant] = grants & readers
        else:
            wanted = _expected_grants(declared[name]) if name in declared else set()
        for grantee, verb, column in sorted(grants - wanted, key=str):
            place = f"{name}.{column}" if column else name
            sensitivity = ""
            if column and name in declared and column in declared[name].columns:
                sensitivity = f" ({declared[name].columns[column].info.get('sensitivity')})"
            yield f"{grantee} was granted {verb} on {place}{sensitivity}"
    for name, table in declared.items():
        for grantee, verb, column in sorted(_missing(table, actual.get(name, set())), key=str):
            yield f"{grantee} lacks {verb} on {name}{'.' + column if column else ''}"


def _missing(table: Table, grants: set[Grant]) -> set[Grant]:
    plain = {(str(grantee), verb, column) for grantee, verb, column in _expected_grants(table)}
    return plain - grants


async def _key_faults(connection: Any, declared: dict[str, Table]) -> Any:
    tenanted = {n for n, t in declared.items() if t.info.get("kind") is not Kind.REFERENCE}
    indexes = await connection.fetch(
        "SELECT c.relname, i.indexrelid::regclass::text AS index,"
        " (SELECT attname::text FROM pg_attribute a"
        "   WHERE a.attrelid = c.oid AND a.attnum = i.indkey[0]) AS first"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE {OURS} AND (i.indisunique OR i.indisexclusion)"
    )
    for row in indexes:
        known = row["relname"] in declared or row["relname"] == BOOKKEEPING
        if (row["relname"] in tenanted or not known) and row["first"] != "tenant_id":
            yield f"unique index {row['index']} of {row['relname']} does not begin with tenant_id"
    keys = await connection.fetch(
        "SELECT k.conname, s.relname AS source, t.relname AS target,"
        " ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)"
        "  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY i) AS here,"
        " ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)"
        "  JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY i) AS there"
        " FROM pg_constraint k JOIN pg_class s ON s.oid = k.conrelid"
        " JOIN pg_class t ON t.oid = k.confrelid WHERE k.contype = 'f'"
    )
    for row in keys:
        source, target = row["source"], row["target"]
        if target in declared and target not in tenanted:
            continue
        pairs = set(zip(row["here"], row["there"], strict=True))
        if ("tenant_id", "tenant_id") not in pairs:
            yield f"foreign key {row['conname']} of {source} does not carry tenant_id to {target}"
