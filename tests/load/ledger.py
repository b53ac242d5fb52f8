"""`python -m tests.load.ledger`: transfers per second beside TPC-B and a naive ORM, interleaved.

Everything runs on one server with the same number of clients: once without waiting for the disk,
which tells the work of each, and once as it is deployed, each commit on the disk before its answer;
an account's lock is held so long. Ours runs as the role `api` under row security, one round trip
with its context; TPC-B as a superuser.
"""

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import SHANGHAI
from infra.database.engine import dispose, pool
from infra.database.roles import Role
from infra.ids import new_id
from infra.money import Fen
from services.ledger import rules, service
from services.ledger.invariants import broken_invariants
from services.ledger.models import LedgerAccount, LedgerTransfer, Phase
from services.ledger.service import Post
from tenants.session import enter, guarded, now_of, reading, unit_of_work
from tests.harness.cluster import Cluster, running_cluster
from tests.harness.county import County, open_county

SEED = 20_261_125
CLIENTS = 8
ACCOUNTS = 50_000
FORMER = 100_000
BATCH = 100
SCALE = 10
"""Of pgbench: a million accounts, ten branches, more than there are clients."""

TARGETS = (
    # As pgbench runs it when it is not told otherwise. With its statements prepared, as ours are,
    # it is quicker; nothing is promised about that.
    ("single spread", "TPC-B", 1.5),
    ("single spread", "TPC-B, prepared", None),
    ("call from Python, spread", "naive ORM, spread", 10.0),
    ("call from Python, hot", "naive ORM, hot", 10.0),
    ("batch spread", "single spread", 3.5),
    ("batch hot", "single hot", 10.0),
)

_PAYER = "('00000000-0000-0000-0000-' || 100000000000 + {})::uuid"
_PAYEE = "('00000000-0000-0000-0001-' || 100000000000 + {})::uuid"
_COUNT = f"\\set n :n + {BATCH}\n"
_NEW = "uuidv7()"
_HASH = f"'\\x{'00' * 32}'::bytea"
_SOME = f"(1 + (random() * {ACCOUNTS - 1})::int)"


def _context(county: County) -> str:
    """The settings of the county's scope, as a compiled read sets them."""
    parts = [f"set_config('{k}', '{v}', true)" for k, v in county.scope.settings().items()]
    parts.append(
        "set_config('app.now', (now() + coalesce((SELECT shift FROM clock_shift), '0'))::text,"
        " true)"
    )
    return f"WITH s AS MATERIALIZED (SELECT {', '.join(parts)})"


def _id(offset: str = "0") -> str:
    """An id in the order of time, as the product gives them with the call.

    PostgreSQL's own uuidv7() opens /dev/urandom each time, which took a tenth of a transfer.
    """
    return f"lpad(to_hex((:n::bigint + {offset}) * 64 + :client_id), 32, '0')::uuid"


def _single(county: County, is_hot: bool) -> str:
    payer = "1" if is_hot else ":payer"
    drawn = f"\\set payer random(1, {ACCOUNTS})\n\\set payee random(1, {ACCOUNTS})\n"
    return (
        f"{_COUNT}{drawn}{_context(county)} SELECT p.outcome FROM s, LATERAL (SELECT * FROM"
        f" ledger_post({_id()}, {_id()}::text, {_HASH}, {_PAYER.format(payer)},"
        f" {_PAYEE.format(':payee')}, 1, 'bench.move', 'bench', {_id()}, NULL, 'SINGLE', NULL,"
        " NULL, NULL, false) OFFSET 0) p;\n"
    )


def _batched(county: County, is_hot: bool) -> str:
    arrays = ", ".join(
        f"array_agg({one})"
        for one in (
            _id("i"), f"{_id('i')}::text", _HASH, _PAYER.format("1" if is_hot else _SOME),
            _PAYEE.format(_SOME), "1::bigint", "'bench.move'::text", "'bench'::text", _id("i"),
            "NULL::date", "false",
        )
    )  # fmt: skip
    return (
        f"{_COUNT}{_context(county)}, g (a, b, c, d, e, f, g, h, i, j, k) AS MATERIALIZED"
        f" (SELECT {arrays} FROM generate_series(1, {BATCH}) i) SELECT p.outcome FROM s, g, LATERAL"
        " (SELECT * FROM ledger_post_batch(a, b, c, d, e, f, g.g, h, i, j, k) OFFSET 0) p;\n"
    )


async def fill(cluster: Cluster, name: str, county: County) -> None:
    """Payers with money, payees, former transfers that agree with their sums, pgbench's tables."""
    async with cluster.admin(name) as admin:
        # For the naive way alone: the product's own code may not.
        await admin.execute(f"GRANT UPDATE ON ledger_account TO {Role.API}")
        await admin.execute(f"GRANT INSERT ON ledger_transfer TO {Role.API}")
        each = FORMER // ACCOUNTS
        await admin.execute(
            "INSERT INTO ledger_account (tenant_id, id, code, kind, normal_side, net_max_fen,"
            " posted_debit_fen, posted_credit_fen, opened_at)"
            f" SELECT $1::int, {_PAYER.format('i')}, 'payer' || i, 'BANK', 'DEBIT', NULL::bigint,"
            f"  {each}, 0, now() FROM generate_series(1, {ACCOUNTS}) i"
            f" UNION ALL SELECT $1::int, {_PAYEE.format('i')}, 'payee' || i, 'BUDGET', 'CREDIT',"
            f"  0, 0, {each}, now() FROM generate_series(1, {ACCOUNTS}) i",
            county.number,
        )
        await admin.execute(
            "INSERT INTO ledger_transfer (tenant_id, id, debit_account_id, credit_account_id,"
            " amount_fen, kind, ref_kind, ref_id, phase, booked_at, effective_on, key, input_hash)"
            f" SELECT $1::int, {_NEW}, {_PAYER.format(f'1 + i % {ACCOUNTS}')},"
            f" {_PAYEE.format(f'1 + i % {ACCOUNTS}')}, 1, 'bench.move', 'bench',"
            f" {_NEW}, 'SINGLE', now(), current_date, {_NEW}::text, {_HASH}"
            f" FROM generate_series(1, {FORMER}) i",
            county.number,
        )
        await admin.execute(
            "INSERT INTO ledger_state (tenant_id, check_due_at) VALUES ($1::int, now())",
            county.number,
        )
    _pgbench(cluster, name, "-i", "-q", "-s", str(SCALE))
    async with cluster.admin(name) as admin:
        await admin.execute("VACUUM ANALYZE")


def _pgbench(cluster: Cluster, name: str, *arguments: str, role: str = "postgres") -> str:
    environment = {"PATH": os.environ["PATH"], "PGHOST": str(cluster.server.socket_dir)}
    secret = cluster.keys / "roles" / role
    if secret.exists():
        environment["PGPASSWORD"] = secret.read_text().strip()
    command = [str(cluster.server.bin_dir / "pgbench"), *arguments, "-U", role, name]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env=environment
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return done.stdout


@dataclass(frozen=True)
class Contestant:
    """How one round is run; returns transfers per second."""

    name: str
    run: Callable[[], Awaitable[float]]


def by_pgbench(
    cluster: Cluster,
    name: str,
    label: str,
    seconds: float,
    script: Path | None,
    weight: int = 1,
    protocol: str = "prepared",
) -> Contestant:
    """pgbench's own TPC-B, or one of our calls as its script."""

    async def run() -> float:
        arguments = ["-n", "-M", protocol, "-c", str(CLIENTS), "-T", str(max(1, int(seconds)))]
        if script is not None:
            # Ids go on from where those of the round before ended.
            arguments += ["-f", str(script), "-D", f"n={time.time_ns() // 10_000}"]
        role = "postgres" if script is None else Role.API.value
        told = await asyncio.to_thread(_pgbench, cluster, name, *arguments, role=role)
        found = re.search(r"tps = ([\d.]+)", told)
        assert found is not None
        return float(found.group(1)) * weight

    return Contestant(label, run)


def by_python(label: str, seconds: float, task: Callable[[], Awaitable[object]]) -> Contestant:
    """CLIENTS tasks of this process."""

    async def run() -> float:
        count = 0
        began = time.perf_counter()

        async def client() -> None:
            nonlocal count
            while time.perf_counter() < began + seconds:
                await task()
                count += 1

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        return count / (time.perf_counter() - began)

    return Contestant(label, run)


class Python:
    """The calls that this process makes: the naive way, one raw call, and the product's whole."""

    def __init__(self, county: County) -> None:
        self.county = county
        self._chance = Random(SEED)
        arguments = "$1, $2, $3, $4, $5, 1, 'bench.move', 'bench', $6, NULL, 'SINGLE'"
        self._call = (
            f"{_context(county)} SELECT p.outcome FROM s, LATERAL (SELECT * FROM ledger_post("
            f"{arguments}, NULL, NULL, NULL, false) OFFSET 0) p"
        )

    def pair(self, hot: bool) -> tuple[UUID, UUID]:
        """A payer, the same one if hot, and any payee."""
        payer = 1 if hot else self._chance.randint(1, ACCOUNTS)
        payee = self._chance.randint(1, ACCOUNTS)
        return (
            UUID(f"00000000-0000-0000-0000-{100_000_000_000 + payer}"),
            UUID(f"00000000-0000-0000-0001-{100_000_000_000 + payee}"),
        )

    async def naive(self, hot: bool) -> None:
        """What one writes without a second thought: lock, look, change, add, commit."""
        payer, payee = self.pair(hot)
        scope = self.county.scope
        async with AsyncSession(guarded(scope), expire_on_commit=False) as session:
            await enter(session, scope)
            query = (
                select(LedgerAccount)
                .where(LedgerAccount.tenant_id == scope.tenant_id)
                .where(LedgerAccount.id.in_([payer, payee]))
                .order_by(LedgerAccount.id)
                .with_for_update()
            )
            found = {row.id: row for row in await session.scalars(query)}
            if found[payee].posted_credit_fen < 0:
                raise RuntimeError("too little")
            found[payer].posted_debit_fen = Fen(found[payer].posted_debit_fen + 1)
            found[payee].posted_credit_fen = Fen(found[payee].posted_credit_fen + 1)
            moment = now_of(session)
            session.add(
                LedgerTransfer(
                    tenant_id=scope.tenant_id, debit_account_id=payer, credit_account_id=payee,
                    amount_fen=1, kind="bench.move", ref_kind="bench", ref_id=new_id(),
                    phase=Phase.SINGLE, booked_at=moment,
                    effective_on=moment.astimezone(SHANGHAI).date(), key=str(new_id()),
                    input_hash=bytes(32),
                )
            )  # fmt: skip
            await session.commit()

    async def call(self, hot: bool) -> None:
        """One statement with its context on a driver connection."""
        payer, payee = self.pair(hot)
        digest = rules.digest(Phase.SINGLE, payer, payee, 1)
        async with pool(Role.API).acquire() as connection:
            row = await connection.fetchrow(
                self._call, new_id(), str(new_id()), digest, payer, payee, new_id()
            )
        assert row[0] == "DONE"

    async def whole(self, hot: bool) -> None:
        """A unit of work with its audit link, as a command does it."""
        payer, payee = self.pair(hot)
        async with unit_of_work(self.county.scope, "bench.move") as session:
            post = Post(str(new_id()), payer, payee, Fen(1), "bench.move", "bench", new_id())
            await service.transfer(session, post)


def contestants(
    cluster: Cluster, name: str, county: County, seconds: float, folder: Path
) -> list[Contestant]:
    """All of them in the order of a round."""
    scripts = {
        "single spread": _single(county, is_hot=False),
        "single hot": _single(county, is_hot=True),
        "batch spread": _batched(county, is_hot=False),
        "batch hot": _batched(county, is_hot=True),
    }
    made = [
        by_pgbench(cluster, name, "TPC-B", seconds, None, protocol="simple"),
        by_pgbench(cluster, name, "TPC-B, prepared", seconds, None),
    ]
    for label, text in scripts.items():
        path = folder / f"{label.replace(' ', '_')}.sql"
        path.write_text(text)
        weight = BATCH if label.startswith("batch") else 1
        made.append(by_pgbench(cluster, name, label, seconds, path, weight))
    python = Python(county)
    for is_hot, heat in ((False, "spread"), (True, "hot")):
        made += [
            by_python(f"naive ORM, {heat}", seconds, lambda hot=is_hot: python.naive(hot)),
            by_python(f"call from Python, {heat}", seconds, lambda hot=is_hot: python.call(hot)),
            by_python(f"unit of work, {heat}", seconds, lambda hot=is_hot: python.whole(hot)),
        ]
    return made


def tell(console: Console, rates: dict[str, list[float]]) -> None:
    """Transfers per second, and each target with the median of its ratios round by round."""
    table = Table(title=f"transfers/s, {CLIENTS} clients (TPC-B: transactions/s)")
    for heading in ("contestant", "min", "median", "max"):
        table.add_column(heading)
    for name, values in rates.items():
        table.add_row(name, *(f"{f(values):.0f}" for f in (min, statistics.median, max)))
    console.print(table)
    for name, base, target in TARGETS:
        ratios = [a / b for a, b in zip(rates[name], rates[base], strict=True)]
        ratio = statistics.median(ratios)
        told = f"{name} to {base}: {ratio:.2f} (rounds {min(ratios):.2f}–{max(ratios):.2f})"
        if target is not None:
            told += f", target {target}: {'met' if ratio >= target else 'MISSED'}"
        console.print(told)


async def measure(cluster: Cluster, seconds: float, rounds: int) -> None:
    """All contestants in turn, `rounds` times; afterwards the books must be whole."""
    console = Console()
    async with cluster.clone() as name:
        with cluster.environment(name):
            county = await open_county("a")
            await fill(cluster, name, county)
            async with cluster.admin(name) as admin:
                shown = [await admin.fetchval(f"SHOW {s}") for s in ("fsync", "synchronous_commit")]
            console.print(
                f"seed {SEED}, {2 * ACCOUNTS} accounts, pgbench scale {SCALE}, {rounds} rounds of"
                f" {seconds} s, fsync {shown[0]}, synchronous_commit {shown[1]}"
            )
            rates: dict[str, list[float]] = {}
            with tempfile.TemporaryDirectory() as folder:
                entered = contestants(cluster, name, county, seconds, Path(folder))
                for _ in range(rounds):
                    for one in entered:
                        rates.setdefault(one.name, []).append(await one.run())
            tell(console, rates)
            async with reading(county.scope) as session:
                assert await broken_invariants(session) == []
            console.print("the books are whole")
            await dispose()


def main() -> None:
    """Start a server of its own and measure."""
    parser = argparse.ArgumentParser(description="transfers per second")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each contestant and round")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    os.environ.setdefault("WANGGE_LOG_LEVEL", "ERROR")
    for durable in (False, True):
        with running_cluster(durable=durable) as cluster:
            asyncio.run(measure(cluster, arguments.seconds, arguments.rounds))


if __name__ == "__main__":
    main()
