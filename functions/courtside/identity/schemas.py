"""What clients send and get for accounts."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from courtside.edge.commands import CommandSchema, View
from courtside.fields import DisplayName, Locale, TimeZoneName

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]


class Registration(BaseModel):
    """What an account says of its person."""

    display_name: DisplayName
    time_zone: TimeZoneName
    locale: Locale = "en"
    phone: Phone | None = None


class RegisterClient(CommandSchema, Registration):
    """`account.register_client`: the signed-in person becomes a client."""


class AccountView(View):
    """The account that there is now; documents about it are at `clients/{user_id}`."""

    user_id: str
    role: str
