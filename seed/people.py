"""The people of the studio: where they live, what they are called, and how they sign in."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

# One password for every demo account; they exist in an emulator and nowhere else.
DEMO_PASSWORD = "courtside"


@dataclass(frozen=True)
class City:
    """A place of the studio. Prices are in its currency: `price_factor` times what they are in euros."""

    name: str
    time_zone: str
    currency: str
    price_factor: int
    locale: str
    languages: tuple[str, ...]
    first_names: str
    last_names: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Person:
    """Somebody with a demo account; the uid is also the first part of the address."""

    uid: str
    name: str
    city: City

    @property
    def email(self) -> str:
        """Under a domain that is reserved and never delivers (RFC 2606)."""
        return f"{self.uid}@courtside.test"


# Clocks change in Madrid and New York on different days of spring, in Adelaide the other way round, in Bengaluru
# never; Bengaluru and Adelaide are half an hour off.
MADRID = City(
    "Madrid",
    "Europe/Madrid",
    "EUR",
    1,
    "es-ES",
    ("Spanish", "English"),
    "Lucía Mateo Inés Álvaro Carmen Youssef Nerea Bruno Paloma Iker Vega Adrián Noor Elena Gonzalo Marta Saúl Irene",
    "Ferrer Duarte Molina Aguirre Serrano Benali Ortega Vidal Campos Herrero Lozano Pastor Quiroga Reyes Soler Ibarra",
)
NEW_YORK = City(
    "New York",
    "America/New_York",
    "USD",
    1,
    "en-US",
    ("English", "Spanish"),
    "Darnell Rosa Mei Caleb Imani Noah Priscilla Andre Talia Wei Jasmine Omar Grace Xavier Hannah Luis Simone Dmitri",
    "Brooks Delgado Tan Whitaker Okafor Goldberg Santiago Freeman Kim Marchetti Boateng Nguyen Carter Rivera Stein",
)
BENGALURU = City(
    "Bengaluru",
    "Asia/Kolkata",
    "INR",
    90,
    "en-IN",
    ("English", "Hindi", "Kannada"),
    "Ananya Farhan Devika Rohan Meera Kabir Sneha Arjun Zoya Vikram Lakshmi Joseph Tara Imran Pooja Nikhil Asha Samuel",
    "Rao Qureshi Nair Hegde Iyer Menon Shetty Bhat Khan Reddy Dsouza Kulkarni Pillai Gowda Das Varghese",
)
ADELAIDE = City(
    "Adelaide",
    "Australia/Adelaide",
    "AUD",
    2,
    "en-AU",
    ("English",),
    "Tom Kirra Sione Georgia Angus Thuy Billie Marcus Leila Jarrah Phoebe Stefan Amara Callum Mina Ruby Harriet Dinh",
    "Whitlock Doyle Taufa Papadakis McAllister Tran Warrick Hughes Haddad Kelly Nolan Petrov Osei Fraser Sato Barker",
)
CITIES = (MADRID, NEW_YORK, BENGALURU, ADELAIDE)
ADMIN = Person("admin", "Studio Admin", MADRID)


def deal_people(count: int, *, known_as: Sequence[str], from_the_end: bool = False) -> list[Person]:
    """So many people, always the same ones, dealt out to the cities in turn.

    Names come from either end of each city's list, so that two groups have nobody in common, and not from
    `known_as`: those are others'.
    """
    names = [_names(city, known_as, from_the_end) for city in CITIES]
    return [name_person(next(names[n % len(CITIES)]), CITIES[n % len(CITIES)]) for n in range(count)]


def name_person(name: str, city: City) -> Person:
    """The person of this name, with the uid that goes with it."""
    return Person(_slug(name), name, city)


def _names(city: City, taken: Sequence[str], from_the_end: bool) -> Iterator[str]:
    pairs = [f"{first} {last}" for first, last in product(city.first_names.split(), city.last_names.split())]
    Random(city.name).shuffle(pairs)
    return (name for name in (pairs[::-1] if from_the_end else pairs) if name not in taken)


def _slug(name: str) -> str:
    """`Inés Duarte` → `ines-duarte`: safe in an address and as a segment of a document path."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-")
