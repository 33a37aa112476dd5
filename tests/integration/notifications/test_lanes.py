"""Several lanes of one channel: what one finds out about its receiver, the others know."""

from courtside.notifications.breaker import FAILURES_TO_OPEN
from courtside.relay.delivery_lanes import PushSender, open_senders
from local.fcm.client import FcmStandIn
from tests.integration.notifications.channels import Channels, book_for


def test_lanes_of_pushes_share_what_they_know_of_fcm_and_each_push(
    channels: Channels, fcm: FcmStandIn
) -> None:
    opened = open_senders(channels.world.backends.settings)
    first, second, *_ = (each for each in opened if isinstance(each, PushSender))
    book_for(channels)

    assert [channels.send(each) for each in (first, second)] == [1, 0]
    for _ in range(FAILURES_TO_OPEN):
        first.breaker.note(answered=False)

    assert second.breaker.closed_seconds > 0
    assert len(fcm.messages("phone:tom")) == 1
    for sender in opened:
        sender.close()
