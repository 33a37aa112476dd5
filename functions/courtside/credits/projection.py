"""What `clients/{client_id}` shows of credits and fees."""

from collections.abc import Sequence

from courtside.credits.model import Allocation, Balance
from courtside.firestore.values import Fields


def project_credits(allocations: Sequence[Allocation], fees: Sequence[Balance]) -> Fields:
    """What is left in total and of each allocation, first to expire first; what is owed, by currency."""
    return {
        "credits": sum(allocation.remaining for allocation in allocations),
        "allocations": [
            {
                "allocation_id": str(allocation.id),
                "remaining": allocation.remaining,
                "amount": allocation.amount,
                "expires_at": allocation.expires_at,
                "trainer_id": allocation.trainer_id,
                "service_id": str(allocation.service_id) if allocation.service_id else None,
                "reason": allocation.reason,
            }
            for allocation in allocations
        ],
        "fees_due": [{"currency": fee.currency, "amount_minor": fee.due_minor} for fee in fees],
    }
