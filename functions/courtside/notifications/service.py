"""Puts what a unit of work's events mean to people into their inboxes, in the same transaction."""

from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications import policy, store


def notify(uow: UnitOfWork) -> None:
    """Write the notices of all events emitted so far, and have their inbox documents written.

    Nobody is told what they just did themselves.
    """
    notices = [
        notice
        for event in uow.events
        for notice in policy.notices_of(event)
        if notice.user_id != uow.actor.uid
    ]
    if notices:
        for notification in store.insert_notifications(uow, notices):
            uow.touch(f"users/{notification.user_id}/inbox/{notification.id}")
