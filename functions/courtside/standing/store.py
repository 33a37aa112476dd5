"""What people have agreed to, in Postgres."""

from datetime import datetime

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.standing.model import ToCome

_QUERIES = Queries(__package__)


def get_to_come(reader: Reader, user_id: str, now: datetime) -> ToCome:
    """What somebody has agreed to that is still to come."""
    counted = reader.find(_QUERIES["find_to_come"], ToCome, id=user_id, now=now)
    assert counted is not None  # the query always gives one row
    return counted
