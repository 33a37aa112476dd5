"""What admins send and get for roles, blocks and sign-outs."""

from courtside.actors import Role
from courtside.edge.commands import DangerousSchema, View
from courtside.fields import UserId


class SetRole(DangerousSchema):
    """`admin.set_role`: another role for somebody else; `trainer` for those alone who were approved as one."""

    user_id: UserId
    role: Role


class BlockUser(DangerousSchema):
    """`admin.block_user`: the account can do and see nothing private any more; what it has booked stays."""

    user_id: UserId


class UnblockUser(DangerousSchema):
    """`admin.unblock_user`: the account can do again what its role may."""

    user_id: UserId


class SignOutUser(DangerousSchema):
    """`admin.sign_out_user`: every sign-in of somebody else ends."""

    user_id: UserId


class RoleView(View):
    """The account's role now."""

    user_id: str
    role: str


class BlockView(View):
    """Whether the account is blocked now, and what of its bookings and booked sessions to come stands."""

    user_id: str
    blocked: bool
    bookings: int
    sessions: int
