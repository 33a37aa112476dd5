"""What admins do with webhooks, on the `admin` callable."""

from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.identity.admin import ADMINS, STAFF
from courtside.identity.admin import commands as commands
from courtside.notifications import endpoints
from courtside.notifications.schemas import (
    AddWebhook,
    DeliveryPage,
    ListWebhooks,
    RemoveWebhook,
    ReplayView,
    ReplayWebhook,
    RotateWebhookSecret,
    UpdateWebhook,
    WebhookDeliveries,
    WebhookList,
    WebhookView,
)


@commands.command(AddWebhook, roles=ADMINS, dangerous=True)
def add_webhook(uow: UnitOfWork, command: AddWebhook) -> WebhookView:
    """A receiver of what admins may know."""
    return endpoints.add(uow, command)


@commands.command(UpdateWebhook, roles=ADMINS, dangerous=True)
def update_webhook(uow: UnitOfWork, command: UpdateWebhook) -> WebhookView:
    """Change a receiver, let it rest, start it again."""
    return endpoints.update(uow, command)


@commands.command(RotateWebhookSecret, roles=ADMINS, dangerous=True)
def rotate_webhook_secret(uow: UnitOfWork, command: RotateWebhookSecret) -> WebhookView:
    """Another secret."""
    return endpoints.rotate_secret(uow, command.endpoint_id)


@commands.command(RemoveWebhook, roles=ADMINS)
def remove_webhook(uow: UnitOfWork, command: RemoveWebhook) -> WebhookView:
    """No receiver any more."""
    return endpoints.remove(uow, command.endpoint_id)


@commands.command(ReplayWebhook, roles=ADMINS)
def replay_webhook(uow: UnitOfWork, command: ReplayWebhook) -> ReplayView:
    """Messages once more."""
    return ReplayView(messages=endpoints.replay(uow, command))


@commands.query(ListWebhooks, roles=STAFF)
def list_webhooks(inquiry: Inquiry, query: ListWebhooks) -> WebhookList:
    """Every receiver and how it does."""
    return endpoints.list_all(inquiry)


@commands.query(WebhookDeliveries, roles=STAFF)
def webhook_deliveries(inquiry: Inquiry, query: WebhookDeliveries) -> DeliveryPage:
    """What was sent, what waits, what was given up."""
    return endpoints.list_deliveries(inquiry, query)
