"""The `account` callable."""

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.commands import REGISTERED, SIGNED_IN, Commands
from courtside.identity import service
from courtside.identity.schemas import (
    AccountView,
    RegisterClient,
    SignedOutView,
    SignOutEverywhere,
    UpdateAccount,
)

commands = Commands("account")


@commands.command(RegisterClient, roles=SIGNED_IN)
def register_client(uow: UnitOfWork, command: RegisterClient) -> AccountView:
    """The signed-in person becomes a client."""
    service.register_client(uow, command)
    return AccountView(user_id=uow.actor.uid, role=Role.CLIENT.value)


@commands.command(UpdateAccount, roles=REGISTERED)
def update_account(uow: UnitOfWork, command: UpdateAccount) -> AccountView:
    """Another name, language, zone or number."""
    user = service.update_account(uow, command)
    return AccountView(user_id=user.id, role=user.role)


@commands.command(SignOutEverywhere, roles=REGISTERED)
def sign_out_everywhere(uow: UnitOfWork, command: SignOutEverywhere) -> SignedOutView:
    """No device stays signed in."""
    service.sign_out(uow, uow.actor.uid)
    return SignedOutView(user_id=uow.actor.uid)
