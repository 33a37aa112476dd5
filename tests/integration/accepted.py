"""For every command somebody who may send it, and content that is taken from them."""

from typing import Any
from uuid import uuid4

from tests.integration.refusals import Studio
from tests.world import tomorrow_at

Sample = tuple[str, dict[str, Any]]
_ANNOUNCED: dict[str, Any] = {
    "texts": {"en": {"title": "Closed on Monday", "body": "Back on Tuesday."}},
    "audience": {"to": "role", "role": "client"},
}


def accepted(command: str, studio: Studio) -> Sample:
    """Who may send a command, and content that is taken from them."""
    return _SAMPLES[command.split(".")[0]](studio, tomorrow_at(12).isoformat())[command]


def _account(studio: Studio, noon: str) -> dict[str, Sample]:
    person = {"display_name": "New", "time_zone": "UTC", "locale": "en", "phone": None}
    return {
        "account.register_client": (uuid4().hex, person),
        "account.update_account": ("ada", {"display_name": "Ada L", "time_zone": "UTC", "locale": "de"}),
        "account.sign_out_everywhere": ("ada", {}),
        "account.create_calendar_feed": ("ada", {}),
        "account.revoke_calendar_feed": ("ada", {}),
        "account.credits_statement": ("ada", {"limit": 5}),
        "account.export_account": ("ada", {"section": "bookings", "cursor": "", "limit": 5}),
        "account.delete_account": ("bob", {"confirm": "DELETE", "cancel_sessions": False}),
        "account.deletion_progress": ("ada", {"receipt": "x" * 43}),
    }


def _trainers(studio: Studio, noon: str) -> dict[str, Sample]:
    card = {"headline": "", "bio": "", "city": "", "specialties": [], "languages": []}
    return {
        "trainers.apply": (uuid4().hex, {"display_name": "New", "time_zone": "UTC", **card}),
        "trainers.update_profile": ("tom", {"display_name": "Tom", **card, "min_notice_minutes": 60}),
        "trainers.search": ("ada", {"text": "boxing", "city": "Berlin", "currency": "EUR", "free_at": noon}),
        "trainers.approve": ("admin-uid", {"trainer_id": "amy"}),
        "trainers.add_service": (
            "tom",
            {
                "name": uuid4().hex,
                "description": "",
                "duration_minutes": 60,
                "price_minor": 1,
                "currency": "EUR",
            },
        ),
        "trainers.update_service": (
            "tom",
            {
                "service_id": studio.service,
                "name": "Boxing",
                "duration_minutes": 60,
                "price_minor": 1,
                "currency": "EUR",
                "policy": {"cancel": [{"within_minutes": 60, "fee_percent": 50}], "grace_per_month": 1},
            },
        ),
    }


def _bookings(studio: Studio, noon: str) -> dict[str, Sample]:
    return {
        "bookings.booking_ics": ("ada", {"booking_id": studio.booking}),
        "bookings.grant_credits": ("tom", {"client_id": "ada", "amount": 5, "reason": "a package"}),
        "bookings.book_session": ("bob", {"service_id": studio.service, "starts_at": noon}),
        **_claims(studio, noon),
        "bookings.complete_session": ("tom", {"session_id": studio.class_}),
        "bookings.mark_no_show": ("tom", {"booking_id": studio.booking, "waive": {"reason": "first time"}}),
        "bookings.correct_attendance": (
            "tom",
            {"booking_id": studio.booking, "status": "completed", "reason": "came late"},
        ),
        "bookings.resolve_conflict": ("tom", {"conflict_id": str(uuid4()), "reason": "agreed by phone"}),
        "bookings.join_waitlist": ("bob", {"service_id": studio.service, "starts_at": noon, "seats": 1}),
        "bookings.accept_offer": ("ada", {"booking_id": studio.booking}),
        "bookings.decline_offer": ("ada", {"booking_id": studio.booking}),
        "bookings.cancel_booking": ("ada", {"booking_id": studio.booking, "reason": "ill"}),
        "bookings.reschedule_booking": ("ada", {"booking_id": studio.booking, "starts_at": noon}),
        "bookings.book_series": (
            "bob",
            {
                "service_id": studio.service,
                "starts_at": noon,
                "repeat": {"every": "week", "weekdays": [1, 3], "interval": 2, "count": 3},
                "exceptions": [noon[:10]],
                "mode": "best_effort",
            },
        ),
        "bookings.preview_series": (
            "bob",
            {
                "service_id": studio.service,
                "starts_at": noon,
                "repeat": {"every": "month", "short_months": "last_day", "until": noon[:10]},
            },
        ),
        "bookings.cancel_series": ("ada", {"booking_id": studio.series, "scope": "following"}),
        "bookings.reschedule_series": (
            "ada",
            {"booking_id": studio.series, "scope": "all", "starts_at": noon, "mode": "best_effort"},
        ),
        "bookings.preview_cancellation": ("tom", {"booking_id": studio.booking, "waive": {"reason": "ill"}}),
        "bookings.preview_reschedule": ("ada", {"booking_id": studio.booking, "starts_at": noon}),
    }


def _admin(studio: Studio, noon: str) -> dict[str, Sample]:
    why = {"reason": "asked for"}
    return {
        "admin.adjust_credits": (
            "admin-uid",
            {"allocation_id": str(uuid4()), "change": -1, "reason": "a slip"},
        ),
        "admin.moderate_review": (
            "admin-uid",
            {"review_id": str(uuid4()), "hidden": True, "reason": "insults"},
        ),
        "admin.resolve_dispute": (
            "admin-uid",
            {"dispute_id": str(uuid4()), "outcome": "split", "return_minor": 1, "reason": "both"},
        ),
        "admin.set_role": ("admin-uid", {"user_id": "ada", "role": "support", "reason": "joins us"}),
        "admin.block_user": ("admin-uid", {"user_id": "bob", "reason": "insults"}),
        "admin.unblock_user": ("admin-uid", {"user_id": "blair", "reason": "a mistake"}),
        "admin.sign_out_user": ("admin-uid", {"user_id": "bob", "reason": "a lost phone"}),
        "admin.waive_fee": ("admin-uid", {"booking_id": studio.booking, "reason": "goodwill"}),
        "admin.add_resource": ("admin-uid", {"name": uuid4().hex}),
        "admin.retire_resource": ("admin-uid", {"resource_id": str(uuid4())}),
        "admin.add_webhook": (
            "admin-uid",
            {"url": "https://example.com/x", "types": ["session:booked"], **why},
        ),
        "admin.update_webhook": ("admin-uid", {"endpoint_id": str(uuid4()), "active": False, **why}),
        "admin.rotate_webhook_secret": ("admin-uid", {"endpoint_id": str(uuid4()), **why}),
        "admin.remove_webhook": ("admin-uid", {"endpoint_id": str(uuid4())}),
        "admin.replay_webhook": ("admin-uid", {"endpoint_id": str(uuid4()), "since": noon}),
        "admin.list_webhooks": ("admin-uid", {}),
        "admin.webhook_deliveries": ("admin-uid", {"endpoint_id": str(uuid4()), "failed": True}),
        "admin.permit_export": ("admin-uid", {"user_id": "ada", "reason": "asked by letter"}),
        "admin.export_user": ("admin-uid", {"user_id": "ada", "section": "account"}),
        "admin.delete_user": (
            "admin-uid",
            {"user_id": "bob", "cancel_sessions": True, "reason": "asked by letter"},
        ),
        "admin.preview_broadcast": ("admin-uid", _ANNOUNCED),
        "admin.send_broadcast": (
            "admin-uid",
            {**_ANNOUNCED, "confirmed": 1, "reason": "the hall is painted"},
        ),
        "admin.stop_broadcast": ("admin-uid", {"broadcast_id": str(uuid4())}),
        "admin.list_broadcasts": ("admin-uid", {}),
        "admin.list_notifications": (
            "admin-uid",
            {
                "user_id": "tom",
                "category": "booking",
                "state": "accepted",
                "text": "at_once",
                "format": "csv",
            },
        ),
        "admin.notification_stats": ("admin-uid", {"by": "reason", "since": noon, "channel": "push"}),
        "admin.search_audit": ("admin-uid", {"subject": "trainers/tom", "since": noon, "limit": 5}),
        "admin.export_audit": ("admin-uid", {"actor": "tom", "byte_order_mark": True, "cursor": "0"}),
    }


def _availability(studio: Studio, noon: str) -> dict[str, Sample]:
    return {
        "availability.set_weekly_hours": (
            "eve",
            {"hours": [{"weekday": 1, "start": "09:00", "end": "12:00"}]},
        ),
        "availability.set_override": ("eve", {"on_date": noon[:10], "hours": []}),
        "availability.add_time_off": ("eve", {"first_date": noon[:10], "last_date": noon[:10]}),
        "availability.remove_time_off": ("eve", {"time_off_id": str(uuid4())}),
        "availability.explain_slot": ("ada", {"service_id": studio.service, "starts_at": noon}),
    }


def _claims(studio: Studio, noon: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """The same of holds, requests and classes."""
    return {
        "bookings.hold_slot": ("bob", {"service_id": studio.service, "starts_at": noon, "seats": 1}),
        "bookings.extend_hold": ("ada", {"booking_id": studio.hold}),
        "bookings.confirm_hold": ("ada", {"booking_id": studio.hold, "pay_with": "money"}),
        "bookings.release_hold": ("ada", {"booking_id": studio.hold}),
        "bookings.confirm_booking": ("tom", {"booking_id": studio.request}),
        "bookings.decline_booking": ("tom", {"booking_id": studio.request, "reason": "ill"}),
        "bookings.create_session": (
            "tom",
            {"service_id": studio.service, "starts_at": noon, "capacity": 8, "title": "Open mat"},
        ),
        "bookings.update_session": ("tom", {"session_id": studio.class_, "title": "Open mat"}),
        "bookings.resize_session": ("tom", {"session_id": studio.class_, "capacity": 9}),
        "bookings.cancel_session": ("tom", {"session_id": studio.class_, "reason": "ill"}),
    }


def _reviews(studio: Studio, noon: str) -> dict[str, Sample]:
    said = {"text": "It did not take place.", "links": ["https://example.com/photo"]}
    return {
        "reviews.write_review": ("ada", {"booking_id": studio.booking, "rating": 5, "text": "Good."}),
        "reviews.edit_review": ("ada", {"review_id": str(uuid4()), "rating": 4, "text": ""}),
        "reviews.delete_review": ("ada", {"review_id": str(uuid4())}),
        "reviews.reply_to_review": ("tom", {"review_id": str(uuid4()), "text": "Thanks."}),
        "reviews.open_dispute": ("ada", {"booking_id": studio.booking, "reason": "wrong_fee", **said}),
        "reviews.answer_dispute": ("tom", {"dispute_id": str(uuid4()), **said}),
        "reviews.add_evidence": ("ada", {"dispute_id": str(uuid4()), **said}),
        "reviews.withdraw_dispute": ("ada", {"dispute_id": str(uuid4())}),
    }


def _notifications(studio: Studio, noon: str) -> dict[str, Sample]:
    phone, token, told = "phone-of-ada-0001", "token-of-ada-0001", str(uuid4())
    quiet = [{"weekday": 1, "from": "22:00", "until": "07:00"}]
    types = {"session.booked": {"push": False, "email": True}}
    return {
        "notifications.register_installation": (
            "ada",
            {
                "installation_id": phone,
                "platform": "ios",
                "token": token,
                "app_version": "1.0",
                "locale": "en",
            },
        ),
        "notifications.refresh_installation": ("ada", {"installation_id": phone, "token": token}),
        "notifications.remove_installation": ("ada", {"installation_id": phone}),
        "notifications.update_notification_settings": (
            "ada",
            {"enabled": True, "types": types, "quiet": quiet, "time_zone": "UTC", "digest": "daily"},
        ),
        "notifications.get_notification_settings": ("ada", {}),
        **{
            f"notifications.{name}": ("ada", {"notification_ids": [told]})
            for name in ("mark_read", "mark_unread", "archive", "unarchive")
        },
        "notifications.snooze": ("ada", {"notification_id": told, "until": noon}),
        "notifications.acknowledge": ("ada", {"notification_id": told, "what": "shown", "at": noon}),
        "notifications.explain_delivery": ("ada", {"notification_id": told}),
    }


_SAMPLES = {
    "notifications": _notifications,
    "reviews": _reviews,
    "account": _account,
    "trainers": _trainers,
    "bookings": _bookings,
    "admin": _admin,
    "availability": _availability,
}
