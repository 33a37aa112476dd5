"""The table of contents: which Cloud Functions exist. No logic, and nothing is opened at import."""

from courtside.availability.api import commands as availability_commands
from courtside.bookings.api import commands as bookings_commands
from courtside.bookings.icalendar import read_feed
from courtside.edge.acknowledgements import acknowledge_function
from courtside.edge.calendar import calendar_function
from courtside.edge.callables import Runtime, callable_function
from courtside.edge.exchange import exchange_function
from courtside.edge.health import health_function
from courtside.edge.schedules import scheduled_function
from courtside.edge.unsubscribe import unsubscribe_function
from courtside.identity.federation.service import Federation
from courtside.monitoring.recorder import open_observed
from courtside.notifications.api import commands as admin_commands
from courtside.notifications.api import notifications_commands
from courtside.notifications.messages.pages import STYLE_SOURCE
from courtside.notifications.receipts import Counter
from courtside.notifications.unsubscribing import Desk
from courtside.privacy.api import commands as account_commands
from courtside.relay import jobs
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from courtside.reviews.api import commands as reviews_commands
from courtside.trainers.api import commands as trainers_commands

runtime = Runtime(react=react, carry_out=drain_commit, backends_factory=open_observed)

# Callables: one per domain, `{"data": {"command": …, "command_id": …, …}}`.
account = callable_function(account_commands, runtime)
trainers = callable_function(trainers_commands, runtime)
availability = callable_function(availability_commands, runtime)
bookings = callable_function(bookings_commands, runtime)
reviews = callable_function(reviews_commands, runtime)
notifications = callable_function(notifications_commands, runtime)
admin = callable_function(admin_commands, runtime)

# HTTP
health = health_function(runtime)
calendar = calendar_function(runtime, read_feed)
exchange_token = exchange_function(runtime, Federation.of)
unsubscribe = unsubscribe_function(runtime, Desk.of, STYLE_SOURCE)
acknowledge = acknowledge_function(runtime, Counter.of)

# Schedules
relay_sweep = scheduled_function("relay_sweep", jobs.relay_sweep, runtime, schedule="every 1 minutes")
every_minute = scheduled_function("every_minute", jobs.every_minute, runtime, schedule="every 1 minutes")
nightly = scheduled_function("nightly", jobs.nightly, runtime, schedule="15 3 * * *", timeout_sec=540)
