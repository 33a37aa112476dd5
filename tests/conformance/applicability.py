"""Which tests of the suite apply to an emulator: those that the suite itself does not skip on one.

The suite marks what no emulator is expected to pass with `skip` and `skipif(FIRESTORE_EMULATOR)`, each with
a reason. That is the whole rule: of google-cloud-firestore 2.34.1 it leaves 127 of 182 sync and 100 of 156
async tests. Being parametrised with an enterprise database does not excuse a test: on an emulator that is
one more named database, and the pipeline half of such tests skips itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from tests.conformance.results import CannotRun, CollectedTest, SuiteName

APPLICABLE: Mapping[SuiteName, int] = {"sync": 127, "async": 100}
COLLECTED: Mapping[SuiteName, int] = {"sync": 182, "async": 156}

# The suite's reason for the skip -> why such a test cannot count for an emulator.
EXCLUSIONS: Mapping[str, str] = {
    "Query profile not supported in emulator.": (
        "explain metrics: plan, index usage, billing and timings as the production planner reports them"
    ),
    "Require index and seed data": (
        "vector search over documents and indexes that a separate script puts into a cloud project"
    ),
    "PartitionQuery not implemented in emulator": ("partition queries: the official emulator has none"),
    "Pipeline query not supported in emulator.": "pipelines: a feature of the enterprise edition",
    "Temporarily skipped. Not yet in production.": "documents beyond 1 MiB: skipped everywhere, unreleased",
    "backend fix required": "sum and average with start_at: skipped everywhere, the service is at fault",
    "Internal Issue b/137867104": "update_document: spared for a defect of the official emulator",
    "Internal Issue b/137865992": "get_all: spared for a defect of the official emulator",
}


def count_exclusions(collected: Iterable[CollectedTest]) -> Counter[str]:
    """Count the skipped tests by the suite's reason; a reason without an entry above raises CannotRun."""
    counts = Counter(test.skip_reason for test in collected if test.skip_reason is not None)
    unknown = sorted(counts.keys() - EXCLUSIONS.keys())
    if unknown:
        raise CannotRun(f"the suite skips tests for reasons that applicability.py does not know: {unknown}")
    return counts


def check_census(suite: SuiteName, collected: Iterable[CollectedTest]) -> None:
    """Raise CannotRun unless a whole collection has the known numbers of tests, in total and applicable."""
    tests = list(collected)
    found = (len(tests), sum(test.applies for test in tests))
    known = (COLLECTED[suite], APPLICABLE[suite])
    if found != known:
        raise CannotRun(
            f"{suite}: collected {found[0]} tests, {found[1]} applicable; expected {known[0]} and {known[1]}"
        )
