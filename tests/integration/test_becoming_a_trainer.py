"""Applying and being approved: roles and who may then do what."""

from tests.world import ADMIN, World


def _role(world: World, uid: str) -> str:
    ((role,),) = world.rows("SELECT role FROM users WHERE id = %s", uid)
    return str(role)


def test_an_approved_client_becomes_a_trainer(world: World) -> None:
    world.approve_trainer("tom")

    assert _role(world, "tom") == "trainer"


def test_an_admin_who_is_approved_as_a_trainer_stays_an_admin(world: World) -> None:
    world.make_admin()
    world.call(ADMIN, "trainers.apply", display_name="Root", time_zone="UTC")

    world.call(ADMIN, "trainers.approve", trainer_id=ADMIN)

    assert _role(world, ADMIN) == "admin"
