"""What it costs: United States list prices, without free quotas and discounts.

Firestore in a US region (Oregon: reads 0.03, writes 0.09 dollars per 100,000), Cloud Run in a tier 1 region, Cloud SQL
Enterprise in Iowa, as their pricing pages had them in the first half of 2026. Traffic to the internet is not in it.
"""

from dataclasses import dataclass

from benches.scale.day import Day, Deployment
from benches.scale.measured import CALLABLES_PER_VCPU

READ, WRITE = 0.03 / 100_000, 0.09 / 100_000
VCPU_SECOND, GIB_SECOND = 0.000_024, 0.000_002_5
# For instances and workers that are always there.
KEPT_VCPU_SECOND, KEPT_GIB_SECOND = 0.000_018, 0.000_002
REQUEST = 0.40 / 1_000_000
DATABASE_VCPU_HOUR, DATABASE_GIB_HOUR = 0.0413, 0.007
# A standby in another zone costs as much as the machine itself.
_DATABASE_MACHINES = 2
_GIB_PER_INSTANCE = 0.5
_HOURS_PER_MONTH, _SECONDS_PER_MONTH = 730, 730 * 3600

# Assumption: an app is opened five times for every booking, and reads thirty documents then.
READS_PER_BOOKING = 5 * 30


@dataclass(frozen=True)
class Costs:
    """Dollars per thousand bookings."""

    writes: float
    reads: float
    calls: float
    kept: float
    database: float

    @property
    def total(self) -> float:
        return self.writes + self.reads + self.calls + self.kept + self.database


def cost_per_thousand_bookings(day: Day, bookings_per_month: float) -> Costs:
    """What a thousand bookings cost when what is always there is shared by a month's."""
    traffic = day.traffic
    reads = day.fan_out.reads / traffic.bookings + READS_PER_BOOKING
    per_call = (VCPU_SECOND + _GIB_PER_INSTANCE * GIB_SECOND) / CALLABLES_PER_VCPU + REQUEST
    return Costs(
        writes=1_000 * traffic.writes / traffic.bookings * WRITE,
        reads=1_000 * reads * READ,
        calls=1_000 * traffic.calls / traffic.bookings * per_call,
        kept=1_000 * _kept_per_month(day.deployment) / bookings_per_month,
        database=1_000 * _database_per_month(day.deployment) / bookings_per_month,
    )


def _kept_per_month(deployment: Deployment) -> float:
    """One warm instance and the workers; more instances are warm only around a release, and cost as calls do."""
    kept = min(1, deployment.warm) + deployment.workers
    return kept * (KEPT_VCPU_SECOND + _GIB_PER_INSTANCE * KEPT_GIB_SECOND) * _SECONDS_PER_MONTH


def _database_per_month(deployment: Deployment) -> float:
    machine = (
        deployment.database_vcpus * DATABASE_VCPU_HOUR + deployment.database_gib * DATABASE_GIB_HOUR
    ) * _HOURS_PER_MONTH
    return _DATABASE_MACHINES * machine
