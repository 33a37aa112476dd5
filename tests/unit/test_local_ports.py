"""Ports of the local suite: taken ones are refused in words that help."""

import os
import socket

import pytest

from local.errors import PortTaken
from local.ports import LOOPBACK, free_ports, is_taken, require_free


def test_port_is_refused_with_its_holder_and_the_way_out() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

        with pytest.raises(PortTaken) as refusal:
            require_free(port, "Postgres", "--port-postgres")

    text = str(refusal.value)
    assert f"Postgres needs port {port}" in text
    assert f"(pid {os.getpid()})" in text
    assert "--port-postgres" in text


def test_port_is_refused_without_a_holder_when_the_system_does_not_tell() -> None:
    assert str(PortTaken("Auth emulator", 9099)) == "Auth emulator needs port 9099, which is in use."


def test_port_is_free_after_its_listener_closed() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        assert is_taken(port)

    assert not is_taken(port)
    require_free(port, "Postgres")


def test_free_ports_are_different() -> None:
    ports = free_ports(20)

    assert len(set(ports)) == 20
