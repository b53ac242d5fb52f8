"""What the ledger ought to do, in plain integers: no SQL, nothing of the product."""

from dataclasses import dataclass, field
from uuid import UUID

MOVED = ("SINGLE", "POST", "REVERSAL")


@dataclass
class Account:
    """An account as its bounds say; `is_owned` grows on the debit side."""

    is_owned: bool
    least: int | None
    most: int | None


@dataclass
class Row:
    """A transfer that was accepted."""

    phase: str
    debit: str
    credit: str
    amount: int
    ref: tuple[str, UUID]
    is_payout: bool
    expires: int | None = None
    of: str | None = None


@dataclass
class Wanted:
    """A command as the machine made it; `name` stands for its key."""

    name: str
    phase: str
    debit: str = ""
    credit: str = ""
    amount: int | None = None
    ref: tuple[str, UUID] | None = None
    is_payout: bool = False
    expires: int | None = None
    of: str | None = None
    reason: str | None = None


@dataclass
class Books:
    """Every accepted row by its name, in order; balances are always counted anew."""

    accounts: dict[str, Account]
    now: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    said: dict[str, Wanted | tuple[str, list[Wanted], int]] = field(default_factory=dict)

    def posted(self, account: str) -> tuple[int, int]:
        """Everything debited and credited."""
        moved = [row for row in self.rows.values() if row.phase in MOVED]
        return (
            sum(row.amount for row in moved if row.debit == account),
            sum(row.amount for row in moved if row.credit == account),
        )

    def pending(self, account: str) -> tuple[int, int]:
        """Everything set aside to be debited and credited."""
        resolved = {row.of for row in self.rows.values() if row.phase in ("POST", "VOID", "EXPIRE")}
        open_ = [
            row
            for name, row in self.rows.items()
            if row.phase == "PENDING" and name not in resolved
        ]
        return (
            sum(row.amount for row in open_ if row.debit == account),
            sum(row.amount for row in open_ if row.credit == account),
        )

    def _ends(self, account: str) -> tuple[int, int]:
        """The balance if all that is set aside went out, and if all of it came in."""
        (debits, credits_), (held_debits, held_credits) = (
            self.posted(account),
            self.pending(account),
        )
        if self.accounts[account].is_owned:
            net = debits - credits_
            return net - held_credits, net + held_debits
        net = credits_ - debits
        return net - held_debits, net + held_credits

    def fault_of(self, account: str) -> str | None:
        """Which of its bounds an account has left."""
        known = self.accounts[account]
        low, high = self._ends(account)
        if known.least is not None and low < known.least:
            return "EXCEEDS_BALANCE"
        if known.most is not None and high > known.most:
            return "EXCEEDS_LIMIT"
        return None

    def resolution(self, name: str) -> str | None:
        """How something set aside was resolved."""
        return next(
            (r.phase for r in self.rows.values() if r.of == name and r.phase != "REVERSAL"), None
        )

    def is_reversed(self, name: str) -> bool:
        return any(r.of == name and r.phase == "REVERSAL" for r in self.rows.values())

    def has_live_payout(self, ref: tuple[str, UUID] | None) -> bool:
        """Whether a payout for the subject is under way or done."""
        for name, row in self.rows.items():
            if not (row.is_payout and row.ref == ref and row.phase in ("SINGLE", "PENDING")):
                continue
            if row.phase == "SINGLE":
                if not self.is_reversed(name):
                    return True
                continue
            resolved = [n for n, r in self.rows.items() if r.of == name]
            if not resolved:
                return True
            if self.rows[resolved[0]].phase == "POST" and not self.is_reversed(resolved[0]):
                return True
        return False

    def say(self, wanted: Wanted) -> tuple[str, str | None]:
        """(outcome, name of the row) of a command: DONE, REPLAYED or a refusal's code."""
        if wanted.phase in ("SINGLE", "PENDING") and wanted.debit == wanted.credit:
            return "SAME_ACCOUNT", None
        if wanted.phase == "REVERSAL" and (
            wanted.of not in self.rows or self.rows[wanted.of].phase not in ("SINGLE", "POST")
        ):
            return "TRANSFER_UNKNOWN", None
        if wanted.name in self.said:
            same = self.said[wanted.name] == wanted
            return ("REPLAYED", wanted.name) if same else ("KEY_REUSED", None)
        outcome = (
            self._move(wanted)
            if wanted.phase in ("SINGLE", "PENDING", "REVERSAL")
            else self._resolve(wanted)
        )
        if outcome == "DONE":
            self.said[wanted.name] = wanted
            return outcome, wanted.name
        return outcome, None

    def _move(self, wanted: Wanted) -> str:
        if wanted.phase == "REVERSAL":
            assert wanted.of is not None
            former = self.rows[wanted.of]
            row = Row("REVERSAL", former.credit, former.debit, former.amount, former.ref,
                      False, None, wanted.of)  # fmt: skip
        else:
            assert wanted.amount is not None and wanted.ref is not None
            row = Row(wanted.phase, wanted.debit, wanted.credit, wanted.amount, wanted.ref,
                      wanted.is_payout, wanted.expires)  # fmt: skip
        if row.is_payout and self.has_live_payout(row.ref):
            return "PAYOUT_LIVE"
        if not {row.debit, row.credit} <= set(self.accounts):
            return "ACCOUNT_UNKNOWN"
        was_reversed = wanted.phase == "REVERSAL" and self.is_reversed(str(wanted.of))
        self.rows[wanted.name] = row
        faults = {self.fault_of(row.debit), self.fault_of(row.credit)} - {None}
        if faults or was_reversed:
            del self.rows[wanted.name]
            return str(min(faults)) if faults else "ALREADY_REVERSED"
        return "DONE"

    def _resolve(self, wanted: Wanted) -> str:
        assert wanted.of is not None
        pending = self.rows.get(wanted.of)
        if pending is None or pending.phase != "PENDING":
            return "TRANSFER_UNKNOWN"
        resolved = self.resolution(wanted.of)
        has_passed = pending.expires is not None and pending.expires <= self.now
        if resolved == "EXPIRE" and wanted.phase == "POST":
            return "PENDING_EXPIRED"
        if resolved is not None:
            return "ALREADY_RESOLVED"
        if wanted.phase == "POST" and has_passed:
            return "PENDING_EXPIRED"
        if wanted.phase == "EXPIRE" and not has_passed:
            return "PENDING_NOT_EXPIRED"
        if wanted.amount is not None and wanted.amount > pending.amount:
            return "AMOUNT_EXCEEDS_PENDING"
        self.rows[wanted.name] = Row(
            wanted.phase, pending.debit, pending.credit, wanted.amount or pending.amount,
            pending.ref, False, None, wanted.of,
        )  # fmt: skip
        return "DONE"

    def say_batch(self, wanted: list[Wanted]) -> tuple[str, int | None]:
        """(outcome, place of the first refused) of several transfers, all or none."""
        for place, one in enumerate(wanted):
            if one.debit == one.credit:
                return "SAME_ACCOUNT", place
        if all(self.said.get(one.name) == one for one in wanted):
            return "REPLAYED", None
        formers = [place for place, one in enumerate(wanted) if one.name in self.said]
        names = [one.name for one in wanted]
        twice = [place for place, name in enumerate(names) if name in names[:place]]
        if formers or twice:
            return "KEY_REUSED", (formers or twice)[0]
        refs = [one.ref if one.is_payout else None for one in wanted]
        for place, ref in enumerate(refs):
            if ref is not None and (ref in refs[:place] or self.has_live_payout(ref)):
                return "PAYOUT_LIVE", place
        for place, one in enumerate(wanted):
            if not {one.debit, one.credit} <= set(self.accounts):
                return "ACCOUNT_UNKNOWN", place
        for one in wanted:
            assert one.amount is not None and one.ref is not None
            self.rows[one.name] = Row(
                "SINGLE", one.debit, one.credit, one.amount, one.ref, one.is_payout
            )
        for place, one in enumerate(wanted):
            faults = {self.fault_of(one.debit), self.fault_of(one.credit)} - {None}
            if faults:
                for undone in wanted:
                    del self.rows[undone.name]
                return str(min(faults)), place
        self.said |= {one.name: one for one in wanted}
        return "DONE", None
