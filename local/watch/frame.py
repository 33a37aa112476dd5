"""One frame of the live view: a pure function of the state, the time and the size of the terminal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.watch.rows import feed_table, latency, sessions_table
from local.watch.state import Source, State, percentile
from local.watch.timeline import booked_strip, choose_scale, ruler, service_strip

WIDE = 130
_LEAST_FEED_ROWS = 3
_BORDERS = 2
_PANEL_MARGIN = 4  # borders and padding
_LABEL_WIDTH = 24
_COUNT_WIDTH = 5
_BARS = "▁▂▃▄▅▆▇█"


def frame(state: State, now: datetime, width: int, height: int) -> RenderableType:
    """Everything: in two columns below the day where the terminal is wide enough."""
    day = _day_panel(state, now, width)
    services = max(1, len(_services(state)))
    layout, below = Layout(), Layout(name="below")
    layout.split_column(
        Layout(_header(state, now), size=2),
        Layout(day, size=services + 2 + _BORDERS),
        below,
        Layout(_footer(state, width), size=1),
    )
    room = height - 2 - (services + 2 + _BORDERS) - 1
    if width >= WIDE:
        below.split_row(
            Layout(_sessions_panel(state, now, room - _BORDERS)),
            Layout(_feed_panel(state, now, room - _BORDERS), size=width // 2 - 4),
        )
    else:
        rows = _sessions_rows(state, room - 2 * _BORDERS)
        below.split_column(
            Layout(_sessions_panel(state, now, rows), size=rows + _BORDERS),
            Layout(_feed_panel(state, now, room - 2 * _BORDERS - rows)),
        )
    return layout


def _sessions_rows(state: State, rows: int) -> int:
    """How many of the rows that sessions and feed share are for the sessions."""
    return max(1, min(len(state.sessions), rows - _LEAST_FEED_ROWS))


def _header(state: State, now: datetime) -> RenderableType:
    trainer = state.trainer
    local = now.astimezone(state.zone)
    name = Text(trainer.get("display_name") or state.trainer_id, style="bold")
    name.append(f"  {trainer.get('city', '')}  {trainer.get('headline', '')}", style="not bold bright_black")
    light = Text("● live", style="bold green")
    if not state.is_connected:
        light = Text("○ no connection, trying again", style="bold red")
    shown = Text(f"{state.on_date:%A} {state.on_date.day} {state.on_date:%B %Y}", style="bold cyan")
    there = Text.assemble(
        ("it is ", "bright_black"), f"{local:%H:%M:%S}", (f" in {state.zone.key}", "bright_black")
    )
    if local.date() != state.on_date:
        there.append(f", {local:%a} {local.day} {local:%b}", style="bright_black")
    return Group(_to_both_sides(name, light), _to_both_sides(shown, there))


def _to_both_sides(left: Text, right: Text) -> Table:
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(left, right)
    return grid


def _day_panel(state: State, now: datetime, width: int) -> Panel:
    cells = width - _PANEL_MARGIN - _LABEL_WIDTH - _COUNT_WIDTH - 2
    scale = choose_scale(state, cells)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=_LABEL_WIDTH, no_wrap=True, overflow="ellipsis")
    grid.add_column(width=cells, no_wrap=True)
    grid.add_column(width=_COUNT_WIDTH, justify="right", no_wrap=True)
    standing = sum(session["status"] != "cancelled" for session in state.sessions.values())
    grid.add_row("", ruler(state, scale, now), "")
    grid.add_row(
        Text("booked", style="cyan"), booked_strip(state, scale, now), Text(str(standing), style="cyan")
    )
    for service in _services(state):
        service_id, minutes = service["service_id"], f" {service['duration_minutes']} min"
        opened = sum(slot["service_id"] == service_id for slot in state.slots)
        label = Text(service["name"][: _LABEL_WIDTH - len(minutes)]) + Text(minutes, style="bright_black")
        strip = service_strip(state, scale, service_id, now)
        grid.add_row(label, strip, Text(str(opened), style="green" if opened else "bright_black"))
    if not _services(state):
        grid.add_row(
            Text(_waiting_for(state, Source.TRAINER, "There is no such trainer."), style="bright_black")
        )
    return _panel("Day", grid, f"{len(state.slots)} open")


def _sessions_panel(state: State, now: datetime, room: int) -> Panel:
    body: RenderableType = sessions_table(state, now, room)
    if not state.sessions:
        body = Text(
            _waiting_for(state, Source.SESSIONS, "Nobody comes on this day yet."), style="bright_black"
        )
    count = len(state.sessions)
    return _panel("Sessions", body, str(count) if count <= room else f"{room} of {count}")


def _feed_panel(state: State, now: datetime, room: int) -> Panel:
    body: RenderableType = feed_table(state, now, room)
    if not state.feed:
        body = Text(_waiting_for(state, Source.FEED, "Nothing has happened yet."), style="bright_black")
    return _panel("Feed", body, "newest first")


def _footer(state: State, width: int) -> Text:
    end = Text("Ctrl-C ends ", style="bright_black")
    line = Text(" commit → screen  ", style="bright_black")
    if not state.latencies:
        line.append("waiting for a change")
    else:
        line.append("last ").append_text(latency(state.latencies[-1]))
        line.append("  p50 ").append_text(latency(percentile(state.latencies, 50)))
        line.append("  p95 ").append_text(latency(percentile(state.latencies, 95)))
        line.append(f"  of {len(state.latencies)} ", style="bright_black")
        line.append(sparkline(state.latencies, width - line.cell_len - end.cell_len - 1), style="green")
    line.append(" " * max(0, width - line.cell_len - end.cell_len))
    return line.append_text(end)


def sparkline(values: tuple[float, ...], width: int) -> str:
    """The last values as bars, the highest of them at full height."""
    shown = values[-width:] if width > 0 else ()
    top = max(shown, default=0) or 1
    return "".join(_BARS[round(max(value, 0) / top * (len(_BARS) - 1))] for value in shown)


def _services(state: State) -> list[Mapping[str, Any]]:
    return list(state.trainer.get("services", ()))


def _waiting_for(state: State, source: Source, otherwise: str) -> str:
    return otherwise if source in state.documents else "…"


def _panel(title: str, body: RenderableType, note: str) -> Panel:
    return Panel(
        body,
        title=f"[bold]{title}[/bold] [bright_black]{note}[/bright_black]",
        title_align="left",
        border_style="bright_black",
        box=ROUNDED,
        padding=(0, 1),
    )
