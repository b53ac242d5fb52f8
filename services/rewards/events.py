"""What happens to rewards; ids only, never a reporter."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class RewardApproved(Event):
    """A reward was approved and its budget is held."""

    kind: ClassVar[str] = "reward.approved"
    reward_id: UUID


@dataclass(frozen=True)
class RewardNotified(Event):
    """The reporter was told, with proof; the claim window runs."""

    kind: ClassVar[str] = "reward.notified"
    reward_id: UUID


@dataclass(frozen=True)
class ClaimWindowPassed(Event):
    """Nobody claimed within the window."""

    kind: ClassVar[str] = "reward.claim_passed"
    deadline_id: UUID
    subject_id: UUID


@dataclass(frozen=True)
class RewardExpired(Event):
    """A reward lapsed unclaimed."""

    kind: ClassVar[str] = "reward.expired"
    reward_id: UUID


@dataclass(frozen=True)
class RewardPaid(Event):
    """The bank paid a reward."""

    kind: ClassVar[str] = "reward.paid"
    reward_id: UUID
