"""A client and a trainer who leave a mark wherever a command lets them, and what of it can be found afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
from google.cloud import firestore

from tests.world import ADMIN, World

ADA, TIM, TOM, BOB = "ada-uid", "tim-uid", "tom-uid", "bob-uid"
# In every text by or about the two who leave, but for names of what others have booked.
MARK = "zyxomark"
PHONE, EMAIL = "+491573999777", "zyxomark@example.test"
# In the names of services and classes of the trainer who leaves: part of what others booked.
SOLD = "qvartsold"

_COLUMNS = """
    SELECT c.table_name::text, c.column_name::text FROM information_schema.columns AS c
    JOIN information_schema.tables AS t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name <> 'migrations'
      AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'USER-DEFINED')
           OR c.data_type = 'ARRAY' AND c.udt_name IN ('_text', '_varchar', '_jsonb', '_json'))
    ORDER BY 1, 2
"""


def said(topic: str) -> str:
    """A text that can be told from all others."""
    return f"{MARK} {topic}"


def now() -> datetime:
    """The present minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def past(days: int, hour: int) -> datetime:
    """An hour of a day that is over."""
    return (now() - timedelta(days=days)).replace(hour=hour, minute=0)


def ahead(days: int, hour: int) -> datetime:
    """An hour of a day to come."""
    return (now() + timedelta(days=days)).replace(hour=hour, minute=0)


def columns(world: World) -> list[tuple[str, str]]:
    """Every column of every table that can hold a text."""
    return [(table, column) for table, column in world.rows(_COLUMNS)]


def found_in_rows(world: World, *marks: str) -> dict[str, int]:
    """`table.column` → how many of its values hold a mark; columns without any are left out."""
    patterns = [f"%{mark}%" for mark in marks]
    counts = {}
    with psycopg.connect(world.backends.settings.database_url) as connection:
        for table, column in columns(world):
            query = f'SELECT count(*) FROM "{table}" WHERE to_jsonb("{column}")::text ILIKE ANY (%s)'
            row = connection.execute(query.encode(), [patterns]).fetchone()
            assert row is not None
            if row[0]:
                counts[f"{table}.{column}"] = int(row[0])
    return counts


def documents(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every document there is, below documents that are missing too."""
    waiting = list(world.firestore.collections())
    while waiting:
        for reference in waiting.pop().list_documents():
            fields = reference.get().to_dict()
            if fields is not None:
                yield reference.path, fields
            waiting.extend(reference.collections())


def found_in_documents(world: World, *marks: str) -> list[str]:
    """Paths of all documents that hold a mark."""
    return [path for path, fields in documents(world) if any(m in repr(fields).lower() for m in marks)]


@dataclass
class Lives:
    """A studio in which Ada is a client and Tim a trainer, both about to leave; Tom and Bob stay."""

    world: World

    def call(self, uid: str, name: str, /, **content: Any) -> dict[str, Any]:
        return self.world.call(uid, name, **content)

    def book(
        self, uid: str, service: str, starts_at: datetime, *, at: datetime | None = None, **content: Any
    ) -> str:
        """A booking; its id."""
        starts = starts_at.isoformat()
        booked = self.call(
            uid, "bookings.book_session", now=at, service_id=service, starts_at=starts, **content
        )
        return str(booked["booking_id"])

    def live(self) -> None:
        """All of it."""
        self._open_studio()
        self._attend()
        self._dispute()
        self._give_up()
        self._look_ahead()
        self._give_sessions()
        self._listen()

    def _open_studio(self) -> None:
        world = self.world
        world.make_admin()
        world.register_client(BOB, display_name="Bob")
        for trainer in (TOM, TIM):
            name = "Tom" if trainer == TOM else said("Tim")
            world.approve_trainer(trainer, display_name=name, horizon_days=20)
        self.call(
            ADA,
            "account.register_client",
            display_name=said("Ada"),
            time_zone="Pacific/Kiritimati",
            locale="zyx-ZX",
            phone=PHONE,
        )
        world.rows("UPDATE users SET email = %s WHERE id IN (%s, %s) RETURNING id", EMAIL, ADA, TIM)
        self.strict = world.add_service(
            TOM,
            price_minor=5_000,
            credit_price=2,
            policy={
                "cancel": [{"within_minutes": 43_200, "fee_percent": 50}],
                "no_show": {"fee_percent": 50},
            },
        )
        self.group = world.add_service(TOM, capacity=2, max_seats_per_booking=2)
        self.grant = self.call(
            TOM, "bookings.grant_credits", client_id=ADA, amount=9, reason=said("package")
        )["allocation_id"]
        self.call(ADMIN, "admin.adjust_credits", allocation_id=self.grant, change=-1, **self._because("slip"))

        self.world.rows(
            "INSERT INTO linked_accounts (issuer, subject, user_id, by_email, linked_at)"
            " VALUES ('https://host.example', %s, %s, false, now()) RETURNING 1",
            f"{MARK} subject",
            ADA,
        )
        self._announce()
        self.world.rows("INSERT INTO rate_limits VALUES (%s, now(), 1) RETURNING 1", f"user:{ADA}:command")
        self.call(ADMIN, "admin.permit_export", user_id=TIM, **self._because("asked"))

    def _announce(self) -> None:
        """As the admin that Tim was for a while."""
        self.world.rows("UPDATE users SET role = 'admin' WHERE id = %s RETURNING 1", TIM)
        broadcast = self.call(
            TIM,
            "admin.send_broadcast",
            texts={"en": {"title": "Open late", "body": "On Fridays."}},
            audience={"to": "everybody"},
            confirmed=4,
            **self._because("broadcast"),
        )["broadcast_id"]
        self.call(TIM, "admin.stop_broadcast", broadcast_id=broadcast)
        self.world.rows("UPDATE users SET role = 'trainer' WHERE id = %s RETURNING 1", TIM)

    def _because(self, topic: str) -> dict[str, str]:
        return {"reason": said(topic)}

    def _attend(self) -> None:
        """A session of Tom's that took place: reviewed, answered, hidden, and shown again."""
        booking = self.book(ADA, self.strict, past(9, 10), at=past(10, 9), pay_with="credits")
        session = self.world.rows("SELECT session_id::text FROM bookings WHERE id = %s", booking)[0][0]
        self.call(TOM, "bookings.complete_session", now=past(9, 11), session_id=session)
        review = self.call(
            ADA, "reviews.write_review", now=past(8, 9), booking_id=booking, rating=4, text=said("review")
        )["review_id"]
        self.call(TOM, "reviews.reply_to_review", review_id=review, text=said("reply to Ada"))
        for hidden in (True, False):
            self.call(
                ADMIN, "admin.moderate_review", review_id=review, hidden=hidden, **self._because("moderated")
            )
        self.review = review

    def _dispute(self) -> None:
        """A session that Ada is said to have missed: disputed and decided; another one is still open."""
        for hour, decided in ((12, True), (14, False)):
            booking = self.book(ADA, self.strict, past(7, hour), at=past(8, 9))
            waiver = {"waive": {"reason": said("missed")}} if decided else {}
            self.call(TOM, "bookings.mark_no_show", now=past(7, hour + 2), booking_id=booking, **waiver)
            dispute = self.call(
                ADA,
                "reviews.open_dispute",
                booking_id=booking,
                reason="wrong_attendance",
                text=said("claim"),
                links=[f"https://example.com/{MARK}"],
            )["dispute_id"]
            self.call(TOM, "reviews.answer_dispute", dispute_id=dispute, text="Nobody came.")
            if decided:
                self.call(
                    ADMIN,
                    "admin.resolve_dispute",
                    dispute_id=dispute,
                    outcome="for_client",
                    **self._because("resolution"),
                )
                self.call(
                    TOM,
                    "bookings.correct_attendance",
                    now=past(6, 9),
                    booking_id=booking,
                    status="completed",
                    reason=said("late"),
                )

    def _give_up(self) -> None:
        """Bookings that were cancelled, by Ada, by Tom and on Ada's account."""
        for hour in (10, 12, 14):
            booking = self.book(ADA, self.strict, ahead(3, hour))
            if hour == 10:
                self.call(ADA, "bookings.cancel_booking", booking_id=booking, reason=said("ill"))
            elif hour == 12:
                self.call(
                    TOM, "bookings.cancel_booking", booking_id=booking, waive={"reason": said("waived")}
                )
            else:
                session = self.world.rows("SELECT session_id::text FROM bookings WHERE id = %s", booking)[0][
                    0
                ]
                self.call(TOM, "bookings.cancel_session", session_id=session, reason=said("Ada asked for it"))
        self.world.refusal(
            ADA, "bookings.cancel_booking", booking_id=str(uuid4()), reason=said("of nobody's")
        )

    def _look_ahead(self) -> None:
        """Seats to come: sure, held, waited for, recurring, and one that stands in the way."""
        self.coming = self.book(ADA, self.strict, ahead(4, 10))
        self.credited = self.book(ADA, self.strict, ahead(4, 12), pay_with="credits")
        shared = ahead(5, 10)
        self.seat = self.book(ADA, self.group, shared)
        self.book(BOB, self.group, shared)
        self.call(TOM, "bookings.book_session", service_id=self.strict, **_at(ahead(6, 8)), client_id=ADA)
        for uid in (ADMIN, "cyd-uid"):
            if uid != ADMIN:
                self.world.register_client(uid, display_name="Cyd")
            self.waiting = self.call(uid, "bookings.join_waitlist", service_id=self.group, **_at(shared))[
                "booking_id"
            ]
        self.call(
            ADA,
            "bookings.hold_slot",
            service_id=self.strict,
            **_at(ahead(6, 12)),
        )
        self.call(
            ADA,
            "bookings.book_series",
            service_id=self.strict,
            **_at(ahead(7, 10)),
            repeat={"every": "day", "count": 3},
        )
        off = ahead(4, 9)
        self.call(
            TOM,
            "availability.add_time_off",
            starts_at=off.isoformat(),
            ends_at=(off + timedelta(hours=2)).isoformat(),
            reason="dentist",
        )
        conflict = self.world.rows("SELECT id::text FROM conflicts WHERE resolved_at IS NULL LIMIT 1")[0][0]
        self.call(
            TOM, "bookings.resolve_conflict", conflict_id=conflict, reason=said("agreed by phone with Ada")
        )
        self.call(ADA, "account.create_calendar_feed")

    def _give_sessions(self) -> None:
        """Tim's offer, week, words and sessions."""
        texts = {"headline": said("headline"), "bio": said("bio"), "city": said("city")}
        tags = {"specialties": [MARK], "languages": [f"{MARK} language"]}
        self.call(TIM, "trainers.update_profile", display_name=said("Tim"), **texts, **tags)
        offered = self.world.add_service(
            TIM, name=SOLD, description=said("description"), capacity=3, max_seats_per_booking=2
        )
        self.world.refusal(
            TIM,
            "trainers.add_service",
            name=SOLD,
            description=said("again"),
            duration_minutes=60,
            price_minor=1,
            currency="EUR",
        )
        self.call(TIM, "availability.set_override", on_date=ahead(9, 0).date().isoformat(), hours=[])
        self.call(
            TIM,
            "availability.add_time_off",
            first_date=ahead(10, 0).date().isoformat(),
            last_date=ahead(10, 0).date().isoformat(),
            reason=said("leave"),
        )
        self.call(TIM, "bookings.grant_credits", client_id=BOB, amount=3, reason=said("gift"))
        held = self.book(BOB, offered, past(5, 10), at=past(6, 9))
        session = self.world.rows("SELECT session_id::text FROM bookings WHERE id = %s", held)[0][0]
        self.call(TIM, "bookings.complete_session", now=past(5, 11), session_id=session)
        review = self.call(BOB, "reviews.write_review", booking_id=held, rating=5, text="Bob was there.")
        self.call(TIM, "reviews.reply_to_review", review_id=review["review_id"], text=said("thanks"))
        self.class_ = self.call(
            TIM,
            "bookings.create_session",
            service_id=offered,
            **_at(ahead(4, 15)),
            capacity=3,
            title=f"{SOLD} class",
        )["session_id"]
        self.with_tim = self.book(BOB, offered, ahead(4, 15))
        gone = self.book(BOB, offered, ahead(5, 15))
        self.call(TIM, "bookings.cancel_booking", booking_id=gone, reason=said("Tim is ill"))
        given_up = self.book(BOB, offered, ahead(6, 15))
        self.call(BOB, "bookings.cancel_booking", booking_id=given_up, reason="Bob is away")
        self.call(TIM, "account.create_calendar_feed")

    def _listen(self) -> None:
        """What clients write into Firestore themselves."""
        client = self.world.firestore
        for uid in (ADA, TIM, BOB):
            mark = {"read_at": firestore.SERVER_TIMESTAMP}
            client.document(f"users/{uid}/marks/{uuid4()}").set(mark)
            place = {"user_id": uid, "place": said("here") if uid != BOB else "here"}
            client.document(f"presence/{uid}:{uuid4()}").set({**place, "seen_at": firestore.SERVER_TIMESTAMP})
            self._be_told(uid)

    def _be_told(self, uid: str) -> None:
        """An app that takes pushes, one that was sent, and how somebody wants to be told."""
        mark = said("told") if uid != BOB else "told"
        self.world.rows(
            "INSERT INTO installations (id, user_id, platform, token, app_version, locale, time_zone, created_at,"
            " refreshed_at, reason) VALUES (%s, %s, 'web', %s, %s, %s, %s, now(), now(), %s) RETURNING id",
            *(f"{mark} {uid}", uid, *[mark] * 5),
        )
        self.world.rows(
            "INSERT INTO deliveries (id, notification_id, user_id, channel, target, state, reason, created_at, next_at,"
            " provider_id, last_error) SELECT gen_random_uuid(), id, user_id, 'push', %s, 'failed', %s, now(), now(),"
            " %s, %s FROM notifications WHERE user_id = %s LIMIT 1 RETURNING id",
            *(*[mark] * 4, uid),
        )
        self.world.rows(
            "INSERT INTO notification_settings (user_id, types, quiet, time_zone, language)"
            " VALUES (%s, jsonb_build_object(%s::text, true), jsonb_build_array(%s::text), %s, %s) RETURNING user_id",
            *(uid, *[mark] * 4),
        )


def _at(starts_at: datetime) -> dict[str, str]:
    return {"starts_at": starts_at.isoformat()}
