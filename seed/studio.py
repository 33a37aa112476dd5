"""Who belongs to the studio in each of its sizes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from seed.disciplines import DISCIPLINES, Discipline, Offer
from seed.people import CITIES, City, Person, deal_people, name_person

_FIRST_TRAINERS = (
    "Lucía Ferrer",
    "Darnell Brooks",
    "Ananya Rao",
    "Tom Whitlock",
    "Mateo Vidal",
    "Rosa Delgado",
    "Farhan Qureshi",
    "Kirra Doyle",
    "Inés Duarte",
    "Mei Tan",
    "Devika Nair",
    "Sione Taufa",
)

_TRAINERS_PER_ROOM = 3


@dataclass(frozen=True)
class Size:
    """How much of everything.

    `demand` is the chance that somebody wants a given start of a trainer, `class_fill` the usual part of a class
    that is taken.
    """

    trainers: int
    clients: int
    days_back: int
    days_ahead: int
    demand: float
    class_fill: float


SIZES = {
    "small": Size(trainers=3, clients=10, days_back=4, days_ahead=4, demand=0.25, class_fill=0.4),
    "demo": Size(trainers=12, clients=60, days_back=14, days_ahead=14, demand=0.18, class_fill=0.6),
    "large": Size(trainers=60, clients=1_000, days_back=14, days_ahead=14, demand=0.75, class_fill=1.0),
}


@dataclass(frozen=True)
class Trainer:
    """A trainer to be: a person and what that person teaches."""

    person: Person
    discipline: Discipline

    @property
    def city(self) -> City:
        return self.person.city

    def hours_on(self, on_date: date) -> list[tuple[datetime, datetime]]:
        """The working hours of a local date by the weekly hours, in UTC."""
        spans = self.discipline.hours.get(on_date.isoweekday(), ())
        return [(self.instant(on_date, start), self.instant(on_date, end)) for start, end in spans]

    def classes_on(self, on_date: date) -> list[tuple[datetime, Offer]]:
        """When group offers take place on a local date, in UTC."""
        timetable = self.discipline.classes.get(on_date.isoweekday(), ())
        return [(self.instant(on_date, start), self.discipline.offer(name)) for start, name in timetable]

    def instant(self, on_date: date, clock: time) -> datetime:
        """A time of the trainer's wall clock, in UTC; nobody works at the hours at which clocks change."""
        return datetime.combine(on_date, clock, self.city.zone).astimezone(UTC)


@dataclass(frozen=True)
class Studio:
    """Everybody: each city's clients train with that city's trainers."""

    size: Size
    trainers: Sequence[Trainer]
    clients: Sequence[Person]

    def trainers_in(self, city: City) -> list[Trainer]:
        return [trainer for trainer in self.trainers if trainer.city == city]

    def clients_in(self, city: City) -> list[Person]:
        return [client for client in self.clients if client.city == city]

    def room_of(self, trainer: Trainer) -> str:
        """The name of the room that the trainer shares with up to two others of the same city."""
        place = self.trainers_in(trainer.city).index(trainer)
        return f"{trainer.city.name}, room {place // _TRAINERS_PER_ROOM + 1}"

    @property
    def rooms(self) -> list[str]:
        """Every room that somebody uses, once."""
        return sorted({self.room_of(trainer) for trainer in self.trainers})


def build_studio(size: Size) -> Studio:
    """The studio of a size; whoever is in a smaller one is in a larger one, doing the same."""
    more = deal_people(size.trainers, known_as=_FIRST_TRAINERS, from_the_end=True)
    people = [
        name_person(_FIRST_TRAINERS[n], CITIES[n % len(CITIES)]) if n < len(_FIRST_TRAINERS) else more[n]
        for n in range(size.trainers)
    ]
    trainers = [Trainer(person, _discipline(n)) for n, person in enumerate(people)]
    return Studio(size, trainers, deal_people(size.clients, known_as=_FIRST_TRAINERS))


def _discipline(n: int) -> Discipline:
    # Shifted by one for each further dozen, so that every city comes to have every discipline.
    return DISCIPLINES[(n + n // len(DISCIPLINES)) % len(DISCIPLINES)]
