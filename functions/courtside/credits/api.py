"""Commands of credits and fees, on the callables where their callers look for them."""

from dataclasses import asdict

from courtside.actors import Role
from courtside.credits import service, store
from courtside.credits.schemas import (
    AdjustCredits,
    AllocationView,
    CreditsStatement,
    FeeView,
    GrantCredits,
    Movement,
    RemainingView,
    StatementView,
    WaiveFee,
)
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.edge.commands import REGISTERED, Commands
from courtside.errors import NotAllowed
from courtside.identity.admin import ADMINS
from courtside.identity.admin import commands as admin_commands
from courtside.identity.api import commands as account_commands

STAFF = frozenset({Role.TRAINER, Role.ADMIN})


def register_grants(commands: Commands) -> None:
    """Granting is done where sessions are sold: on the callable of bookings."""

    @commands.command(GrantCredits, roles=STAFF)
    def grant_credits(uow: UnitOfWork, command: GrantCredits) -> AllocationView:
        """A package of credits for a client."""
        return AllocationView(allocation_id=service.grant(uow, command), client_id=command.client_id)


@admin_commands.command(AdjustCredits, roles=ADMINS, dangerous=True)
def adjust_credits(uow: UnitOfWork, command: AdjustCredits) -> RemainingView:
    """A correction by hand."""
    return RemainingView(allocation_id=command.allocation_id, remaining=service.adjust(uow, command))


@admin_commands.command(WaiveFee, roles=ADMINS, dangerous=True)
def waive_fee(uow: UnitOfWork, command: WaiveFee) -> FeeView:
    """A fee that is not due any more."""
    waived = service.return_fee(
        uow, booking_id=command.booking_id, amount_minor=command.amount_minor, reason=command.reason
    )
    return FeeView(booking_id=command.booking_id, waived_minor=waived)


@account_commands.query(CreditsStatement, roles=REGISTERED)
def credits_statement(inquiry: Inquiry, query: CreditsStatement) -> StatementView:
    """What became of one's credits, and what is owed."""
    client_id = query.client_id or inquiry.actor.uid
    if client_id != inquiry.actor.uid and not inquiry.actor.reads_all:
        raise NotAllowed
    rows = store.list_movements(inquiry, client_id, query.before_at, query.before_id, query.limit)
    return StatementView(movements=[Movement(**asdict(row)) for row in rows])
