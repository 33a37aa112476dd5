"""What is stored while the matrix is asked, by path."""

from collections.abc import Mapping
from typing import Any

from tests.rules.matrix.actors import ACTORS
from tests.rules.matrix.moments import FromNow, Moment

_AT = Moment(1_800_000_000)
_DAY = "schedule/2030-01-01"


def _parties(client_id: str, trainer_id: str) -> dict[str, Any]:
    return {"client_id": client_id, "trainer_id": trainer_id, "status": "confirmed", "starts_at": _AT}


def _presence(user_id: str) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "place": "calendar",
        "hidden": False,
        "seen_at": _AT,
        "expires_at": FromNow(30),
    }


_PUBLIC: dict[str, dict[str, Any]] = {
    "trainers/ana": {"display_name": "Ana", "city": "Berlin"},
    "trainers/ana/reviews/r1": {"rating": 5},
    "trainers/ana/days/2030-01-01": {"slots": []},
    "feeds/public/events/e1": {"type": "trainer:approved", "committed_at": _AT},
}
_OF_PEOPLE: dict[str, dict[str, Any]] = {
    **{f"sessions/of_{uid}": {"trainer_id": uid} for uid in ("ana", "ben", "dora", "blocked", "revoked")},
    **{
        f"{collection}/{client}_{trainer}": _parties(client, trainer)
        for collection in ("bookings", "disputes")
        for client, trainer in (
            ("cleo", "ana"),
            ("dora", "ben"),
            ("cleo", "dora"),
            ("ana", "ben"),
            ("blocked", "revoked"),
            ("revoked", "blocked"),
            ("newcomer", "ana"),
        )
    },
    f"{_DAY}/conflicts/ana_ben": {"trainer_ids": ["ana", "ben"], "client_id": "cleo"},
    f"{_DAY}/conflicts/ana_dora": {"trainer_ids": ["ana", "dora"], "client_id": "cleo"},
    f"{_DAY}/conflicts/blocked": {"trainer_ids": ["blocked", "revoked"], "client_id": None},
    **{
        f"clients/{uid}": {"role": "client", "credits": 3}
        for uid in ("cleo", "dora", "ana", "blocked", "revoked")
    },
    **{
        f"users/{uid}/inbox/n1": {"type": "booking", "created_at": _AT}
        for uid in ("cleo", "ana", "blocked", "revoked")
    },
    **{f"users/{uid}/marks/feed": {"read_at": _AT} for uid in ("cleo", "blocked", "revoked")},
    **{
        f"feeds/{audience}/events/e1": {"type": "session:booked", "committed_at": _AT}
        for audience in (
            "admin",
            "client_cleo",
            "client_blocked",
            "client_revoked",
            "client_newcomer",
            "trainer_ana",
            "trainer_ben",
            "trainer_dora",
            "team_t1",
        )
    },
    **{f"presence/{uid}:1": _presence(uid) for uid in ("cleo", "dora", "blocked", "revoked")},
}
_OF_NO_CLIENT: dict[str, dict[str, Any]] = {
    "health/relay": {"backlog": 0},
    "broadcasts/b1": {"state": "running"},
    "users/cleo": {"email": "cleo@example.com"},
    "stats/notifications": {"week": {}},
    "teams/t1": {"name": "Blue"},
    "matches/m1": {"status": "started"},
    "matches/m1/events/e1": {"type": "goal"},
    "unknown/u1": {},
    f"{_DAY}/leases/l1": {"user_id": "ana"},
    f"{_DAY}/messages/m1": {"text": "hello"},
    f"{_DAY}/activity/a1": {"text": "moved"},
}
DOCUMENTS: Mapping[str, Mapping[str, Any]] = {
    **_PUBLIC,
    **_OF_PEOPLE,
    **_OF_NO_CLIENT,
    **{f"access/{actor.name}": actor.access for actor in ACTORS if actor.access is not None},
}
