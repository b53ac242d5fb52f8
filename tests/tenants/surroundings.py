"""What surrounds the tables, as the catalogue tells it: functions, rules, roles, containers."""

import re
from typing import Any

from infra.database.roles import NOBODY, Role

OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
"""Condition on a schema `n` that is not PostgreSQL's own."""

_PARENTS = {Role.MIGRATOR: {Role.OWNER}, Role.OWNER: {Role.LEDGER}}
"""Which roles may become which."""


async def faults(connection: Any, database: str | None) -> Any:
    """What lets somebody pass by the tables' rights, in words."""
    async for fault in _code_faults(connection):
        yield fault
    async for fault in _role_faults(connection):
        yield fault
    async for fault in _container_faults(connection, database):
        yield fault


async def _code_faults(connection: Any) -> Any:
    functions = await connection.fetch(
        "SELECT p.oid::regprocedure::text AS name, p.prosecdef, n.nspname,"
        " pg_get_userbyid(p.proowner)::text AS owner, coalesce(p.proconfig, '{}') AS config,"
        " EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g"
        "   WHERE g.grantee = 0) AS everybody"
        f" FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS}"
    )
    for row in functions:
        if row["prosecdef"] and row["owner"] != Role.LEDGER:
            yield f"function {row['name']} runs as its definer"
        if row["prosecdef"] and "search_path=public, pg_temp" not in row["config"]:
            yield f"function {row['name']} looks where its caller says"
        if row["everybody"]:
            yield f"PUBLIC was granted EXECUTE on function {row['name']}"
    rules = await connection.fetch(
        "SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
        f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}"
        " AND r.rulename <> '_RETURN'"
    )
    for row in rules:
        yield f"rule {row['rulename']} rewrites statements on {row['relname']}"


async def _role_faults(connection: Any) -> Any:
    rows = await connection.fetch(
        "SELECT r.*, ARRAY(SELECT pg_get_userbyid(m.roleid)::text FROM pg_auth_members m"
        "  WHERE m.member = r.oid) AS parents FROM pg_roles r WHERE r.oid >= 16384"
    )
    ours = {str(role) for role in Role}
    for missing in sorted(ours - {row["rolname"] for row in rows}):
        yield f"role {missing} does not exist"
    for row in rows:
        name = row["rolname"]
        for attribute in ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication"):
            if row[attribute]:
                yield f"role {name} has {attribute.removeprefix('rol').upper()}"
        if row["rolbypassrls"] and name not in (Role.MIGRATOR, Role.BACKUP):
            yield f"role {name} has BYPASSRLS"
        if name in NOBODY and row["rolcanlogin"]:
            yield f"role {name} may log in"
        for parent in sorted(set(row["parents"]) - _PARENTS.get(name, set())):
            yield f"role {name} is a member of {parent}"


async def _container_faults(connection: Any, database: str | None) -> Any:
    settings = await connection.fetch(
        "SELECT coalesce(pg_get_userbyid(nullif(setrole, 0))::text, 'everybody') AS role,"
        " unnest(setconfig) AS value FROM pg_db_role_setting"
    )
    for row in settings:
        if re.match(r"(app\.|row_security|session_replication_role|role=)", row["value"]):
            yield f"{row['role']} starts with {row['value']}"
    defaults = await connection.fetchval("SELECT count(*) FROM pg_default_acl")
    if defaults:
        yield f"{defaults} default privileges grant what no declaration states"
    acls = await connection.fetch(
        "SELECT 'schema ' || nspname AS place,"
        " coalesce(pg_get_userbyid(nullif(g.grantee, 0))::text, 'PUBLIC') AS grantee,"
        " g.privilege_type AS verb FROM pg_namespace n,"
        "  aclexplode(coalesce(nspacl, acldefault('n', nspowner))) g"
        f" WHERE {OURS} AND g.grantee <> nspowner"
        " UNION ALL SELECT 'database', coalesce(pg_get_userbyid(nullif(g.grantee, 0))::text,"
        "  'PUBLIC'), g.privilege_type FROM pg_database d,"
        "  aclexplode(coalesce(datacl, acldefault('d', datdba))) g"
        " WHERE datname = coalesce($1, current_database()) AND g.grantee <> datdba",
        database,
    )
    for row in acls:
        harmless = row["verb"] in ("USAGE", "CONNECT") and row["grantee"] != "PUBLIC"
        if not harmless:
            yield f"{row['grantee']} was granted {row['verb']} on {row['place']}"
