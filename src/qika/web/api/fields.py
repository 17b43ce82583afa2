"""Reads bytes and query strings into request structs; on failure collects all wrong fields."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import EnumMeta
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, TypeGuard, TypeVar, cast, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError

FAULTS_MAX = 200
"""Wrong fields named in one answer; nobody mends more at once."""

QUERY_FIELDS_MAX = 60

Pairs = Sequence[tuple[str, str]]
"""Names and values of a query string, in order."""

Asked = TypeVar("Asked", bound=Struct)
Json = Any
"""What JSON can say: it is looked at only to name what is wrong with it."""


MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding JSON may raise."""


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Tell a JSON object; its names are texts."""
    return isinstance(value, dict)


def is_list(value: Json) -> TypeGuard[list[Json]]:
    """Tell a JSON array."""
    return isinstance(value, list)


def json_of(body: bytes) -> Json:
    """Read JSON; raises ProblemError ``unreadable`` for anything that is none."""
    try:
        return msgspec.json.decode(body)
    except MALFORMED as error:
        raise ProblemError(ProblemCode.UNREADABLE) from error


_PLAIN_QUERY = re.compile(r"[A-Za-z0-9_.,:&=-]*").fullmatch
NOTHING: Mapping[str, Json] = MappingProxyType({})

Further = Callable[[Asked], Sequence[Fault]]
"""Checks what types cannot say; called also on the sound part of a request with wrong fields."""


def of_json(
    body: bytes,
    kind: type[Asked],
    filler: Mapping[str, Json] = NOTHING,
    further: Further[Asked] | None = None,
) -> Asked:
    """Read a JSON body; raises ProblemError with every wrong field.

    ``filler`` stands in for required fields that are wrong while ``further`` checks the rest.
    """
    try:
        return _decoder(kind).decode(body)
    except MALFORMED:
        value = json_of(body)
    try:
        return of_value(value, kind)
    except ProblemError as error:
        faults = error.faults + further_faults(value, kind, error.faults, filler, further)
        raise ProblemError(error.code, faults) from error


def of_value(value: Json, kind: type[Asked]) -> Asked:
    """Turn read JSON into a struct; raises ProblemError with every field of a wrong type."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ProblemError(ProblemCode.WRONG_FIELDS, _faults(value, kind, "")) from error


def of_query(
    query: str,
    kind: type[Asked],
    filler: Mapping[str, Json] = NOTHING,
    further: Further[Asked] | None = None,
) -> Asked:
    """Read a query string; a name without a value counts as not given."""
    return of_pairs(query_pairs(query), kind, filler, further)


def of_pairs(
    pairs: Pairs,
    kind: type[Asked],
    filler: Mapping[str, Json] = NOTHING,
    further: Further[Asked] | None = None,
) -> Asked:
    """Read the pairs of a query string."""
    given = {name: value for name, value in pairs if value and name != "lang"}
    alike = len({name for name, _ in pairs}) < len(pairs)
    doubled = [n for n in given if sum(n == other for other, _ in pairs) > 1] if alike else []
    faults = tuple(Fault(_named(name), FaultCode.REPEATED) for name in doubled)
    try:
        asked = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        faults += _faults(given, kind, "", strict=False)
        faults += further_faults(given, kind, faults, filler, further, strict=False)
        raise ProblemError(ProblemCode.WRONG_FIELDS, faults) from error
    if faults:
        raise ProblemError(ProblemCode.WRONG_FIELDS, faults)
    return asked


def query_pairs(query: str) -> Pairs:
    """Split a query string; raises ProblemError if it has too many parts."""
    if _PLAIN_QUERY(query) and query.count("&") < QUERY_FIELDS_MAX:  # most: nothing to decode
        parts = [part.partition("=") for part in query.split("&") if part]
        return [(name, value) for name, _, value in parts]
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX)
    except ValueError as error:
        raise ProblemError(ProblemCode.UNREADABLE) from error


def further_faults(
    value: Json,
    kind: type[Asked],
    faults: Sequence[Fault],
    filler: Mapping[str, Json],
    further: Further[Asked] | None,
    *,
    strict: bool = True,
) -> tuple[Fault, ...]:
    """Check the fields of ``value`` that are not already at fault."""
    if further is None or not is_object(value):
        return ()
    wrong = {head_of(fault.field) for fault in faults}
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    sound = {name: value[name] for name in value if name in known and name not in wrong}
    stand_ins = {name: filler[name] for name in filler if name in known}
    try:
        rest = msgspec.convert({**stand_ins, **sound}, kind, strict=strict)
    except (msgspec.ValidationError, RecursionError):
        return ()
    wrong |= set(stand_ins) - set(sound)
    return tuple(fault for fault in further(rest) if head_of(fault.field) not in wrong)


def head_of(field: str) -> str:
    """Give the outermost name of a field: ``card`` of ``card.issuer``."""
    return field.partition(".")[0].partition("[")[0]


@lru_cache(maxsize=64)
def _decoder(kind: type[Asked]) -> "msgspec.json.Decoder[Asked]":
    return msgspec.json.Decoder(kind)


def _faults(value: Json, kind: object, path: str, *, strict: bool = True) -> tuple[Fault, ...]:
    faults = tuple(_wrong(value, kind, path, strict=strict)[:FAULTS_MAX])
    return faults or (Fault(path or "(body)", FaultCode.TYPE, "object"),)


def _wrong(value: Json, kind: object, path: str, *, strict: bool) -> list[Fault]:
    """Name every wrong field below ``value``, which should be a ``kind``."""
    if _fits(value, kind, strict=strict):
        return []
    inner = _chosen(value, kind)
    bare, limits = _bare(inner)
    struct = _struct(bare)
    if struct is not None:
        return _wrong_in_object(value, struct, path, strict=strict)
    if get_origin(bare) is list and is_list(value):
        return _wrong_in_list(value, bare, limits, path, strict=strict)
    return [_leaf(value, bare, limits, path)]


def _fits(value: Json, kind: object, *, strict: bool) -> bool:
    try:
        msgspec.convert(value, cast("type[Any]", kind), strict=strict)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True


def _chosen(value: Json, kind: object) -> object:
    """Take the branch of a union that the value was meant for."""
    branches = [one for one in _branches(kind) if one is not type(None)]
    if isinstance(value, dict):
        structs = [b for b in branches if _struct(b) is not None]
        return (structs or branches)[0]
    return next((one for one in branches if not isinstance(one, type)), branches[0])


def _branches(kind: object) -> Sequence[object]:
    args = get_args(kind)
    return args if args and get_origin(kind) not in {list, dict, Annotated} else (kind,)


def _bare(kind: object) -> tuple[object, Meta | None]:
    if get_origin(kind) is Annotated:
        bare, *metas = cast("tuple[object, ...]", get_args(kind))
        return bare, next((m for m in metas if isinstance(m, Meta)), None)
    return kind, None


def _struct(kind: object) -> type[Struct] | None:
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def _wrong_in_object(value: Json, kind: type[Struct], path: str, *, strict: bool) -> list[Fault]:
    if not is_object(value):
        return [Fault(path or "(body)", FaultCode.TYPE, "object")]
    given = value
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    faults: list[Fault] = []
    for name, field in fields.items():
        if name in given:
            faults += _wrong(given[name], field.type, _join(path, name), strict=strict)
        elif field.required:
            faults.append(Fault(_join(path, name), FaultCode.MISSING))
    known = ", ".join(fields)
    unknown = [name for name in given if name not in fields]
    return faults + [Fault(_join(path, _named(n)), FaultCode.UNKNOWN, known) for n in unknown]


def _wrong_in_list(
    values: list[Json], kind: object, limits: Meta | None, path: str, *, strict: bool
) -> list[Fault]:
    if limits and limits.max_length is not None and len(values) > limits.max_length:
        return [Fault(path, FaultCode.TOO_MANY, str(limits.max_length))]
    if limits and limits.min_length is not None and len(values) < limits.min_length:
        return [Fault(path, FaultCode.MISSING)]
    faults: list[Fault] = []
    for number, value in enumerate(values):
        faults += _wrong(value, get_args(kind)[0], f"{path}[{number}]", strict=strict)
        if len(faults) >= FAULTS_MAX:
            break
    return faults


def _leaf(value: Json, bare: object, limits: Meta | None, path: str) -> Fault:
    if isinstance(bare, EnumMeta):
        return Fault(
            path, FaultCode.CHOICE, ", ".join(str(one) for one in cast("Iterable[str]", bare))
        )
    name = getattr(bare, "__name__", str(bare))
    if name in _SPECIAL:
        return Fault(path, _SPECIAL[name])
    if bare is str and isinstance(value, str) and limits is not None:
        return _wrong_text(value, limits, path)
    if (bare is int or bare is float) and limits is not None and _is_number(value):
        return Fault(path, FaultCode.RANGE, f"{limits.ge} - {limits.le}")
    return Fault(path, FaultCode.TYPE, _TYPE_NAMES.get(name, name))


def _wrong_text(value: str, limits: Meta, path: str) -> Fault:
    longest = limits.max_length
    if not value:
        return Fault(path, FaultCode.MISSING)
    if longest is not None and len(value) > longest:
        return Fault(path, FaultCode.LENGTH, str(longest))
    return Fault(path, FaultCode.FORMAT, limits.description or limits.pattern or "text")


def _is_number(value: Json) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


_SPECIAL = {"date": FaultCode.DATE, "datetime": FaultCode.TIME}
_TYPE_NAMES = {"str": "string", "int": "integer", "float": "number", "bool": "true, false"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z_.\-]{0,39}")


def _named(name: str) -> str:
    """Give an unknown field's name back only if it cannot be a number or a person's name."""
    return name if _PLAIN_NAME.fullmatch(name) else "(unknown)"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
