"""A callable whose handlers have the bugs that must neither leak nor end a server; also a source to deploy."""

from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.callables import Runtime, callable_function
from courtside.edge.commands import SIGNED_IN, Commands, CommandSchema, View
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react


class Plant(CommandSchema):
    """Input of the planted commands."""

    secret: str = "none"


commands = Commands("planted")


def _write_something(uow: UnitOfWork) -> None:
    uow.execute(
        "INSERT INTO users (id, role, display_name, created_at) VALUES (%(id)s, 'client', 'X', now())", id="x"
    )
    uow.touch("clients/x")
    uow.record("users/x", None, {})


@commands.command(Plant, roles=SIGNED_IN)
def exit_server(uow: UnitOfWork, command: Plant) -> View:
    """Does what ended gunicorn's master."""
    _write_something(uow)
    raise SystemExit(3)


@commands.command(Plant, roles=SIGNED_IN)
def divide_by_zero(uow: UnitOfWork, command: Plant) -> View:
    """A bug whose text quotes the input."""
    _write_something(uow)
    raise ZeroDivisionError(command.secret)


@commands.command(Plant, roles=SIGNED_IN)
def break_constraint(uow: UnitOfWork, command: Plant) -> View:
    """A bug that Postgres describes with the whole row."""
    for _ in range(2):
        uow.execute(
            "INSERT INTO users (id, role, display_name, created_at) VALUES ('x', 'client', %(name)s, now())",
            name=command.secret,
        )
    return View()


@commands.command(Plant, roles=SIGNED_IN)
def misread_input(uow: UnitOfWork, command: Plant) -> View:
    """A bug that Postgres describes with the input."""
    uow.execute("SELECT %(value)s::text::uuid", value=command.secret)
    return View()


@commands.command(Plant, roles=SIGNED_IN)
def do_nothing(uow: UnitOfWork, command: Plant) -> View:
    """Works."""
    return View()


planted = callable_function(commands, Runtime(react, drain_commit))
