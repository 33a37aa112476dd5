"""`python -m local.mail`: the mail server as a process of its own."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.mail.answers import MailAnswer
from local.mail.certificate import server_context
from local.mail.mailbox import DEFAULT_KEPT, Mailbox
from local.mail.receiving import Credentials, Receiver, smtp_factory
from local.mail.routes import Routes
from local.serving.port import open_port, until_told_to_stop
from local.serving.script import Script

DEFAULT_SMTP_PORT = 1025
DEFAULT_PAGE_PORT = 8025
DEFAULT_USER = "courtside"


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; 1 when a port cannot be had."""
    given = _parser().parse_args(arguments)
    try:
        asyncio.run(_serve(given))
    except OSError as error:
        print(f"Mail server: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.mail", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument(
        "--smtp-port", type=int, default=DEFAULT_SMTP_PORT, help="default: %(default)s; 0: any free one"
    )
    parser.add_argument("--page-port", type=int, default=DEFAULT_PAGE_PORT, help="default: %(default)s")
    parser.add_argument("--certificate", type=Path, help="where to write the certificate that clients trust")
    parser.add_argument("--user", default=DEFAULT_USER, help="who may send; default: %(default)s")
    parser.add_argument("--password", default=DEFAULT_USER, help="default: %(default)s")
    parser.add_argument("--open", action="store_true", help="anybody may send, with or without TLS")
    parser.add_argument("--keep", type=int, default=DEFAULT_KEPT, metavar="N", help="newest mails to keep")
    return parser


async def _serve(given: argparse.Namespace) -> None:
    mailbox, script = Mailbox(given.keep), Script[MailAnswer]()
    with tempfile.TemporaryDirectory(prefix="mail-") as scratch:
        certificate = given.certificate or Path(scratch) / "certificate.pem"
        context = server_context(certificate, Path(scratch))
        credentials = None if given.open else Credentials(given.user, given.password)
        receive = smtp_factory(Receiver(mailbox, script), context, credentials)
        smtp = await asyncio.get_running_loop().create_server(receive, given.host, given.smtp_port)
        async with open_port(given.host, given.page_port, Routes(mailbox, script)) as page:
            number = smtp.sockets[0].getsockname()[1]
            print(f"Mail server: smtp://{given.host}:{number}, http://{given.host}:{page}", flush=True)
            await until_told_to_stop()
            smtp.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
