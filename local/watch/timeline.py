"""The day as strips of cells: one for what is booked, one for each service and the starts it leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import cycle

from rich.style import Style
from rich.text import Text

from local.watch.state import Fields, How, State, slot_key

_CELL_MINUTES = (15, 30, 60)
_USUAL_HOURS = (8, 18)
_EMPTY = ("·", Style(color="bright_black"))
_OPEN = ("▪", Style(color="green"))
_BOOKED = (Style(color="cyan"), Style(color="blue"))
_COLOURS = {How.NEW: "bright_green", How.CHANGED: "bright_yellow", How.GONE: "bright_red"}
_FLASH = {how: Style(color="black", bgcolor=colour, bold=True) for how, colour in _COLOURS.items()}
_GONE_MARK = "×"  # noqa: RUF001 - the sign, not the letter

Cell = tuple[str, Style]


@dataclass(frozen=True)
class Scale:
    """Where the cells of a day lie: `count` of them, each of so many minutes, from `start` on."""

    start: datetime
    minutes: int
    count: int

    def index(self, moment: datetime) -> int:
        """The cell of a moment, which may lie outside of the day."""
        return (moment - self.start) // timedelta(minutes=self.minutes)

    def moment(self, index: int) -> datetime:
        return self.start + index * timedelta(minutes=self.minutes)


def choose_scale(state: State, width: int) -> Scale:
    """Cells as fine as fit into `width`, over the usual hours and those in which anything is open or booked."""
    starts, ends = _reach(state)
    start = min(starts).astimezone(state.zone).replace(minute=0)
    hours = -(-(max(ends) - start) // timedelta(hours=1))
    minutes = next((m for m in _CELL_MINUTES if hours * 60 // m <= width), _CELL_MINUTES[-1])
    return Scale(start.astimezone(UTC), minutes, min(hours * 60 // minutes, max(width, 1)))


def ruler(state: State, scale: Scale, now: datetime) -> Text:
    """The hours, and where now is."""
    text = [" "] * (scale.count + 1)
    for index in range(scale.count):
        local = scale.moment(index).astimezone(state.zone)
        if local.minute == 0 and local.hour % 2 == 0:
            text[index : index + 2] = f"{local.hour:02}"
    line = Text("".join(text)[: scale.count], style="bright_black")
    here = scale.index(now)
    if 0 <= here < scale.count:
        line.stylize("bold black on white", here, here + 1)
    return line


def booked_strip(state: State, scale: Scale, now: datetime) -> Text:
    """The sessions that stand, in turns of two colours, so that one can be told from the next."""
    cells = [_EMPTY] * scale.count
    styles = cycle(_BOOKED)
    for key, session in _standing(state.sessions):
        change = state.change_of(key, now)
        style = Style(color=_COLOURS[change.how], bold=True) if change else next(styles)
        last = scale.index(session["ends_at"] - timedelta(minutes=1))
        for index in range(max(0, scale.index(session["starts_at"])), min(last + 1, scale.count)):
            cells[index] = ("█", style)
    return _joined(cells)


def service_strip(state: State, scale: Scale, service_id: str, now: datetime) -> Text:
    """The open starts of a service; a class that stands shows its seats left."""
    cells = [_EMPTY] * scale.count
    shown = {slot_key(slot): slot for slot in state.slots if slot["service_id"] == service_id}
    for key, slot in shown.items():
        _put(cells, scale.index(slot["starts_at"]), _slot_cell(state, key, slot, now))
    for key, change in state.changes.items():
        service, _, starts_at = key.partition(" ")
        if (
            service == service_id
            and change.how is How.GONE
            and state.change_of(key, now)
            and key not in shown
        ):
            index = scale.index(datetime.fromisoformat(starts_at))
            _put(cells, index, (_GONE_MARK, _FLASH[How.GONE]))
    return _joined(cells)


def _slot_cell(state: State, key: str, slot: Fields, now: datetime) -> Cell:
    mark, style = _OPEN
    if slot["session_id"] is not None:
        seats = slot["seats_left"]
        mark, style = str(seats) if seats < 10 else "+", Style(color="yellow", bold=True)
    change = state.change_of(key, now)
    return mark, _FLASH[change.how] if change else style


def _put(cells: list[Cell], index: int, cell: Cell) -> None:
    if 0 <= index < len(cells):
        cells[index] = cell


def _standing(sessions: Mapping[str, Fields]) -> list[tuple[str, Fields]]:
    kept = [(key, session) for key, session in sessions.items() if session["status"] != "cancelled"]
    return sorted(kept, key=lambda entry: entry[1]["starts_at"])


def _reach(state: State) -> tuple[Sequence[datetime], Sequence[datetime]]:
    """All begins and ends; the usual hours among them, so that the strips do not move with every change."""
    spans = [*state.slots, *(session for _, session in _standing(state.sessions))]
    usual = [datetime.combine(state.on_date, time(hour), state.zone).astimezone(UTC) for hour in _USUAL_HOURS]
    return [usual[0], *(span["starts_at"] for span in spans)], [
        usual[1],
        *(span["ends_at"] for span in spans),
    ]


def _joined(cells: Sequence[Cell]) -> Text:
    return Text.assemble(*cells)
