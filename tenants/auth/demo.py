"""Tokens of demo accounts, for demonstrations only."""

from sqlalchemy import text

from tenants.auth.tokens import Identity, issue
from tenants.scope import Scope
from tenants.session import reading


async def token_of(account: str) -> str:
    """A token of `<public code>/<login>`.

    Raises LookupError for an unknown account and on a deployment that is no demonstration.
    """
    code, _, login = account.partition("/")
    async with reading(Scope.county(0)) as session:
        if not await session.scalar(text("SELECT is_demo FROM clock_shift")):
            raise LookupError("not a demo deployment; 不是示范环境")
        tenant_id = await session.scalar(
            text("SELECT number FROM tenant WHERE public_code = :code"), {"code": code}
        )
    if tenant_id is None:
        raise LookupError(f"no tenant has the public code {code!r}; 没有该公共代码")
    async with reading(Scope.county(tenant_id)) as session:
        found = await session.scalar(
            text("SELECT id FROM account WHERE tenant_id = :t AND login = :login"),
            {"t": tenant_id, "login": login},
        )
    if found is None:
        raise LookupError(f"no account {login!r} in {code}; 没有该账号")
    return issue(Identity(tenant_id, found))
