"""What admins decide of accounts, on the `admin` callable."""

from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.admin import ADMINS
from courtside.identity.admin import commands as commands
from courtside.identity.schemas import SignedOutView
from courtside.standing import service
from courtside.standing.schemas import BlockUser, BlockView, RoleView, SetRole, SignOutUser, UnblockUser


@commands.command(SetRole, roles=ADMINS, dangerous=True)
def set_role(uow: UnitOfWork, command: SetRole) -> RoleView:
    """More, or less."""
    service.set_role(uow, command.user_id, command.role)
    return RoleView(user_id=command.user_id, role=command.role.value)


@commands.command(BlockUser, roles=ADMINS, dangerous=True)
def block_user(uow: UnitOfWork, command: BlockUser) -> BlockView:
    """Nothing any more."""
    to_come = service.block_user(uow, command.user_id)
    return BlockView(
        user_id=command.user_id, blocked=True, bookings=to_come.bookings, sessions=to_come.sessions
    )


@commands.command(UnblockUser, roles=ADMINS, dangerous=True)
def unblock_user(uow: UnitOfWork, command: UnblockUser) -> BlockView:
    """As before."""
    to_come = service.unblock_user(uow, command.user_id)
    return BlockView(
        user_id=command.user_id, blocked=False, bookings=to_come.bookings, sessions=to_come.sessions
    )


@commands.command(SignOutUser, roles=ADMINS, dangerous=True)
def sign_out_user(uow: UnitOfWork, command: SignOutUser) -> SignedOutView:
    """No device of somebody's stays signed in."""
    service.sign_out_user(uow, command.user_id)
    return SignedOutView(user_id=command.user_id)
