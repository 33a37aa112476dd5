"""How people are told, on the `notifications` callable; what admins tell many and send elsewhere, on `admin`."""

from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.edge.commands import REGISTERED, Commands, Limit
from courtside.identity.admin import ADMINS, PER_EXPORT, STAFF
from courtside.identity.admin import commands as commands
from courtside.notifications import endpoints, explanation, inbox, installations, overview, settings
from courtside.notifications.broadcasts import service as broadcasts
from courtside.notifications.broadcasts.schemas import (
    BroadcastPage,
    BroadcastPreview,
    BroadcastView,
    ListBroadcasts,
    PreviewBroadcast,
    SendBroadcast,
    StopBroadcast,
)
from courtside.notifications.overview_schemas import (
    ListNotifications,
    NotificationPage,
    NotificationStats,
    StatsView,
)
from courtside.notifications.schemas import (
    Acknowledge,
    AddWebhook,
    Archive,
    DeliveryPage,
    ExplainDelivery,
    GetNotificationSettings,
    InboxView,
    InstallationView,
    ListWebhooks,
    MarkRead,
    MarkUnread,
    NotificationSettings,
    RefreshInstallation,
    RegisterInstallation,
    RemoveInstallation,
    RemoveWebhook,
    ReplayView,
    ReplayWebhook,
    RotateWebhookSecret,
    Snooze,
    Unarchive,
    UpdateNotificationSettings,
    UpdateWebhook,
    WebhookDeliveries,
    WebhookList,
    WebhookView,
)

# Everybody's own.
notifications_commands = Commands("notifications")

_PER_REGISTRATION = Limit(burst=10, per_minute=10 / (24 * 60))


@notifications_commands.command(RegisterInstallation, roles=REGISTERED, rate_limit=_PER_REGISTRATION)
def register_installation(uow: UnitOfWork, command: RegisterInstallation) -> InstallationView:
    """Pushes go there as well."""
    return installations.register(uow, command)


@notifications_commands.command(RefreshInstallation, roles=REGISTERED)
def refresh_installation(uow: UnitOfWork, command: RefreshInstallation) -> InstallationView:
    """It is in use."""
    return installations.refresh(uow, command)


@notifications_commands.command(RemoveInstallation, roles=REGISTERED)
def remove_installation(uow: UnitOfWork, command: RemoveInstallation) -> InstallationView:
    """No more pushes there."""
    return installations.remove(uow, command.installation_id)


@notifications_commands.command(UpdateNotificationSettings, roles=REGISTERED)
def update_notification_settings(
    uow: UnitOfWork, command: UpdateNotificationSettings
) -> NotificationSettings:
    """Be told otherwise."""
    return settings.update(uow, command)


@notifications_commands.query(GetNotificationSettings, roles=REGISTERED)
def get_notification_settings(inquiry: Inquiry, query: GetNotificationSettings) -> NotificationSettings:
    """How one is told."""
    return settings.get(inquiry, inquiry.actor.uid)


@notifications_commands.command(MarkRead, roles=REGISTERED)
def mark_read(uow: UnitOfWork, command: MarkRead) -> InboxView:
    """They were read."""
    return inbox.mark_read(uow, command)


@notifications_commands.command(MarkUnread, roles=REGISTERED)
def mark_unread(uow: UnitOfWork, command: MarkUnread) -> InboxView:
    """They were not."""
    return inbox.mark_unread(uow, command)


@notifications_commands.command(Archive, roles=REGISTERED)
def archive(uow: UnitOfWork, command: Archive) -> InboxView:
    """Out of the way."""
    return inbox.archive(uow, command)


@notifications_commands.command(Unarchive, roles=REGISTERED)
def unarchive(uow: UnitOfWork, command: Unarchive) -> InboxView:
    """Back again."""
    return inbox.unarchive(uow, command)


@notifications_commands.command(Snooze, roles=REGISTERED)
def snooze(uow: UnitOfWork, command: Snooze) -> InboxView:
    """Away until then."""
    return inbox.snooze(uow, command)


@notifications_commands.command(Acknowledge, roles=REGISTERED)
def acknowledge(uow: UnitOfWork, command: Acknowledge) -> InboxView:
    """What was seen of it."""
    return inbox.acknowledge(uow, command)


@notifications_commands.query(ExplainDelivery, roles=REGISTERED)
def explain_delivery(inquiry: Inquiry, query: ExplainDelivery) -> explanation.Explanation:
    """Why it was told, or was not."""
    return explanation.explain(inquiry, query.notification_id)


@commands.query(ListNotifications, roles=STAFF, rate_limit=PER_EXPORT)
def list_notifications(inquiry: Inquiry, query: ListNotifications) -> NotificationPage:
    """Who was told of what, and what became of it."""
    return overview.list_notifications(inquiry, query)


@commands.query(NotificationStats, roles=STAFF, rate_limit=PER_EXPORT)
def notification_stats(inquiry: Inquiry, query: NotificationStats) -> StatsView:
    """How many, how fast, and why not."""
    return overview.notification_stats(inquiry, query)


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


@commands.query(PreviewBroadcast, roles=ADMINS, rate_limit=PER_EXPORT)
def preview_broadcast(inquiry: Inquiry, query: PreviewBroadcast) -> BroadcastPreview:
    """What a broadcast would come to."""
    return broadcasts.preview(inquiry, query)


@commands.command(SendBroadcast, roles=ADMINS, dangerous=True)
def send_broadcast(uow: UnitOfWork, command: SendBroadcast) -> BroadcastView:
    """Tell an audience."""
    return broadcasts.send(uow, command)


@commands.command(StopBroadcast, roles=ADMINS)
def stop_broadcast(uow: UnitOfWork, command: StopBroadcast) -> BroadcastView:
    """Tell nobody else."""
    return broadcasts.stop(uow, command)


@commands.query(ListBroadcasts, roles=STAFF)
def list_broadcasts(inquiry: Inquiry, query: ListBroadcasts) -> BroadcastPage:
    """What was told to many, and how far it has come."""
    return broadcasts.list_page(inquiry, query)
