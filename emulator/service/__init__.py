"""The one place that every call of every transport passes: faults before it, its bill after it."""
