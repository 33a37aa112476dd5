"""How often somebody is told, and for how long what is alike is told in one: the numbers, in one place."""

from collections.abc import Mapping
from datetime import timedelta

from courtside.notifications.types import Priority

# Pushes to one person, whatever they are about; what is more than that is in the inbox and in the next digest.
PUSHES = 5
PUSH_WINDOW = timedelta(minutes=10)
# What may ring at night, and however often it rang before.
URGENT_PUSHES = 3
URGENT_WINDOW = timedelta(hours=1)

# The first of a kind is told at once; for so long after it, others of its kind are told in one.
GROUP_WINDOWS: Mapping[Priority, timedelta] = {
    Priority.LOW: timedelta(hours=1),
    Priority.MEDIUM: timedelta(minutes=5),
    Priority.HIGH: timedelta(seconds=30),
    Priority.URGENT: timedelta(0),
}

# How long before credits expire their owner is told.
CREDITS_WARNING = timedelta(days=7)

# Of broadcasts: how many people one is for in a minute at most, and in one transaction.
BROADCASTS_PER_MINUTE = 6_000
BROADCAST_PAGE = 500
# By so many, or by that share, an audience may differ from the one that was confirmed.
AUDIENCE_LEEWAY = 5
AUDIENCE_LEEWAY_SHARE = 0.01

# From then on an installation is told only what matters; from the second on, nothing.
STALE_AFTER = timedelta(days=30)
EXPIRED_AFTER = timedelta(days=270)
# The one that was used longest ago makes way.
MOST_INSTALLATIONS = 20

# Digests go out when the wall shows this hour; one that was missed, until the other.
DIGEST_HOUR = 8
DIGEST_LATEST_HOUR = 20
# However somebody sets clocks and calendars.
DIGESTS_APART = timedelta(hours=12)
# One that could not be sent by then is given up: the next tells what it would have told.
DIGEST_LAPSES = timedelta(hours=20)
# What is older has been in digests that nobody could be sent.
DIGEST_REACHES = timedelta(days=31)
MOST_IN_DIGEST = 20

# Of several that are told in one e-mail, as many are named: all dates of the longest series.
MOST_TOLD = 104
