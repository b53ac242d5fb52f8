"""A worker that pays what it is unsure of under a new id: the payer that the tests must catch."""

from dataclasses import replace
from uuid import UUID

from infra.gateways.bank import BankState, BankStatus, HttpBankGateway, PaymentOrder
from infra.ids import new_id
from services import worker

_honest_instruct = HttpBankGateway.instruct
_unsure: set[UUID] = set()


async def _assume_nothing_came(_bank: HttpBankGateway, instruction_id: UUID) -> BankStatus:
    """Does not ask what became of an earlier try."""
    _unsure.add(instruction_id)
    return BankStatus(BankState.ABSENT)


async def _instruct(bank: HttpBankGateway, order: PaymentOrder) -> BankStatus:
    """Under a new id the bank cannot know that it has paid this already."""
    if order.instruction_id in _unsure:
        order = replace(order, instruction_id=new_id())
    return await _honest_instruct(bank, order)


def start() -> None:
    """What Dramatiq calls in each worker process."""
    HttpBankGateway.instruct = _instruct
    HttpBankGateway.query = _assume_nothing_came
    worker.start()


if __name__ == "__main__":
    worker.main("tests.scenarios.kill.careless_payer:start")
