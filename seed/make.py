"""Makes a planned studio in a running suite: accounts, rooms, everybody's registration, the trainers' lives."""

from collections.abc import Callable
from contextlib import ExitStack, closing

from seed.accounts import Accounts
from seed.admin import ensure_admin
from seed.callables import Callables
from seed.options import Options
from seed.people import ADMIN
from seed.plan import Plan
from seed.profiles import Profiles
from seed.run import Fate, Runner
from seed.steps import Step
from seed.studio import Studio


def make_studio(studio: Studio, plan: Plan, suite: Options, report: Callable[[Step, Fate], None]) -> None:
    """Carry a plan out; `report` is told of every step, from any thread.

    Raises:
        SeedError: it could not be finished; running it again goes on where it stopped.
    """
    with ExitStack() as at_end:
        accounts = at_end.enter_context(closing(Accounts(suite.auth_emulator, suite.project)))
        callables = at_end.enter_context(closing(Callables(suite.functions_url, accounts.token)))
        profiles = at_end.enter_context(closing(Profiles(suite.project)))
        accounts.ensure([ADMIN, *studio.clients, *(trainer.person for trainer in studio.trainers)])
        runner = Runner(callables.send, profiles.find_service, report)
        runner.run([[plan.admin]])
        ensure_admin(suite.project, suite.database_url, ADMIN.uid)
        [rooms] = runner.run([plan.rooms])
        runner.run(plan.clients)
        runner.run(plan.trainers, known=rooms)
