"""Nearest-neighbour search: every document of the underlying query is compared (a flat index)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import dist, fsum, hypot, inf, isnan

from emulator.core.documents import Version
from emulator.core.errors import InvalidArgument
from emulator.core.fields import find_value, set_value
from emulator.core.order import is_vector
from emulator.core.paths import FieldPath, parse_field_path
from emulator.wire import Document, StructuredQuery, Value

MAX_NEIGHBOURS = 1000
MAX_DIMENSIONS = 2048
Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """Which vectors are searched, and how many of the nearest are wanted."""

    path: FieldPath
    vector: Vector
    measure: str
    limit: int
    threshold: float | None
    result_path: FieldPath | None

    def distance(self, other: Vector) -> float | None:
        """The distance by the measure, None where there is none (other dimensions, cosine of a zero vector)."""
        if len(other) != len(self.vector):
            return None
        if self.measure == "EUCLIDEAN":
            return dist(self.vector, other)
        product = fsum(left * right for left, right in zip(self.vector, other, strict=True))
        if self.measure == "DOT_PRODUCT":
            return product
        lengths = hypot(*self.vector) * hypot(*other)
        return 1 - product / lengths if lengths else None

    def admits(self, distance: float | None) -> bool:
        """Whether a distance is within the threshold; a dot product is a likeness, so it must reach it."""
        if distance is None or isnan(distance):
            return False
        if self.measure == "DOT_PRODUCT":
            return distance >= (-inf if self.threshold is None else self.threshold)
        return distance <= (inf if self.threshold is None else self.threshold)


def nearest_of(nearest: Nearest, found: Iterable[Version]) -> list[Document]:
    """The nearest documents, nearest first, with their distance in the field that was asked for."""
    measured = [
        (nearest.distance(vector), version)
        for version in found
        if (vector := _vector_at(nearest.path, version))
    ]
    admitted = [(distance or 0.0, version) for distance, version in measured if nearest.admits(distance)]
    admitted.sort(key=lambda pair: pair[0], reverse=nearest.measure == "DOT_PRODUCT")
    return [_with_distance(nearest, distance, version) for distance, version in admitted[: nearest.limit]]


def _with_distance(nearest: Nearest, distance: float, version: Version) -> Document:
    if nearest.result_path is None:
        return version.document
    document = Document()
    document.CopyFrom(version.document)
    set_value(document.fields, nearest.result_path, Value(double_value=distance))
    return document


def _vector_at(path: FieldPath, version: Version) -> Vector | None:
    value = find_value(version.document.fields, path)
    return _numbers(value) if value is not None and is_vector(value) else None


def _numbers(vector: Value) -> Vector:
    elements: Sequence[Value] = vector.map_value.fields["value"].array_value.values
    return tuple(float(getattr(element, element.WhichOneof("value_type"))) for element in elements)


def parse_nearest(find: StructuredQuery.FindNearest) -> Nearest:
    """The search that a request describes."""
    measure = StructuredQuery.FindNearest.DistanceMeasure.Name(find.distance_measure)
    if measure == "DISTANCE_MEASURE_UNSPECIFIED":
        raise InvalidArgument("find_nearest needs a distance measure")
    if not 1 <= find.limit.value <= MAX_NEIGHBOURS:
        raise InvalidArgument(f"the limit of find_nearest must be within 1 and {MAX_NEIGHBOURS}")
    if not is_vector(find.query_vector):
        raise InvalidArgument("the query_vector of find_nearest must be a vector")
    vector = _numbers(find.query_vector)
    if not 1 <= len(vector) <= MAX_DIMENSIONS:
        raise InvalidArgument(f"the query_vector of find_nearest must have 1 to {MAX_DIMENSIONS} dimensions")
    return Nearest(
        parse_field_path(find.vector_field.field_path),
        vector,
        measure,
        find.limit.value,
        find.distance_threshold.value if find.HasField("distance_threshold") else None,
        parse_field_path(find.distance_result_field) if find.distance_result_field else None,
    )
