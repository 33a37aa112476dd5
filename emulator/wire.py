"""The Firestore API's raw protobuf messages, without the cost of importing the whole client library.

`import google.cloud.firestore_v1` takes some 400 ms because its package module imports every client; the
message modules below it take 10 ms. They are imported here under stand-ins for the two package modules, which
are removed again at once, so that a process that later imports the client library gets the real ones.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import google.cloud
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.status_pb2 import Status
from google.type.latlng_pb2 import LatLng

_PACKAGE = "google.cloud.firestore_v1"
_TYPES = f"{_PACKAGE}.types"


def _stand_in(name: str, folder: Path) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = [str(folder)]
    return module


def _import_types() -> list[Any]:
    names = [
        f"{_TYPES}.{part}"
        for part in ("document", "query", "query_profile", "write", "aggregation_result", "firestore")
    ]
    if _PACKAGE in sys.modules:
        return [import_module(name) for name in names]
    folder = next(path for entry in google.cloud.__path__ if (path := Path(entry) / "firestore_v1").is_dir())
    sys.modules[_PACKAGE] = _stand_in(_PACKAGE, folder)
    sys.modules[_TYPES] = _stand_in(_TYPES, folder / "types")
    try:
        return [import_module(name) for name in names]
    finally:
        del sys.modules[_PACKAGE], sys.modules[_TYPES]


def _messages() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in _import_types():
        for name in module.__protobuf__.manifest:
            found[name] = getattr(module, name).pb()
    found["Empty"] = Empty
    return found


MESSAGES: dict[str, Any] = _messages()
"""Every message class of the API by its short name."""

if TYPE_CHECKING:
    from google.cloud.firestore_v1.types import (
        AggregationResult,
        ArrayValue,
        Cursor,
        Document,
        DocumentMask,
        DocumentTransform,
        ListenRequest,
        ListenResponse,
        MapValue,
        Precondition,
        StructuredAggregationQuery,
        StructuredQuery,
        Target,
        TargetChange,
        TransactionOptions,
        Value,
        Write,
        WriteResult,
    )
else:
    AggregationResult = MESSAGES["AggregationResult"]
    ArrayValue = MESSAGES["ArrayValue"]
    Cursor = MESSAGES["Cursor"]
    Document = MESSAGES["Document"]
    DocumentTransform = MESSAGES["DocumentTransform"]
    ListenRequest = MESSAGES["ListenRequest"]
    ListenResponse = MESSAGES["ListenResponse"]
    MapValue = MESSAGES["MapValue"]
    StructuredAggregationQuery = MESSAGES["StructuredAggregationQuery"]
    StructuredQuery = MESSAGES["StructuredQuery"]
    Target = MESSAGES["Target"]
    TargetChange = MESSAGES["TargetChange"]
    Value = MESSAGES["Value"]
    Write = MESSAGES["Write"]
    WriteResult = MESSAGES["WriteResult"]
    DocumentMask = type(MESSAGES["GetDocumentRequest"]().mask)
    Precondition = type(MESSAGES["Write"]().current_document)
    TransactionOptions = type(MESSAGES["BeginTransactionRequest"]().options)

__all__ = [
    "MESSAGES",
    "AggregationResult",
    "ArrayValue",
    "Cursor",
    "Document",
    "DocumentMask",
    "DocumentTransform",
    "LatLng",
    "ListenRequest",
    "ListenResponse",
    "MapValue",
    "Precondition",
    "Status",
    "StructuredAggregationQuery",
    "StructuredQuery",
    "Target",
    "TargetChange",
    "Timestamp",
    "TransactionOptions",
    "Value",
    "Write",
    "WriteResult",
]
