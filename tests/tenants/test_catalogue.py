"""The migrated database is isolated, and every planted fault is caught by the same proof."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import Column, Integer, MetaData, Table

from infra.database.base import Kind, table_info
from infra.database.migrate import head_is_applied, migrate
from schema.compiler import sources
from schema.graphql import build
from tenants import rls
from tenants.scope import Scope
from tenants.session import reading
from tests.harness.cluster import TEMPLATE, Cluster
from tests.tenants.catalogue import declared_tables, faults

FAULTS: dict[str, tuple[str, str]] = {
    "enable dropped": (
        "ALTER TABLE unit DISABLE ROW LEVEL SECURITY",
        "row security of unit is not enabled",
    ),
    "force dropped": (
        "ALTER TABLE unit NO FORCE ROW LEVEL SECURITY",
        "row security of unit is not forced",
    ),
    "using true": (
        "ALTER POLICY own_tenant ON unit USING (true)",
        "policy own_tenant of unit lets every row pass",
    ),
    "using true for supervisors": (
        "ALTER POLICY jurisdiction ON unit USING (true)",
        "policy jurisdiction of unit lets every row pass",
    ),
    "no with check": (
        "DROP POLICY own_tenant ON unit; CREATE POLICY own_tenant ON unit"
        " TO wangge_api, wangge_worker, wangge_public"
        " USING (tenant_id = (SELECT current_setting('app.tenant_id')::int))",
        "policy own_tenant of unit has no WITH CHECK",
    ),
    "lenient setting": (
        "ALTER POLICY own_tenant ON unit"
        " USING (tenant_id = (SELECT current_setting('app.tenant_id', true)::int))",
        "policy own_tenant of unit is Policy(",
    ),
    "policy for one role more": (
        "ALTER POLICY own_tenant ON account TO wangge_api, wangge_worker, wangge_public",
        "policy own_tenant of account is Policy(",
    ),
    "another policy": (
        "CREATE POLICY also ON unit FOR SELECT TO wangge_api USING (tenant_id > 0)",
        "policy also of unit is not generated",
    ),
    "policy dropped": ("DROP POLICY own_tenant ON unit", "policy own_tenant of unit is missing"),
    "plain view": (
        "CREATE VIEW shortcut AS SELECT * FROM unit",
        "view shortcut does not run as its invoker",
    ),
    "materialised view": (
        "CREATE MATERIALIZED VIEW copy AS SELECT * FROM unit",
        "materialised view copy",
    ),
    "security definer": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT count(*) FROM unit'",
        "function peek() runs as its definer",
    ),
    "a function of the ledger that is led astray": (
        "ALTER FUNCTION ledger_resolve(uuid, text, bytea, uuid, text, bigint) RESET search_path",
        "looks where its caller says",
    ),
    "the ledger's functions reach further": (
        "CREATE POLICY functions ON unit TO wangge_ledger USING (true) WITH CHECK (true)",
        "policy functions of unit lets every row pass",
    ),
    "balances open to the application": (
        "GRANT UPDATE ON ledger_account TO wangge_api",
        "wangge_api was granted UPDATE on ledger_account",
    ),
    "transfers open to the application": (
        "GRANT INSERT ON ledger_transfer TO wangge_worker",
        "wangge_worker was granted INSERT on ledger_transfer",
    ),
    "somebody is the ledger": (
        "GRANT wangge_ledger TO wangge_api",
        "role wangge_api is a member of wangge_ledger",
    ),
    "rewrite rule": (
        "CREATE RULE quiet AS ON DELETE TO unit DO INSTEAD NOTHING",
        "rule quiet rewrites statements on unit",
    ),
    "global unique": (
        "CREATE UNIQUE INDEX only_one ON unit (code)",
        "unique index only_one of unit does not begin with tenant_id",
    ),
    "tenant last in unique": (
        "CREATE UNIQUE INDEX only_one ON unit (code, tenant_id)",
        "unique index only_one of unit does not begin with tenant_id",
    ),
    "foreign key without tenant": (
        "ALTER TABLE unit ADD UNIQUE (id); ALTER TABLE post ADD CONSTRAINT loose"
        " FOREIGN KEY (unit_id) REFERENCES unit (id)",
        "foreign key loose of post does not carry tenant_id to unit",
    ),
    "foreign key with tenants crossed": (
        "ALTER TABLE unit ADD COLUMN n int; ALTER TABLE unit ADD UNIQUE (tenant_id, n);"
        " ALTER TABLE post ADD COLUMN n int; ALTER TABLE post ADD CONSTRAINT crossed"
        " FOREIGN KEY (tenant_id, n) REFERENCES unit (n, tenant_id)",
        "foreign key crossed of post does not carry tenant_id to unit",
    ),
    "shared sequence": ("CREATE SEQUENCE ticket", "sequence ticket is shared by tenants"),
    "identity column": (
        "ALTER TABLE unit ADD COLUMN n int GENERATED ALWAYS AS IDENTITY",
        "column unit.n counts across tenants",
    ),
    "unclassified column": (
        "ALTER TABLE unit ADD COLUMN remark text",
        "column unit.remark is unclassified",
    ),
    "sealed column to supervisor": (
        "GRANT SELECT (wrapped) ON data_key TO wangge_supervisor",
        "wangge_supervisor was granted SELECT on data_key.wrapped (sealed)",
    ),
    "sealed column to public": (
        "GRANT SELECT (wrapped) ON data_key TO wangge_public",
        "wangge_public was granted SELECT on data_key.wrapped (sealed)",
    ),
    "personal column to supervisor": (
        "GRANT SELECT (login) ON account TO wangge_supervisor",
        "wangge_supervisor was granted SELECT on account.login (personal)",
    ),
    "supervisor may write": (
        "GRANT UPDATE ON unit TO wangge_supervisor",
        "wangge_supervisor was granted UPDATE on unit",
    ),
    "supervisor may truncate": (
        "GRANT TRUNCATE ON unit TO wangge_supervisor",
        "wangge_supervisor was granted TRUNCATE on unit",
    ),
    "audit may be rewritten": (
        "GRANT UPDATE ON audit_link TO wangge_api",
        "wangge_api was granted UPDATE on audit_link",
    ),
    "reference may be written": (
        "GRANT INSERT ON tenant TO wangge_api",
        "wangge_api was granted INSERT on tenant",
    ),
    "everybody may read": (
        "GRANT SELECT ON tenant TO PUBLIC",
        "PUBLIC was granted SELECT on tenant",
    ),
    "scheduler reads tenants": (
        "GRANT SELECT ON unit TO wangge_scheduler",
        "wangge_scheduler was granted SELECT on unit",
    ),
    "grant option": (
        "GRANT SELECT ON tenant TO wangge_api WITH GRANT OPTION",
        "wangge_api may hand on SELECT of tenant",
    ),
    "grant withdrawn": (
        "REVOKE SELECT ON unit FROM wangge_backup",
        "wangge_backup lacks SELECT on unit",
    ),
    "schema open": (
        "GRANT CREATE ON SCHEMA public TO wangge_api",
        "wangge_api was granted CREATE on schema public",
    ),
    "another schema": (
        "CREATE SCHEMA hidden CREATE TABLE unit_copy (id int)",
        "relation hidden.unit_copy lies outside schema public",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO wangge_api",
        "1 default privileges grant",
    ),
    "bypassrls on a process role": (
        "ALTER ROLE wangge_api BYPASSRLS",
        "role wangge_api has BYPASSRLS",
    ),
    "superuser process role": (
        "ALTER ROLE wangge_worker SUPERUSER",
        "role wangge_worker has SUPER",
    ),
    "process role in the owner": (
        "GRANT wangge_owner TO wangge_api",
        "role wangge_api is a member of wangge_owner",
    ),
    "process role reads all data": (
        "GRANT pg_read_all_data TO wangge_supervisor",
        "role wangge_supervisor is a member of pg_read_all_data",
    ),
    "owner may log in": ("ALTER ROLE wangge_owner LOGIN", "role wangge_owner may log in"),
    "context as a role's default": (
        "ALTER ROLE wangge_api SET app.tenant_id = '1'",
        "wangge_api starts with app.tenant_id=1",
    ),
    "table without kind": (
        "CREATE TABLE loose (tenant_id int, id uuid, PRIMARY KEY (tenant_id, id))",
        "table loose has no kind",
    ),
    "table dropped": (
        "DROP TABLE policy_value",
        "table policy_value is declared and missing",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def field(cluster: Cluster) -> AsyncIterator[str]:
    """One clone for all planted faults: each is rolled back."""
    async with cluster.clone() as name:
        yield name


async def test_the_migrated_database_has_no_fault(admin: asyncpg.Connection) -> None:
    assert await faults(admin, TEMPLATE) == []


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_caught(cluster: Cluster, field: str, name: str) -> None:
    """Planted by the superuser and rolled back, because roles belong to the whole server."""
    statements, wanted = FAULTS[name]
    async with cluster.admin(field) as planter:
        transaction = planter.transaction()
        await transaction.start()
        try:
            await planter.execute(statements)
            found = await faults(planter, TEMPLATE)
        finally:
            await transaction.rollback()
        assert [fault for fault in found if wanted in fault], found
        assert await faults(planter, TEMPLATE) == []


async def test_migrating_again_mends_rights_that_were_declared_otherwise(
    admin: asyncpg.Connection,
) -> None:
    """As if an older release had supervised these tables, and its digest stood in the comment."""
    await admin.execute(
        "CREATE POLICY jurisdiction ON data_key FOR SELECT TO wangge_supervisor USING (true);"
        " GRANT SELECT ON data_key TO wangge_supervisor; COMMENT ON TABLE data_key IS 'rights:0';"
        " ALTER TABLE tenant ENABLE ROW LEVEL SECURITY; COMMENT ON TABLE tenant IS NULL"
    )
    assert await faults(admin, TEMPLATE) != []
    await migrate()
    assert await faults(admin, TEMPLATE) == []


async def test_every_process_can_tell_the_applied_revision(database: str) -> None:
    """`/readyz` asks as role api; the table is Alembic's, so no declaration grants it."""
    for scope in (Scope.county(0), Scope.system(0), Scope.system(None), Scope.public(0)):
        async with reading(scope) as session:
            assert await head_is_applied(await session.connection())


async def test_an_unclassified_declaration_is_caught(admin: asyncpg.Connection) -> None:
    tables = dict(declared_tables())
    unclassified = Table(
        "draft", MetaData(), Column("tenant_id", Integer), info=table_info(Kind.TENANT)
    )
    kindless = Table("stray", MetaData(), Column("tenant_id", Integer))
    tables |= {"draft": unclassified, "stray": kindless}
    found = await faults(admin, TEMPLATE, tables)
    assert "column draft.tenant_id is unclassified" in found
    assert "table stray states no kind" in found


def test_rights_are_not_generated_for_an_incomplete_declaration() -> None:
    kindless = Table("stray", MetaData(), Column("tenant_id", Integer))
    with pytest.raises(ValueError, match="states no kind"):
        list(rls.statements(kindless))
    unclassified = Table(
        "draft", MetaData(), Column("tenant_id", Integer), info=table_info(Kind.TENANT)
    )
    with pytest.raises(ValueError, match="states no sensitivity"):
        list(rls.statements(unclassified))


def test_a_type_without_visibility_does_not_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last planted fault lies in the schema: `ALL_OF_TENANT` has to be written out."""
    build()
    name, definition = next(iter(sources.NODES.items()))
    careless = dataclasses.replace(definition, visible=cast(Any, None))
    monkeypatch.setitem(sources.NODES, name, careless)
    with pytest.raises(TypeError, match=f"{name}: no visible"):
        build()
