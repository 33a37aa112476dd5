"""The mail server as a process of the suite and of tests."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.environment import ROOT
from local.mail.client import MailSink
from local.ports import LOOPBACK, accepts_connections, free_ports, require_free
from local.processes import ChildProcess, spawn

PART = "Mail server"
_USER = "courtside"
_START_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class MailServer:
    """A running mail server; `certificate` is there as soon as it is ready."""

    smtp_port: int
    page_port: int
    certificate: Path
    process: ChildProcess

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.page_port}"

    @property
    def smtp_url(self) -> str:
        return smtp_url(self.smtp_port)

    def is_ready(self) -> bool:
        return accepts_connections(self.page_port)


def smtp_url(port: int) -> str:
    """What SMTP_URL takes: `smtp` begins in the clear and goes on with STARTTLS."""
    return f"smtp://{_USER}:{_USER}@{LOOPBACK}:{port}"


def spawn_mail(smtp_port: int, page_port: int, certificate: Path, log: Path) -> MailServer:
    """Start a mail server without waiting for it; the caller stops its process."""
    require_free(smtp_port, PART, "--port-smtp")
    require_free(page_port, PART, "--port-mail")
    command = [sys.executable, "-m", "local.mail", "--host", LOOPBACK, "--certificate", str(certificate)]
    ports = ["--smtp-port", str(smtp_port), "--page-port", str(page_port)]
    return MailServer(smtp_port, page_port, certificate, spawn(PART, [*command, *ports], log=log, cwd=ROOT))


@contextmanager
def running_mail(*, log: Path | None = None) -> Iterator[MailSink]:
    """A mail server, as its client, for as long as the block runs, on free loopback ports.

    Raises PortTaken and PartFailed, the latter with what the server wrote.
    """
    with tempfile.TemporaryDirectory(prefix="courtside-mail-") as scratch:
        certificate = Path(scratch) / "certificate.pem"
        smtp_port, page_port = free_ports(2)
        server = spawn_mail(smtp_port, page_port, certificate, log or Path(scratch) / "mail.log")
        try:
            server.process.wait_until(server.is_ready, _START_TIMEOUT_SECONDS)
            with MailSink(server.url, server.smtp_url, str(certificate)) as client:
                yield client
        finally:
            server.process.stop()
