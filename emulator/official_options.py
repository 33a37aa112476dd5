"""The options that the Firebase CLI gives to Google's emulator, so that ours can stand in its place."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from emulator.triggers.hosts import Address, BodyEncoding, parse_address


def add_official(parser: argparse.ArgumentParser) -> None:
    """Add them; one that asks for what there is not is refused by name."""
    group = parser.add_argument_group("as the Firebase CLI starts Google's emulator")
    group.add_argument(
        "--functions_emulator",
        dest="functions",
        type=_functions_emulator,
        metavar="HOST:PORT",
        help="like --functions, for the official functions emulator, which takes the bodies of events as base64",
    )
    group.add_argument(
        "--seed_from_export",
        type=Path,
        metavar="FILE",
        help="begin with the documents of an export that this emulator wrote: its .overall_export_metadata",
    )
    group.add_argument(
        "--project_id",
        metavar="ID",
        help="the project into which --seed_from_export puts documents; any project exists as soon as it is named",
    )
    group.add_argument(
        "--single_project_mode", nargs="?", const="true", metavar="BOOL", help="accepted, without effect"
    )
    group.add_argument(
        "--websocket_port",
        type=int,
        metavar="PORT",
        help="accepted: the requests monitor of the UI is not served",
    )
    group.add_argument(
        "--database-edition",
        "--database_edition",
        choices=["standard"],
        metavar="standard",
        help="standard only",
    )
    group.add_argument(
        "--webchannel_port", action=_Refused, reason="WebChannel is served on --port, with everything else"
    )


def _functions_emulator(text: str) -> Address:
    return host_and_port(text, BodyEncoding.BASE64)


def host_and_port(text: str, encoding: BodyEncoding = BodyEncoding.RAW) -> Address:
    """The functions host that an option names."""
    try:
        return parse_address(text, encoding)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


class _Refused(argparse.Action):
    """An option of Google's emulator that cannot be honoured."""

    def __init__(self, option_strings: Sequence[str], dest: str, reason: str) -> None:
        super().__init__(option_strings, dest, help=argparse.SUPPRESS)
        self._reason = reason

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> NoReturn:
        """End with the reason."""
        parser.error(f"{option_string} is not supported: {self._reason}")
