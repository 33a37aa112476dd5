"""The gRPC side: requests decoded, refusals turned into statuses, responses written."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from emulator.core.errors import Code, FirestoreError, InvalidArgument
from emulator.core.rpc.table import RPCS, SERVICE, StreamingRpc, UnaryRpc
from emulator.service.callers import LABEL_HEADER, Caller
from emulator.service.service import Service
from emulator.service.streams import serve_listen, serve_write
from emulator.transports.grpc_streams import Outbox
from emulator.wire import MESSAGES, ListenRequest

_LOG = logging.getLogger(__name__)
_STATUS: dict[int, grpc.StatusCode] = {status.value[0]: status for status in grpc.StatusCode}
_YIELD_EVERY = 200
"""After so many responses of one stream others get their turn."""


def _serialize(message: Any) -> bytes:
    encoded: bytes = message.SerializeToString()
    return encoded


def _decode(message: Any, data: bytes) -> Any:
    try:
        return message.FromString(data)
    except DecodeError as error:
        raise InvalidArgument(f"the request is not a valid {message.DESCRIPTOR.name}: {error}") from None


async def _decode_all(message: Any, requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    async for request in requests:
        yield _decode(message, request)


async def refuse(context: Any, error: Exception) -> None:
    """End a call with the status of a refusal; anything else is a bug of ours and logged."""
    if isinstance(error, FirestoreError):
        await context.abort(_STATUS[error.code], error.message)
    _LOG.exception("unexpected failure while serving a call", exc_info=error)
    await context.abort(
        _STATUS[Code.INTERNAL], f"internal error of the emulator: {type(error).__name__}: {error}"
    )


def caller_of(context: Any) -> Caller:
    """Who calls, by the metadata of the call."""
    metadata: dict[str, str] = dict(context.invocation_metadata() or ())
    return Caller(metadata.get(LABEL_HEADER, ""), metadata.get("authorization", ""))


def _unary(service: Service, name: str, rpc: UnaryRpc) -> Any:
    async def serve(request: bytes, context: Any) -> Any:
        try:
            return await service.call(name, _decode(rpc.request, request), caller_of(context))
        except Exception as error:
            await refuse(context, error)

    return grpc.unary_unary_rpc_method_handler(serve, None, _serialize)


def _streaming(service: Service, name: str, rpc: StreamingRpc) -> Any:
    async def serve(request: bytes, context: Any) -> None:
        try:
            responses = await service.call(name, _decode(rpc.request, request), caller_of(context))
            for position, response in enumerate(responses):
                await context.write(response)
                if position % _YIELD_EVERY == _YIELD_EVERY - 1:
                    await asyncio.sleep(0)
        except Exception as error:
            await refuse(context, error)

    return grpc.unary_stream_rpc_method_handler(serve, None, _serialize)


def _listen(service: Service) -> Any:
    async def serve(requests: AsyncIterator[bytes], context: Any) -> None:
        outbox = Outbox()
        try:
            decoded = _decode_all(ListenRequest, requests)
            await serve_listen(
                service, caller_of(context), decoded, outbox.put, lambda: outbox.drain_into(context.write)
            )
        except Exception as error:
            await refuse(context, error)

    return grpc.stream_stream_rpc_method_handler(serve, None, None)


def _write(service: Service) -> Any:
    async def serve(requests: AsyncIterator[bytes], context: Any) -> None:
        try:
            decoded = _decode_all(MESSAGES["WriteRequest"], requests)
            await serve_write(service, caller_of(context), decoded, context.write)
        except Exception as error:
            await refuse(context, error)

    return grpc.stream_stream_rpc_method_handler(serve, None, _serialize)


class FirestoreHandler(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc has no types
    """Finds what serves a method; whatever is not supported answers UNIMPLEMENTED with its name."""

    def __init__(self, service: Service) -> None:
        self._handlers: dict[str, Any] = {
            f"/{SERVICE}/Listen": _listen(service),
            f"/{SERVICE}/Write": _write(service),
        }
        for name, rpc in RPCS.items():
            made = _unary(service, name, rpc) if isinstance(rpc, UnaryRpc) else _streaming(service, name, rpc)
            self._handlers[f"/{SERVICE}/{name}"] = made

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a call."""
        method: str = handler_call_details.method
        return self._handlers.get(method) or grpc.stream_stream_rpc_method_handler(_unimplemented(method))


def _unimplemented(method: str) -> Callable[[Any, Any], Awaitable[None]]:
    async def serve(requests: AsyncIterator[bytes], context: Any) -> None:
        await context.abort(_STATUS[Code.UNIMPLEMENTED], f"{method} is not supported by this emulator")

    return serve


async def start_grpc(service: Service, address: str) -> Any:
    """A running gRPC server at an address such as `unix:/path`."""
    server = grpc.aio.server(
        handlers=[FirestoreHandler(service)],
        options=[
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            ("grpc.max_concurrent_streams", 1_000_000),
            # Clients may keep idle connections alive with pings as often as they like.
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_ping_interval_without_data_ms", 1000),
            ("grpc.http2.max_ping_strikes", 0),
        ],
    )
    server.add_insecure_port(address)
    await server.start()
    return server
