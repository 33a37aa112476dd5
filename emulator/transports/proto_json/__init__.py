"""Messages of the API in proto3 JSON, both ways, at the speed that thousands of documents need."""

from emulator.transports.proto_json.decoding import parse_content, parse_text
from emulator.transports.proto_json.encoding import to_json

__all__ = ["parse_content", "parse_text", "to_json"]
