"""A worker whose tries each carry an id of their own: the payer that the kill tests must catch."""

from dataclasses import replace
from uuid import UUID

from infra.gateways.bank import BankState, BankStatus, HttpBankGateway, PaymentOrder
from infra.ids import new_id
from services import worker

_honest_instruct = HttpBankGateway.instruct


async def _instruct(bank: HttpBankGateway, order: PaymentOrder) -> BankStatus:
    """The bank cannot know that it has paid this already."""
    return await _honest_instruct(bank, replace(order, instruction_id=new_id()))


async def _query(_bank: HttpBankGateway, _instruction_id: UUID) -> BankStatus:
    """Never asks, so it never hears."""
    return BankStatus(BankState.ABSENT)


def start() -> None:
    """What Dramatiq calls in each worker process."""
    HttpBankGateway.instruct = _instruct  # type: ignore[method-assign]
    HttpBankGateway.query = _query  # type: ignore[method-assign]
    worker.start()


if __name__ == "__main__":
    worker.main("tests.scenarios.kill.careless_payer:start")
