"""What is taught in the studio: each discipline with its services, prices, week and words about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time


@dataclass(frozen=True)
class Offer:
    """A service before it has an id; the price is in whole euros, as cities price it in their own currency.

    `in_room` says that it takes the room that the trainer shares with others.
    """

    name: str
    minutes: int
    euros: int
    description: str
    before: int = 0
    after: int = 0
    capacity: int = 1
    in_room: bool = False

    @property
    def asks(self) -> bool:
        """Whether the trainer wants to say yes first: to short visits, which cut a day into pieces."""
        return self.capacity == 1 and self.minutes <= 30


@dataclass(frozen=True)
class Discipline:
    """A trainer's profession. `hours` go by ISO weekday, `classes` say when its group offers take place."""

    name: str
    headline: str
    bio: str
    specialties: tuple[str, ...]
    offers: tuple[Offer, ...]
    hours: Mapping[int, Sequence[tuple[time, time]]]
    classes: Mapping[int, Sequence[tuple[time, str]]] = field(default_factory=dict)
    min_notice_minutes: int = 60
    step_minutes: int = 30

    def offer(self, name: str) -> Offer:
        """The service of this name."""
        return next(offer for offer in self.offers if offer.name == name)

    @property
    def private_offers(self) -> tuple[Offer, ...]:
        return tuple(offer for offer in self.offers if offer.capacity == 1)


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def _week(days: str, *ranges: str) -> dict[int, list[tuple[time, time]]]:
    """`_week("123", "09:00-13:00")`: the same hours on each of these weekdays."""
    spans = [(_clock(start), _clock(end)) for start, _, end in (text.partition("-") for text in ranges)]
    return {int(day): spans for day in days}


def _classes(days: str, start: str, name: str) -> dict[int, list[tuple[time, str]]]:
    return {int(day): [(_clock(start), name)] for day in days}


_EARLY_AND_LATE = ("06:30-11:30", "16:00-20:30")
_DAY = ("09:00-17:00",)
_SPLIT = ("08:00-13:00", "15:00-19:00")
_EVENING = ("13:00-21:00",)
_MORNING = ("07:00-13:00",)

DISCIPLINES = (
    Discipline(
        "Strength",
        "Lift well, then lift more",
        "I coach barbell strength for people who sit all day. We start with an empty bar, film every set, and add "
        "weight only when the last repetition looks like the first.",
        ("strength", "barbell", "beginners"),
        (
            Offer("Strength session", 60, 48, "One to one under the bar, with a written plan.", after=15),
            Offer("Technique check", 30, 26, "Bring one lift; leave with two things to change."),
            Offer("Long block", 90, 68, "Three lifts without hurry.", before=10, after=15, in_room=True),
        ),
        _week("1245", *_EARLY_AND_LATE) | _week("6", *_MORNING),
    ),
    Discipline(
        "Boxing",
        "Hands up, shoulders down",
        "Fourteen amateur bouts taught me that footwork wins. My sessions are rounds, rest and honest feedback, and "
        "nobody spars before they ask to.",
        ("boxing", "conditioning", "footwork"),
        (
            Offer("Pad work", 45, 44, "Six rounds on the pads, wraps included.", after=15),
            Offer("Private hour", 60, 56, "Bag, pads and footwork at your pace.", after=15, in_room=True),
            Offer("Boxing basics", 60, 16, "Stance, jab, cross and how to breathe.", before=15, capacity=12),
        ),
        _week("12345", *_EVENING) | _week("6", *_MORNING),
        _classes("24", "18:00", "Boxing basics") | _classes("6", "10:00", "Boxing basics"),
    ),
    Discipline(
        "Badminton",
        "Read the shuttle early",
        "I played doubles for my state and now teach what nobody taught me: where to stand. Adults who start late are "
        "my favourite pupils.",
        ("badminton", "doubles", "adults"),
        (
            Offer("Court hour", 60, 22, "Drills and points on a reserved court.", before=5, after=5),
            Offer("Serve and return", 30, 13, "Half an hour on the first two strokes.", in_room=True),
            Offer("Doubles clinic", 90, 9, "Rotation for pairs, eight on two courts.", capacity=8),
        ),
        _week("23456", *_EARLY_AND_LATE),
        _classes("35", "18:30", "Doubles clinic") | _classes("6", "07:00", "Doubles clinic"),
    ),
    Discipline(
        "Running",
        "Slower most days, faster on the right one",
        "I have paced strangers to their first marathon on four continents. Expect easy kilometres, short hills, and a "
        "plan that survives a week with sick children.",
        ("running", "marathon", "trail"),
        (
            Offer("Running form", 45, 36, "Video, cues and a warm-up that you will keep."),
            Offer("Plan review", 30, 24, "Your last four weeks, your next four weeks.", in_room=True),
            Offer("River run club", 60, 8, "Two paces, nobody left behind.", capacity=20),
        ),
        _week("1234", "05:30-10:30", "16:30-19:30") | _week("67", "06:00-11:00"),
        _classes("3", "17:30", "River run club") | _classes("7", "06:00", "River run club"),
    ),
    Discipline(
        "Tennis",
        "Two more balls over the net",
        "My lessons end with a score. Between the basket and the match I teach patience, a second serve you can trust, "
        "and when to leave the baseline.",
        ("tennis", "serve", "juniors"),
        (
            Offer("Private lesson", 60, 42, "One player, one basket, one goal.", after=10),
            Offer("Serve lab", 45, 34, "Toss, trophy, contact, and targets.", in_room=True),
            Offer(
                "Match play", 90, 58, "A set with commentary, then the two points that mattered.", after=15
            ),
            Offer("Cardio tennis", 60, 15, "Music, six players, many balls.", capacity=6),
        ),
        _week("12345", *_SPLIT) | _week("6", "09:00-14:00"),
        _classes("15", "18:00", "Cardio tennis") | _classes("6", "09:00", "Cardio tennis"),
    ),
    Discipline(
        "Swimming",
        "From fear of water to open water",
        "I was a lifeguard before I was a coach, and I still watch faces first. Breathing comes before speed, and "
        "speed comes by itself.",
        ("swimming", "open water", "adults"),
        (
            Offer("Lane lesson", 45, 46, "One lane, one swimmer, one habit to change.", before=10, after=10),
            Offer(
                "Stroke video",
                60,
                62,
                "Above and under water, with notes the same day.",
                after=15,
                in_room=True,
            ),
            Offer("Water confidence", 30, 18, "For grown-ups who avoid the deep end.", capacity=6),
        ),
        _week("1235", *_EARLY_AND_LATE) | _week("7", "08:00-14:00"),
        _classes("5", "17:00", "Water confidence") | _classes("7", "08:00", "Water confidence"),
        min_notice_minutes=180,
        step_minutes=15,
    ),
    Discipline(
        "Cricket batting",
        "Watch the seam, play it late",
        "Twenty seasons of club cricket, ten with the junior squad. I throw several hundred balls a day so that yours "
        "is the head that stays still.",
        ("cricket", "batting", "juniors"),
        (
            Offer("Net session", 60, 19, "Throw-downs and a plan for the next match.", before=10, after=10),
            Offer("Bat and balance", 30, 11, "Grip, stance and the first step.", in_room=True),
            Offer("Junior nets", 90, 6, "Under-sixteens, helmets on.", capacity=10),
        ),
        _week("134567", "06:30-10:00", "15:30-19:30"),
        _classes("6", "16:30", "Junior nets") | _classes("7", "06:30", "Junior nets"),
    ),
    Discipline(
        "Surf fitness",
        "Be ready when the swell is",
        "I surf badly and train surfers well. Shoulders that last, hips that open, and lungs that forgive a long hold "
        "under: all of it on dry land.",
        ("mobility", "conditioning", "breathing"),
        (
            Offer("Pop-up power", 45, 38, "Explosive work for slow mornings."),
            Offer("Full session", 90, 66, "Strength, mobility and breath in one go.", after=15, in_room=True),
            Offer("Beach circuit", 60, 12, "Sand, sandbags, sunrise.", before=15, capacity=14),
        ),
        _week("2345", "05:30-09:30", "15:00-19:00") | _week("6", "06:00-11:00"),
        _classes("24", "06:00", "Beach circuit") | _classes("6", "06:30", "Beach circuit"),
        min_notice_minutes=120,
    ),
    Discipline(
        "Yoga",
        "Breathe first, bend later",
        "I came to yoga with a bad back and stayed for the quiet. Small rooms, long holds, every pose with a version "
        "for the body that came today.",
        ("yoga", "breathing", "back care"),
        (
            Offer("Private practice", 60, 45, "A sequence for you, recorded to take home.", after=15),
            Offer("Back care", 45, 38, "For desks, drivers and new parents.", in_room=True),
            Offer(
                "Slow flow", 60, 12, "Unhurried, by candlelight in winter.", before=15, after=15, capacity=16
            ),
            Offer("Long hold", 90, 15, "Eight poses, five minutes each.", after=15, capacity=10),
        ),
        _week("12345", *_EARLY_AND_LATE) | _week("7", "10:00-14:00"),
        _classes("13", "18:30", "Slow flow") | _classes("7", "10:00", "Long hold"),
    ),
    Discipline(
        "Pilates",
        "Small movements, long effect",
        "A dancer's injuries made me a teacher. I count slowly, correct quietly, and keep the classes small enough to "
        "know every spine in the room.",
        ("pilates", "posture", "postnatal"),
        (
            Offer("Reformer private", 60, 72, "One machine, one hour, all of you.", after=10),
            Offer("Reset", 30, 40, "A short visit between two long meetings.", in_room=True),
            Offer("Mat class", 60, 22, "Control without equipment.", before=10, capacity=10),
        ),
        _week("1245", *_DAY) | _week("3", *_EVENING),
        _classes("14", "12:00", "Mat class") | _classes("3", "18:00", "Mat class"),
    ),
    Discipline(
        "Mobility",
        "Joints are for moving",
        "Physiotherapist by training. Between treatment and training there is a gap, and I work in it: what hurts, "
        "what is stiff, and what to do at home.",
        ("mobility", "rehab", "desk workers"),
        (
            Offer("Assessment", 90, 30, "A full look, written up the same evening.", after=30, in_room=True),
            Offer("Follow-up", 45, 16, "What changed, what is next.", after=15),
            Offer("Quick check", 30, 11, "One joint, one answer."),
        ),
        _week("12345", *_SPLIT),
        min_notice_minutes=1440,
        step_minutes=15,
    ),
    Discipline(
        "Rugby conditioning",
        "Strong in the last ten minutes",
        "Prop for a decade, coach for another. Neck, hips and heart: I prepare players of all sizes for collisions "
        "they choose and for those they do not.",
        ("rugby", "strength", "power"),
        (
            Offer("Gym hour", 60, 40, "Squat, carry, push, repeat.", after=15, in_room=True),
            Offer("Contact skills", 45, 32, "Tackle and ruck on pads.", before=15),
            Offer(
                "Squad session", 90, 10, "Bring your boots and a friend.", before=15, after=15, capacity=18
            ),
        ),
        _week("1235", "06:00-10:00", "15:30-20:00") | _week("6", "08:00-12:00"),
        _classes("25", "18:00", "Squad session") | _classes("6", "09:00", "Squad session"),
    ),
)
