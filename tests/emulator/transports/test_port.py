"""The one port, from its opening to its end."""

import asyncio

import grpc
import grpc.aio
import pytest

from emulator.server import serving

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)


@pytest.mark.parametrize(("request_bytes", "reply"), [(GET, b"HTTP/1.1 200"), (PREFACE, b"\x00\x00")])
def test_an_open_connection_ends_with_the_port(request_bytes: bytes, reply: bytes) -> None:
    async def check() -> None:
        async with serving("127.0.0.1", 0) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(request_bytes)
            assert (await reader.read(len(reply))) == reply

        try:
            async with asyncio.timeout(5):
                while await reader.read(65536):
                    pass
        except ConnectionResetError:
            pass
        writer.close()

    asyncio.run(check())


def test_the_port_can_be_opened_again_at_once() -> None:
    async def check() -> None:
        async with serving("127.0.0.1", 0) as running:
            port = running.port
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                await asyncio.wait_for(channel.channel_ready(), 5)
        async with serving("127.0.0.1", port) as running:
            assert running.port == port

    asyncio.run(check())
