"""Rows of the live view: a session with its seats and people, an event of the feed in words."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from local.watch.state import Change, Fields, How, State

_MOST_DOTS = 8
_LATENCY_WIDTH = 6
_STATUS = {
    "confirmed": "green",
    "cancelled": "red",
    "in_progress": "yellow",
    "completed": "bright_black",
    "booked": "cyan",
    "open": "cyan",
}
_HIGHLIGHT = {How.NEW: "bold on dark_green", How.CHANGED: "bold on grey30", How.GONE: "bold on dark_red"}
# Events of bookings: what they are called here, and in which colour.
_EVENTS = {
    "session:booked": ("booked", "green"),
    "session:cancelled": ("cancelled", "red"),
    "session:rescheduled": ("moved", "yellow"),
}


def sessions_table(state: State, now: datetime, room: int) -> Table:
    """The sessions of the day, as many as there is room for; those that are over give way first."""
    table = Table.grid(padding=(0, 2), expand=True)
    for ratio in (None, None, None, 1, None):
        table.add_column(ratio=ratio, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, justify="right", min_width=_LATENCY_WIDTH)
    sessions = sorted(state.sessions.items(), key=lambda entry: (entry[1]["starts_at"], entry[0]))
    shown = _within(room, sessions, [s for s in sessions if s[1]["ends_at"] > now])
    for key, session in shown:
        change = state.change_of(key, now)
        table.add_row(*_session_cells(session, state.zone, now, change), style=_row_style(change))
    return table


def feed_table(state: State, now: datetime, room: int) -> Table:
    """The newest events first, as many as there is room for."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column(no_wrap=True, justify="right", min_width=_LATENCY_WIDTH)
    events = sorted(state.feed.items(), key=lambda entry: entry[1]["committed_at"], reverse=True)
    for key, event in events[:room]:
        change = state.change_of(key, now)
        table.add_row(*_event_cells(event, state, now, state.changes.get(key)), style=_row_style(change))
    return table


def seats(taken: int, capacity: int) -> Text:
    """`●●○ 2/3`: a dot per seat while they can be counted at a glance."""
    dots = "●" * taken + "○" * (capacity - taken) if capacity <= _MOST_DOTS else ""
    return Text.assemble((dots[:taken], "cyan"), (dots[taken:], "bright_black"), f" {taken}/{capacity}")


def clock(moment: datetime, zone: ZoneInfo, plain: date) -> str:
    """The time in a zone, with its date unless that is the plain one."""
    local = moment.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == plain else f"{local.day} {local:%b %H:%M}"


def latency(milliseconds: float) -> Text:
    """How long a change took to get here, green while it feels instant."""
    style = "green" if milliseconds < 100 else "yellow" if milliseconds < 1_000 else "red"
    shown = f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1_000:.0f} s"
    return Text(shown, style=style)


def _session_cells(session: Fields, zone: ZoneInfo, now: datetime, change: Change | None) -> Sequence[Text]:
    start, end = (session[name].astimezone(zone) for name in ("starts_at", "ends_at"))
    status = session["status"]
    quiet = "bright_black" if session["ends_at"] <= now or status == "cancelled" else ""
    people = ", ".join(attendee["display_name"] for attendee in session["attendees"])
    return (
        Text(f"{start:%H:%M}-{end:%H:%M}", style=quiet or "bold"),
        Text(session["service_name"], style=quiet),
        seats(session["seats_taken"], session["capacity"]),
        Text(people or "-", style=quiet),
        Text(status, style=_STATUS.get(status, "")),
        latency(change.milliseconds) if change and change.how is not How.GONE else Text(),
    )


def _event_cells(event: Fields, state: State, now: datetime, change: Change | None) -> Sequence[Text]:
    word, style = _EVENTS.get(event["type"], (event["type"], "cyan"))
    return (
        Text(
            clock(event["occurred_at"], state.zone, now.astimezone(state.zone).date()), style="bright_black"
        ),
        Text(word, style=style),
        _told(event, state),
        latency(change.milliseconds) if change else Text(),
    )


def _told(event: Fields, state: State) -> Text:
    payload = event["payload"]
    if "starts_at" not in payload:
        return Text(str(payload.get("display_name", "")))
    when = clock(payload["starts_at"], state.zone, state.on_date)
    if "old_starts_at" in payload:
        when = f"{clock(payload['old_starts_at'], state.zone, state.on_date)} → {when}"
    return Text.assemble(
        payload["service_name"], (f"  {when}", "bold"), (f"  {payload.get('client_id', '')}", "bright_black")
    )


def _row_style(change: Change | None) -> str:
    return _HIGHLIGHT[change.how] if change else ""


def _within(
    room: int, sessions: Sequence[tuple[str, Fields]], ahead: Sequence[tuple[str, Fields]]
) -> Sequence[tuple[str, Fields]]:
    """All of them, else the last that are over with all that are ahead, else the next ones."""
    if len(sessions) <= room:
        return sessions
    return sessions[-room:] if len(ahead) < room else ahead[:room]
