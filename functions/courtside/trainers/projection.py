"""`trainers/{trainer_id}`: the public card and profile, built from an allow-list of fields."""

from collections.abc import Sequence

from courtside.firestore.values import Fields
from courtside.trainers.model import Service, Trainer, horizon_days, horizons, min_notice_minutes


def project_trainer(trainer: Trainer, services: Sequence[Service]) -> Fields | None:
    """The public fields of a trainer, or None until it is approved: everyone may read this document."""
    if not trainer.is_approved:
        return None
    return {
        "display_name": trainer.display_name,
        "headline": trainer.headline,
        "bio": trainer.bio,
        "city": trainer.city,
        "specialties": trainer.specialties,
        "languages": trainer.languages,
        "time_zone": trainer.time_zone,
        "horizon_days": horizons(trainer, services)[-1],
        "approved_at": trainer.approved_at,
        "services": [_project_service(trainer, service) for service in services if service.active],
    }


def _project_service(trainer: Trainer, service: Service) -> Fields:
    return {
        "service_id": str(service.id),
        "name": service.name,
        "description": service.description,
        "duration_minutes": service.duration_minutes,
        "capacity": service.capacity,
        "price_minor": service.price_minor,
        "currency": service.currency,
        "credit_price": service.credit_price,
        "max_seats_per_booking": service.max_seats_per_booking,
        "min_notice_minutes": min_notice_minutes(trainer, service),
        "horizon_days": horizon_days(trainer, service),
        "requires_confirmation": service.requires_confirmation,
        "policy": service.policy,
        "reminders": service.reminders,
    }
