"""The `reviews` callable: reviews and disputes; what admins decide is on `admin`."""

from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.commands import REGISTERED, Commands
from courtside.identity.admin import ADMINS
from courtside.identity.admin import commands as admin_commands
from courtside.reviews import disputes, service
from courtside.reviews.schemas import (
    AddEvidence,
    AnswerDispute,
    DeleteReview,
    DisputeView,
    EditReview,
    ModerateReview,
    OpenDispute,
    ReplyToReview,
    ResolveDispute,
    ReviewView,
    WithdrawDispute,
    WriteReview,
)

commands = Commands("reviews")


@commands.command(WriteReview, roles=REGISTERED)
def write_review(uow: UnitOfWork, command: WriteReview) -> ReviewView:
    """What a client says of a session."""
    return service.write_review(uow, command)


@commands.command(EditReview, roles=REGISTERED)
def edit_review(uow: UnitOfWork, command: EditReview) -> ReviewView:
    """The same again, differently."""
    return service.edit_review(uow, command)


@commands.command(DeleteReview, roles=REGISTERED)
def delete_review(uow: UnitOfWork, command: DeleteReview) -> ReviewView:
    """Not at all any more."""
    return service.delete_review(uow, command)


@commands.command(ReplyToReview, roles=REGISTERED)
def reply_to_review(uow: UnitOfWork, command: ReplyToReview) -> ReviewView:
    """What the trainer says to it."""
    return service.reply_to_review(uow, command)


@commands.command(OpenDispute, roles=REGISTERED)
def open_dispute(uow: UnitOfWork, command: OpenDispute) -> DisputeView:
    """Something about a booking is wrong."""
    return disputes.open_dispute(uow, command)


@commands.command(AnswerDispute, roles=REGISTERED)
def answer_dispute(uow: UnitOfWork, command: AnswerDispute) -> DisputeView:
    """The other side of it."""
    return disputes.answer_dispute(uow, command)


@commands.command(AddEvidence, roles=REGISTERED)
def add_evidence(uow: UnitOfWork, command: AddEvidence) -> DisputeView:
    """Something more."""
    return disputes.add_evidence(uow, command)


@commands.command(WithdrawDispute, roles=REGISTERED)
def withdraw_dispute(uow: UnitOfWork, command: WithdrawDispute) -> DisputeView:
    """Never mind."""
    return disputes.withdraw_dispute(uow, command)


@admin_commands.command(ModerateReview, roles=ADMINS)
def moderate_review(uow: UnitOfWork, command: ModerateReview) -> ReviewView:
    """Hide a review, or show it again."""
    return service.moderate_review(uow, command)


@admin_commands.command(ResolveDispute, roles=ADMINS, dangerous=True)
def resolve_dispute(uow: UnitOfWork, command: ResolveDispute) -> DisputeView:
    """Decide a dispute."""
    return disputes.resolve_dispute(uow, command)
