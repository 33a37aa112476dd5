"""Whether processes have ended."""

import psutil


def runs_on(process: psutil.Process) -> bool:
    """Whether it has not ended; one that has may wait for a distant parent to take note of it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
