"""A callable, to be deployed, whose handlers end the process or try to; each has written something before."""

import os
import signal
from datetime import timedelta

from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.callables import Runtime, callable_function
from courtside.edge.commands import SIGNED_IN, Commands, CommandSchema, View
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react

commands = Commands("planted")


class Plant(CommandSchema):
    """No content."""


@commands.command(Plant, roles=SIGNED_IN)
def exit_server(uow: UnitOfWork, command: Plant) -> View:
    """Ends gunicorn's master, unless somebody holds it back."""
    _write_something(uow)
    raise SystemExit(3)


@commands.command(Plant, roles=SIGNED_IN)
def run_out_of_memory(uow: UnitOfWork, command: Plant) -> View:
    """What Python does when the system gives no more."""
    _write_something(uow)
    raise MemoryError


@commands.command(Plant, roles=SIGNED_IN)
def crash(uow: UnitOfWork, command: Plant) -> View:
    """A bug in a library of C."""
    _write_something(uow)
    os.kill(os.getpid(), signal.SIGSEGV)
    return View()


@commands.command(Plant, roles=SIGNED_IN)
def do_nothing(uow: UnitOfWork, command: Plant) -> View:
    """Works."""
    return View()


def _write_something(uow: UnitOfWork) -> None:
    """What is found afterwards, in Postgres or in Firestore, was not undone."""
    uow.execute(
        "INSERT INTO users (id, role, display_name, created_at) VALUES ('planted', 'client', 'X', %(at)s)",
        at=uow.now - timedelta(days=1),
    )
    uow.touch("access/planted", "clients/planted")


planted = callable_function(commands, Runtime(react, drain_commit))
