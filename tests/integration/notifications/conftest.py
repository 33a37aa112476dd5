"""Fixtures of notifications: a studio at rest whose channels end at the stand-ins."""

from collections.abc import Iterator

import pytest

from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.integration.notifications.channels import Channels, open_channels
from tests.world import World


@pytest.fixture
def channels(world: World, fcm: FcmStandIn, mail: MailSink) -> Iterator[Channels]:
    """Tom with his phone `phone:tom`, and Ada; what they were told until now is forgotten."""
    world.approve_trainer("tom", horizon_days=3)
    world.register_client("ada")
    with open_channels(world, fcm, mail) as opened:
        world.rows("UPDATE notifications SET planned_at = now() RETURNING id")
        opened.install("tom", "phone:tom")
        yield opened
