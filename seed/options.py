"""What a person may choose about the seed, from the command line; the running suite sets the rest."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.environment import DEFAULT_PROJECT
from local.options import DEFAULT_PORTS
from local.ports import LOOPBACK
from local.postgres import application_url
from seed.studio import SIZES

REGION = "us-central1"


@dataclass(frozen=True)
class Options:
    """Where the suite is and how large the studio is to be; services are given as `host:port`."""

    size: str
    project: str
    functions_url: str
    auth_emulator: str
    firestore_emulator: str
    database_url: str


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the command line; what it leaves open the environment says, else it is as `make dev` has it."""
    parser = argparse.ArgumentParser(
        prog="make seed ARGS=…",
        description="Fill the running suite with a demo studio, through its commands. Running it again adds only "
        "what is missing.",
    )
    parser.add_argument("--size", choices=SIZES, default="demo", help="default: %(default)s")
    project = environment.get("GCLOUD_PROJECT", DEFAULT_PROJECT)
    functions = f"http://{_at('functions')}/{project}/{REGION}"
    places = {
        "functions-url": ("URL", environment.get("FUNCTIONS_URL", functions)),
        "auth-emulator": ("HOST:PORT", environment.get("FIREBASE_AUTH_EMULATOR_HOST", _at("auth"))),
        "firestore-emulator": ("HOST:PORT", environment.get("FIRESTORE_EMULATOR_HOST", _at("firestore"))),
        "database-url": ("URL", environment.get("DATABASE_URL", application_url(DEFAULT_PORTS["postgres"]))),
    }
    for name, (metavar, place) in places.items():
        parser.add_argument(f"--{name}", metavar=metavar, default=place, help="default: %(default)s")
    return Options(project=project, **vars(parser.parse_args(arguments)))


def _at(part: str) -> str:
    return f"{LOOPBACK}:{DEFAULT_PORTS[part]}"
