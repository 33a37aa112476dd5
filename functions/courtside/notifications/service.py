"""Puts what a unit of work's events mean to people into their inboxes, in the same transaction."""

from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications import policy, store


def notify(uow: UnitOfWork) -> None:
    """Write the notices of all events emitted so far, and have their inbox documents written.

    What a person did is confirmed by a receipt at most, which no inbox shows.
    """
    told = [notice for event in uow.events for notice in policy.notices_of(event)]
    notices = [mine for notice in told if (mine := policy.addressed(notice, uow.actor.uid)) is not None]
    if notices:
        for notification in store.insert_notifications(uow, notices):
            if not notification.receipt:
                uow.touch(f"users/{notification.user_id}/inbox/{notification.id}")
