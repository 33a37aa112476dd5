"""kill -9 between claiming, sending and marking: whoever comes next sends it, and it is seen once."""

from pathlib import Path

import pytest

from courtside import crash_points
from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.faults.workers import running_worker
from tests.integration.relay.rest import relay_to_rest, wait_until
from tests.world import World, tomorrow_at

SENT_TWICE = crash_points.SENT


@pytest.fixture
def studio(idle_world: World) -> World:
    """Tom, who has a phone, and a booking that he was not told of."""
    idle_world.approve_trainer("tom", horizon_days=3)
    service = idle_world.add_service("tom", name="Boxing")
    idle_world.register_client("ada")
    relay_to_rest(idle_world)
    idle_world.rows("UPDATE notifications SET planned_at = now() RETURNING id")
    idle_world.rows(
        "INSERT INTO installations (id, user_id, platform, token, created_at, refreshed_at)"
        " VALUES ('app', 'tom', 'android', 'phone:killed', now(), now()) RETURNING id"
    )
    idle_world.book("ada", service, tomorrow_at(10))
    return idle_world


def states(world: World, channel: str = "push") -> list[str]:
    return [state for (state,) in world.rows("SELECT state FROM deliveries WHERE channel = %s", channel)]


@pytest.mark.parametrize("point", crash_points.OF_DELIVERIES)
def test_a_killed_sender_loses_nothing_and_shows_nothing_twice(
    studio: World, fcm: FcmStandIn, point: str, tmp_path: Path
) -> None:
    variables = {"FCM_URL": fcm.url, "DELIVERY_LEASE_SECONDS": "1"}
    with running_worker(studio, tmp_path, CRASH_AT=point, **variables) as worker:
        worker.wait_until_killed()
    left = states(studio)

    with running_worker(studio, tmp_path, **variables):
        wait_until(lambda: states(studio) == ["accepted"], "the push to be accepted")

    assert left == (["accepted"] if point == crash_points.MARKED else ["sending"])
    assert len(fcm.messages("phone:killed")) == (2 if point == SENT_TWICE else 1)
    (shown,) = fcm.visible("phone:killed")
    assert shown.replaced == (1 if point == SENT_TWICE else 0)


def test_a_mail_that_a_killed_sender_did_not_mark_goes_again_under_the_same_name(
    studio: World, mail: MailSink, tmp_path: Path
) -> None:
    studio.rows("UPDATE users SET email = 'tom@example.org' WHERE id = 'tom' RETURNING id")
    server = {"SMTP_URL": mail.smtp_url, "SMTP_CA_FILE": mail.certificate}
    variables = {**server, "DELIVERY_LEASE_SECONDS": "1"}
    with running_worker(studio, tmp_path, CRASH_AT=crash_points.SENT, **variables) as worker:
        worker.wait_until_killed()

    with running_worker(studio, tmp_path, **variables):
        wait_until(lambda: states(studio, "email") == ["accepted"], "the mail to be accepted")

    first, second = mail.mails("tom@example.org")
    assert first.header("Message-ID") == second.header("Message-ID")
