"""Exports and deletions, on the callables `account` and `admin`."""

from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.edge.commands import ANYONE, REGISTERED
from courtside.identity.admin import ADMINS, PER_EXPORT
from courtside.identity.api import commands as commands
from courtside.privacy import export, service
from courtside.privacy.schemas import (
    DeleteAccount,
    DeletedView,
    DeleteUser,
    DeletionProgress,
    ExportAccount,
    ExportPage,
    ExportUser,
    PermitExport,
    PermitView,
    ProgressView,
)
from courtside.standing.api import commands as admin_commands


@commands.query(ExportAccount, roles=REGISTERED, rate_limit=PER_EXPORT)
def export_account(inquiry: Inquiry, query: ExportAccount) -> ExportPage:
    """All that is held about oneself."""
    return export.export(inquiry, inquiry.actor.uid, query)


@commands.command(DeleteAccount, roles=REGISTERED, recent_sign_in=True)
def delete_account(uow: UnitOfWork, command: DeleteAccount) -> DeletedView:
    """No account any more."""
    return service.delete_account(uow, uow.actor.uid, cancel_sessions=command.cancel_sessions)


@commands.query(DeletionProgress, roles=ANYONE)
def deletion_progress(inquiry: Inquiry, query: DeletionProgress) -> ProgressView:
    """Whether all of it is gone."""
    return service.deletion_progress(inquiry, query.receipt)


@admin_commands.command(PermitExport, roles=ADMINS, dangerous=True)
def permit_export(uow: UnitOfWork, command: PermitExport) -> PermitView:
    """Say why, before looking."""
    return export.permit_export(uow, command)


@admin_commands.query(ExportUser, roles=ADMINS, rate_limit=PER_EXPORT)
def export_user(inquiry: Inquiry, query: ExportUser) -> ExportPage:
    """All that is held about somebody."""
    return export.export_user(inquiry, query)


@admin_commands.command(DeleteUser, roles=ADMINS, dangerous=True)
def delete_user(uow: UnitOfWork, command: DeleteUser) -> DeletedView:
    """No account any more, for somebody else."""
    return service.delete_account(uow, command.user_id, cancel_sessions=command.cancel_sessions)
