"""What a class with a waitlist is held to: one session, who sits in it, who was offered a seat, who waits."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

OFFER = timedelta(minutes=30)
CLOSES = timedelta(minutes=60)
Refusal = str | None


@dataclass
class Place:
    """A client's place: `confirmed`, `offered` until it expires, or `waitlisted`; paid with credits or not."""

    client: str
    seats: int
    status: str
    credits: bool
    expires_at: datetime | None = None

    @property
    def sits(self) -> bool:
        return self.status != "waitlisted"


@dataclass
class LineModel:
    """Places in the order of joining, and how many credits each client has left."""

    now: datetime
    starts_at: datetime
    capacity: int
    places: list[Place] = field(default_factory=list)
    purses: dict[str, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        return self.capacity - sum(place.seats for place in self.places if place.sits)

    def place_of(self, client: str) -> Place | None:
        return next((place for place in self.places if place.client == client), None)

    def book(self, client: str, seats: int, *, credits: bool) -> Refusal:
        """Take seats; claims that are overdue are in nobody's way, but end only if that helped."""
        reason = self._obstacle(client, seats)
        if reason and self._overdue():
            tried = deepcopy(self)
            tried.expire()
            reason = tried._obstacle(client, seats)
            if reason is None:
                reason = tried._sit(client, seats, credits)
                if reason is None:
                    self.places, self.purses = tried.places, tried.purses
            return reason
        return reason or self._sit(client, seats, credits)

    def wait(self, client: str, seats: int, *, credits: bool) -> Refusal:
        """Join the line."""
        if self.now >= self.starts_at - CLOSES:
            return "WAITLIST_CLOSED"
        if self.left >= seats:
            return "SEATS_FREE"
        if self.place_of(client):
            return "ALREADY_BOOKED"
        self.places.append(Place(client, seats, "waitlisted", credits))
        return None

    def leave(self, place: Place) -> Refusal:
        """Give up whatever one has."""
        if place.expires_at and place.expires_at <= self.now:
            return "BOOKING_CANCELLED"
        self.places.remove(place)
        if place.status == "confirmed" and place.credits:
            self.purses[place.client] += place.seats
        if place.sits:
            self.serve()
        return None

    def answer(self, place: Place, *, accepts: bool) -> Refusal:
        """Accept or decline an offer."""
        if place.status != "offered" or place.expires_at is None:
            return "NOT_OFFERED"
        if place.expires_at <= self.now:
            return "OFFER_EXPIRED"
        if not accepts:
            self.places.remove(place)
            self.serve()
            return None
        if place.credits and self.purses[place.client] < place.seats:
            return "INSUFFICIENT_CREDITS"
        if place.credits:
            self.purses[place.client] -= place.seats
        place.status, place.expires_at = "confirmed", None
        return None

    def resize(self, capacity: int) -> Refusal:
        """More seats or fewer, never fewer than are taken."""
        if capacity < self.capacity - self.left:
            return "SEATS_TAKEN"
        self.capacity = capacity
        self.serve()
        return None

    def expire(self) -> None:
        """End the offers whose time is over, in that order; each frees its seats for the next in line."""
        while overdue := self._overdue():
            self.places.remove(overdue[0])
            self.serve()

    def serve(self) -> None:
        """Offer free seats to the first for whom they are enough, until the line closes."""
        if self.now >= self.starts_at - CLOSES:
            return
        while first := next((p for p in self.places if not p.sits and p.seats <= self.left), None):
            first.status = "offered"
            first.expires_at = min(self.now + OFFER, self.starts_at - CLOSES)

    def _overdue(self) -> list[Place]:
        over = [p for p in self.places if p.expires_at and p.expires_at <= self.now]
        return sorted(over, key=lambda place: place.expires_at or self.now)

    def _obstacle(self, client: str, seats: int) -> Refusal:
        if self.left < seats:
            return "SESSION_FULL"
        return "ALREADY_BOOKED" if self.place_of(client) else None

    def _sit(self, client: str, seats: int, credits: bool) -> Refusal:
        if credits and self.purses[client] < seats:
            return "INSUFFICIENT_CREDITS"
        if credits:
            self.purses[client] -= seats
        self.places.append(Place(client, seats, "confirmed", credits))
        return None
