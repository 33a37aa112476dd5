"""What gRPC alone takes between two Python processes: a round trip, and one message on an open stream."""

import asyncio
import time
from collections.abc import AsyncIterator
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Any

import grpc

from benches.report import Latency

_ECHO, _TICK = "/bench/echo", "/bench/tick"


def grpc_floors(count: int, pause_seconds: float) -> tuple[Latency, Latency]:
    """Latency of a unary round trip, and from the sending of a stream's message until the other process has it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    port: int = ours.recv()
    try:
        return asyncio.run(_measure(f"127.0.0.1:{port}", count, pause_seconds))
    finally:
        ours.send("stop")
        server.join(10)


async def _measure(host: str, count: int, pause_seconds: float) -> tuple[Latency, Latency]:
    async with grpc.aio.insecure_channel(host, options=[("grpc.enable_http_proxy", 0)]) as channel:
        echo = channel.unary_unary(_ECHO)
        for _ in range(20):
            await echo(b"warm")
        round_trips = []
        for _ in range(count):
            started = time.perf_counter_ns()
            await echo(b"floor")
            round_trips.append((time.perf_counter_ns() - started) / 1e6)
            await asyncio.sleep(pause_seconds)
        messages = []
        async for sent in channel.unary_stream(_TICK)(f"{count} {pause_seconds}".encode()):
            messages.append((time.time_ns() - int(sent)) / 1e6)
    return Latency.of(round_trips), Latency.of(messages)


def _serve(pipe: Pipe) -> None:
    asyncio.run(_serve_until_told(pipe))


async def _serve_until_told(pipe: Pipe) -> None:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_Floor(),))
    pipe.send(server.add_insecure_port("127.0.0.1:0"))
    await server.start()
    await asyncio.to_thread(pipe.recv)
    await server.stop(None)


class _Floor(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    def service(self, handler_call_details: Any) -> Any:
        if handler_call_details.method == _ECHO:
            return grpc.unary_unary_rpc_method_handler(_echo)
        return grpc.unary_stream_rpc_method_handler(_tick)


async def _echo(request: bytes, context: Any) -> bytes:
    return request


async def _tick(request: bytes, context: Any) -> AsyncIterator[bytes]:
    count, pause_seconds = request.decode().split()
    for _ in range(int(count)):
        await asyncio.sleep(float(pause_seconds))
        yield str(time.time_ns()).encode()
