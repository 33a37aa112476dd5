"""How the system fares: latencies, backlog and workers, for admins' screens and for telemetry."""
