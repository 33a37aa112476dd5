"""The `account` callable."""

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.commands import SIGNED_IN, Commands
from courtside.identity import service
from courtside.identity.schemas import AccountView, RegisterClient

commands = Commands("account")


@commands.command(RegisterClient, roles=SIGNED_IN)
def register_client(uow: UnitOfWork, command: RegisterClient) -> AccountView:
    """The signed-in person becomes a client."""
    service.register_client(uow, command)
    return AccountView(user_id=uow.actor.uid, role=Role.CLIENT.value)
