"""Random commands against the ledger and the oracle at once, every answer and sum compared."""

import asyncio
import dataclasses
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import hypothesis
from hypothesis import HealthCheck, Phase, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError
from infra.ids import new_id
from infra.money import Fen
from services.ledger import service
from services.ledger.invariants import broken_invariants
from services.ledger.models import AccountKind, LedgerAccount
from services.ledger.service import Post
from tenants.session import reading
from tests.harness.cluster import Cluster
from tests.harness.county import County, open_county
from tests.services.ledger.oracle import Account, Books, Wanted

START = datetime(2026, 11, 24, 4, tzinfo=UTC)
ACCOUNTS = {
    "bank": (AccountKind.BANK, 0, None),
    "cash": (AccountKind.CUSTODY_CASH, None, 400),
    "budget": (AccountKind.BUDGET, 0, None),
    "payee": (AccountKind.PAYEE, 0, 300),
    "deposit": (AccountKind.DEPOSIT, -100, None),
}
OWNED = {"bank", "cash"}
REFS = [("reward", new_id()) for _ in range(3)]

_names = strategies.sampled_from([*ACCOUNTS, *ACCOUNTS, "nowhere"])
_amounts = strategies.integers(1, 250)
_refs = strategies.sampled_from(REFS)


class World:
    """A county in a database of its own, driven from code that is not asynchronous."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._stack = AsyncExitStack()
        self.runner = asyncio.Runner()
        self.county: County

    def __enter__(self) -> "World":
        self.runner.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.run(self._stack.aclose())
        self.runner.close()

    async def _open(self) -> None:
        from infra.database.engine import dispose

        name = await self._stack.enter_async_context(self._cluster.clone())
        self._stack.enter_context(self._cluster.environment(name))
        self._stack.push_async_callback(dispose)
        self.county = await open_county("a")


def machine(world: World) -> type[RuleBasedStateMachine]:
    """The machine class over a world; every run is one transaction, which is rolled back.

    So a refusal that spoilt the transaction would show in the next step.
    """

    class Machine(RuleBasedStateMachine):
        @initialize()
        def open(self) -> None:
            accounts = {
                name: Account(name in OWNED, least, most)
                for name, (_, least, most) in ACCOUNTS.items()
            }
            self.books = Books(accounts)
            self.ids: dict[str, UUID] = {"nowhere": new_id()}
            self.made: dict[str, UUID] = {}
            self.commands: list[Wanted] = []
            self.batches: list[list[Wanted]] = []
            self.mark = new_id().hex[-12:]
            self.stack = AsyncExitStack()
            self.session: AsyncSession = world.runner.run(
                self.stack.enter_async_context(reading(world.county.scope))
            )
            world.runner.run(self._open())

        async def _open(self) -> None:
            for name, (kind, least, most) in ACCOUNTS.items():
                opened = await service.open_account(
                    self.session, f"{self.mark}:{name}", kind, min_fen=least, max_fen=most
                )
                self.ids[name] = opened.id
            await self._set_clock()

        async def _set_clock(self) -> None:
            await self.session.execute(
                text("SELECT set_config('app.now', :now, true)"),
                {"now": (START + timedelta(minutes=self.books.now)).isoformat()},
            )

        def _fresh(self) -> str:
            return f"k{len(self.commands) + sum(map(len, self.batches))}"

        def _post(self, wanted: Wanted) -> Post:
            assert wanted.ref is not None and wanted.amount is not None
            kind = "test.payout" if wanted.is_payout else "test.move"
            return Post(
                f"{self.mark}:{wanted.name}", self.ids[wanted.debit], self.ids[wanted.credit],
                Fen(wanted.amount), kind, *wanted.ref,
            )  # fmt: skip

        def _call(self, wanted: Wanted) -> Any:
            """The coroutine that gives the command to the ledger."""
            key = f"{self.mark}:{wanted.name}"
            target = self.made.get(wanted.of or "", self.ids["nowhere"])
            match wanted.phase:
                case "SINGLE":
                    return service.transfer(self.session, self._post(wanted))
                case "PENDING":
                    expires = (
                        None
                        if wanted.expires is None
                        else START + timedelta(minutes=wanted.expires)
                    )
                    return service.hold(self.session, self._post(wanted), expires)
                case "POST":
                    part = None if wanted.amount is None else Fen(wanted.amount)
                    return service.post_pending(self.session, key, target, part)
                case "VOID":
                    return service.void_pending(self.session, key, target)
                case "EXPIRE":
                    return service.expire_pending(self.session, key, target)
                case _:
                    assert wanted.reason is not None
                    return service.reverse(self.session, key, target, wanted.reason)

        def _give(self, wanted: Wanted) -> None:
            """One command to both; the answers and all sums must be the same."""
            self.commands.append(wanted)
            outcome, name = self.books.say(wanted)
            try:
                booked = world.runner.run(self._call(wanted))
                told = "REPLAYED" if booked.replayed else "DONE"
            except DomainError as error:
                (told,) = (fault.code.value for fault in error.faults)
            assert told == outcome, wanted
            if outcome in ("DONE", "REPLAYED"):
                assert name is not None
                assert self.made.setdefault(name, booked.id) == booked.id
            world.runner.run(self._compare())

        async def _compare(self) -> None:
            rows = await self.session.execute(
                select(
                    LedgerAccount.id,
                    LedgerAccount.posted_debit_fen,
                    LedgerAccount.posted_credit_fen,
                    LedgerAccount.pending_debit_fen,
                    LedgerAccount.pending_credit_fen,
                ).where(LedgerAccount.id.in_(list(self.ids.values())))
            )
            shown = {row[0]: ((row[1], row[2]), (row[3], row[4])) for row in rows}
            for name in ACCOUNTS:
                wanted = self.books.posted(name), self.books.pending(name)
                assert shown[self.ids[name]] == wanted, name

        @rule(debit=_names, credit=_names, amount=_amounts, ref=_refs, paid=strategies.booleans())
        def transfer(self, debit: str, credit: str, amount: int, ref: Any, paid: bool) -> None:
            self._give(Wanted(self._fresh(), "SINGLE", debit, credit, amount, ref, paid))

        @rule(amount=_amounts, ref=_refs)
        def fund(self, amount: int, ref: Any) -> None:
            self._give(Wanted(self._fresh(), "SINGLE", "bank", "budget", amount, ref))

        @rule(
            debit=_names,
            credit=_names,
            amount=_amounts,
            ref=_refs,
            paid=strategies.booleans(),
            after=strategies.sampled_from([None, 0, 1, 2, 3]),
        )
        def hold(
            self, debit: str, credit: str, amount: int, ref: Any, paid: bool, after: int | None
        ) -> None:
            expires = None if after is None else self.books.now + after
            self._give(Wanted(self._fresh(), "PENDING", debit, credit, amount, ref, paid, expires))

        @rule(
            data=strategies.data(),
            phase=strategies.sampled_from(["POST", "POST", "VOID", "EXPIRE"]),
            share=strategies.sampled_from([None, None, 0.5, 1, 1.5]),
        )
        def resolve(self, data: Any, phase: str, share: float | None) -> None:
            target = self._target(data, "PENDING")
            amount = None
            if phase == "POST" and share is not None and target in self.books.rows:
                amount = max(1, int(self.books.rows[target].amount * share))
            self._give(Wanted(self._fresh(), phase, amount=amount, of=target))

        @rule(data=strategies.data())
        def reverse(self, data: Any) -> None:
            target = self._target(data, "SINGLE", "POST")
            self._give(Wanted(self._fresh(), "REVERSAL", of=target, reason="bank.returned"))

        def _target(self, data: Any, *phases: str) -> str:
            """Mostly a row of the phases, now and then any other or none."""
            fit = [n for n, row in self.books.rows.items() if row.phase in phases]
            names = [*fit, *fit, *fit, *self.books.rows, "none"]
            return str(data.draw(strategies.sampled_from(names)))

        @rule(data=strategies.data(), change=strategies.booleans())
        def retry(self, data: Any, change: bool) -> None:
            """A former command again, or another under its key."""
            if not self.commands:
                return
            former = data.draw(strategies.sampled_from(self.commands))
            if change and former.phase in ("SINGLE", "PENDING"):
                former = dataclasses.replace(former, amount=(former.amount or 0) + 1)
            elif change and former.phase == "REVERSAL":
                former = dataclasses.replace(former, reason="entered.wrongly")
            self._give(former)

        @rule(
            moves=strategies.lists(
                strategies.tuples(_names, _names, _amounts, _refs, strategies.booleans()),
                min_size=1,
                max_size=4,
            )
        )
        def batch(self, moves: list[Any]) -> None:
            first = len(self.commands) + sum(map(len, self.batches))
            self._give_batch(
                [Wanted(f"k{first + place}", "SINGLE", *move) for place, move in enumerate(moves)]
            )

        @rule(data=strategies.data(), change=strategies.booleans())
        def retry_batch(self, data: Any, change: bool) -> None:
            if not self.batches:
                return
            former = data.draw(strategies.sampled_from(self.batches))
            if change:
                last = former[-1]
                former = [*former[:-1], dataclasses.replace(last, amount=(last.amount or 0) + 1)]
            self._give_batch(former)

        def _give_batch(self, wanted: list[Wanted]) -> None:
            self.batches.append(wanted)
            outcome, place = self.books.say_batch(wanted)
            posts = [self._post(one) for one in wanted]
            try:
                booked = world.runner.run(service.transfer_batch(self.session, posts))
                told = "REPLAYED" if booked[0].replayed else "DONE"
            except DomainError as error:
                (told,) = (f"{fault.code.value} at {fault.field[0]}" for fault in error.faults)
            assert told == (outcome if place is None else f"{outcome} at {place}"), wanted
            if place is None:
                for one, row in zip(wanted, booked, strict=True):
                    assert self.made.setdefault(one.name, row.id) == row.id
            world.runner.run(self._compare())

        @rule(minutes=strategies.integers(1, 2))
        def wait(self, minutes: int) -> None:
            self.books.now += minutes
            world.runner.run(self._set_clock())

        def teardown(self) -> None:
            if not hasattr(self, "stack"):
                return
            try:
                assert world.runner.run(broken_invariants(self.session)) == []
            finally:
                world.runner.run(self.stack.aclose())

    return Machine


def play(cluster: Cluster, seed: int, runs: int, steps: int) -> None:
    """That many runs of that many steps; the seed and a failing one are printed."""
    print(f"seed {seed}")
    settings = hypothesis.settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        # Shrinking takes minutes with a database below; the seed gives the same steps again.
        phases=[Phase.generate],
    )
    with World(cluster) as world:
        seeded: Callable[[Any], Any] = hypothesis.seed(seed)
        run_state_machine_as_test(seeded(machine(world)), settings=settings)  # type: ignore[no-untyped-call]
