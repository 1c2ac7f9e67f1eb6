"""开发标准接口 as documents: the JSON Schema of each port, written from its Protocol and dataclasses, so that it is never out of date."""

import dataclasses
import inspect
import re
import types
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from hall.integration.plugins import ports
from hall.integration.plugins.ports import Port

_PLAIN: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    type(None): {"type": "null"},
}


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a port as it is written: `find(question: LicenceQuestion) → LicenceReply`."""

    name: str
    takes: tuple[tuple[str, str], ...]
    answers: str


@dataclass(frozen=True, slots=True)
class Standard:
    """One port for the page: what it is, its methods, how long a call may take (0: not said), the names of its values."""

    port: Port
    purpose: str
    methods: tuple[Method, ...]
    seconds: float
    values: tuple[str, ...]


def standards() -> tuple[Standard, ...]:
    """Every port of the hall, by group."""
    return tuple(_standard(port) for port in ports.known().values())


def schema(port: Port, *, address: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a port's values; `x-methods` says which method takes and answers which. `address` is its own."""
    assert port.protocol is not None
    hints = {method.name: get_type_hints(getattr(port.protocol, method.name)) for method in _methods(port)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": port.title,
        "x-group": port.group,
        "x-methods": {
            method.name: {
                "description": inspect.getdoc(getattr(port.protocol, method.name)) or "",
                "takes": {name: schema_of(hints[method.name].get(name)) for name, _ in method.takes},
                "answers": schema_of(hints[method.name].get("return")),
            }
            for method in _methods(port)
        },
        "$defs": {kind.__name__: _definition(kind) for kind in _kinds(port)},
    }


def schema_of(hint: Any) -> dict[str, Any]:
    """The JSON Schema of a type hint; values of the ports are named, not repeated."""
    if hint is None or hint in _PLAIN:
        return dict(_PLAIN[type(None) if hint is None else hint])
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return {"anyOf": [schema_of(one) for one in inner]}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(inner[1])}
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return {"type": "array", "prefixItems": [schema_of(one) for one in inner], "items": False}
    if isinstance(origin, type) and issubclass(origin, Collection):
        return {"type": "array", "items": schema_of(inner[0]), **({"uniqueItems": True} if issubclass(origin, frozenset) else {})}
    if _is_value(hint):
        return {"$ref": f"#/$defs/{hint.__name__}"}
    return {}


def _standard(port: Port) -> Standard:
    purpose = (inspect.getdoc(port.protocol) or "").partition(".")[0].partition("。")[0].strip()
    names = tuple(kind.__name__ for kind in _kinds(port))
    return Standard(port, purpose, _methods(port), float(getattr(port.protocol, "promised_seconds", 0)), names)


def _methods(port: Port) -> tuple[Method, ...]:
    own = [
        (name, one)
        for name, one in vars(port.protocol).items()
        if inspect.isfunction(one) and not name.startswith("_") and name not in {"configured", "probe"}
    ]
    return tuple(
        Method(
            name,
            tuple((one.name, _written(one.annotation)) for one in list(inspect.signature(method).parameters.values())[1:]),
            _written(inspect.signature(method).return_annotation),
        )
        for name, method in own
    )


def _written(annotation: Any) -> str:
    if isinstance(annotation, type):
        return annotation.__name__
    return re.sub(r"[A-Za-z_.]+\.(\w+)", r"\1", str(annotation))


def _is_value(kind: Any) -> bool:
    return isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, Enum))


def _kinds(port: Port) -> list[type]:
    """The values of a port's module, also those that it takes from another port, in the order in which they stand there."""
    found = {one for one in vars(port.module).values() if _is_value(one)} if port.module else set()
    return sorted(
        (one for one in found if one.__module__.startswith("hall.integration.ports.") and one.__name__ != "Setting"),
        key=lambda one: one.__name__,
    )


def _definition(kind: Any) -> dict[str, Any]:
    words = {"description": inspect.getdoc(kind) or ""}
    if issubclass(kind, Enum):
        return {**words, "type": "string", "enum": [str(one.value) for one in kind]}
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)
    required = [one.name for one in fields if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING]
    return {
        **words,
        "type": "object",
        "properties": {one.name: schema_of(hints[one.name]) for one in fields},
        "required": required,
        "additionalProperties": False,
    }
