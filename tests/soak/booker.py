"""One process of bookers: threads that act on the studio until time is up, and insist until they have an answer.

    python -m tests.soak.booker     reads {database_url, emulator, project, seed, seconds, threads, ground}

Prints one JSON object: attempts, how often each outcome came, sendings that had to be repeated, and what was
promised: the booking ids that were answered, and a sample of commands with their answers.
"""

import json
import logging
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from courtside.errors import Refusal, Unavailable
from tests.soak.acts import ACTS, Command, Memory
from tests.world import World

_SAMPLED = 0.01
# A database under fire says "try again" often, never for long.
_PATIENCE_SECONDS = 30.0


@dataclass
class Record:
    """What bookers were told."""

    attempts: int = 0
    repeated: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    booked: list[str] = field(default_factory=list)
    # Name, uid, content with its command id, answer.
    sample: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)


def main() -> None:
    """Act as the input says."""
    plan = json.load(sys.stdin)
    quiet()
    world = World.of(plan["database_url"], plan["emulator"], project=plan["project"])
    world.drains = False
    record, until = Record(), time.monotonic() + plan["seconds"]
    threads = [
        threading.Thread(target=_book, args=(world, plan["ground"], plan["seed"] * 1_000 + n, until, record))
        for n in range(plan["threads"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.close()
    sys.stdout.write(json.dumps(vars(record)) + "\n")


def quiet() -> None:
    """Connections end all the time here; that is no news."""
    for name in ("psycopg", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _book(world: World, ground: dict[str, Any], seed: int, until: float, record: Record) -> None:
    random = Random(seed)
    memory = Memory(
        ground["clients"], ground["services"], [datetime.fromisoformat(start) for start in ground["starts"]]
    )
    acts, weights = list(ACTS), list(ACTS.values())
    while time.monotonic() < until:
        (act,) = random.choices(acts, weights)
        command = act(memory, random)
        if command is None:
            continue
        answer = _insist(world, command, str(UUID(int=random.getrandbits(128), version=4)), record, random)
        if answer is not None and "result" in answer:
            memory.learn(command, answer["result"])


def _insist(
    world: World, command: Command, command_id: str, record: Record, random: Random
) -> dict[str, Any] | None:
    """Send a command until it is answered; None when it never was."""
    content = {**command.content, "command_id": command_id}
    record.attempts += 1
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            answer = dict(world.run(command.uid, command.name, **content).answer)
            break
        except Unavailable:
            record.repeated += 1
            if time.monotonic() > give_up:
                record.outcomes["NEVER_ANSWERED"] += 1
                return None
            time.sleep(random.uniform(0.005, 0.05))
        except Refusal as refusal:
            # Before its id counted: there is no answer to be given again.
            record.outcomes[refusal.reason] += 1
            return None
    error = answer.get("error")
    record.outcomes[command.name.split(".")[1] if error is None else error["details"]["reason"]] += 1
    if error is None and command.name == "bookings.book_session":
        record.booked.append(answer["result"]["booking_id"])
    if random.random() < _SAMPLED:
        record.sample.append((command.name, command.uid, content, answer))
    return answer


if __name__ == "__main__":
    main()
