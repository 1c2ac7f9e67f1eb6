"""The words a stored form may use: JSON Schema draft 2020-12, narrowed, with our own x- keywords.

Closed on purpose: an unknown keyword is a typing error that would silently check nothing. No `pattern`: a form must not be
able to bring a regular expression that stops the server.
"""

from enum import StrEnum
from typing import Any

from hall.support.formrules.rules import RULES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "^[a-z][a-z0-9_]{0,39}$"
MOST_FIELDS = 120
MOST_RADIOS = 6


class Kind(StrEnum):
    """How a field is asked, and what its checked value is."""

    TEXT = "text"  # str
    LONG_TEXT = "long_text"  # str with line breaks
    ADDRESS = "address"  # str
    NUMBER = "number"  # int or float, in `unit`
    AMOUNT = "amount"  # int, fen; typed and shown in 元
    DATE = "date"  # str, 2026-11-23
    CHOICE = "choice"  # str, radios
    SELECT = "select"  # str, a list to choose from
    MULTI = "multi"  # list of str, check boxes
    YES_NO = "yes_no"  # bool
    PROMISE = "promise"  # True
    ID_NUMBER = "id_number"  # str
    MOBILE = "mobile"  # str
    USCC = "uscc"  # str


OPTION_KINDS = frozenset({Kind.CHOICE, Kind.SELECT, Kind.MULTI})
PROSE_KINDS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.ADDRESS})
# The JSON type that each kind is stored as.
TYPES: dict[Kind, frozenset[str]] = {
    **{kind: frozenset({"string"}) for kind in Kind},
    Kind.NUMBER: frozenset({"number", "integer"}),
    Kind.AMOUNT: frozenset({"integer"}),
    Kind.MULTI: frozenset({"array"}),
    Kind.YES_NO: frozenset({"boolean"}),
    Kind.PROMISE: frozenset({"boolean"}),
}
# Kinds that say their rule themselves.
KIND_RULES: dict[Kind, str] = {Kind.ID_NUMBER: "id_number", Kind.MOBILE: "mobile", Kind.USCC: "uscc", Kind.DATE: "date"}
DATE_RULES = frozenset({"date", "date_not_future", "date_not_past"})
DEFAULT_MAX_LENGTH: dict[Kind, int] = {Kind.LONG_TEXT: 2000}
PLAIN_MAX_LENGTH = 200

# Where a first value may come from; the caller of `FormDefinition.prefill` knows them.
PREFILLS = (
    "profile.name",
    "profile.id_number",
    "profile.phone",
    "enterprise.name",
    "enterprise.uscc",
    "enterprise.legal_representative",
)
# How to mask a value where its full text is not needed (domain §16).
MASKS = ("name", "id_number", "phone", "uscc", "bank_card", "address", "email")

_TITLE = {"type": "string", "minLength": 1, "maxLength": 60}
_PROSE = {"type": "string", "minLength": 1, "maxLength": 300}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 4000}
_OPTION = {
    "type": "object",
    "required": ["const", "title"],
    "additionalProperties": False,
    "properties": {"const": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,40}$"}, "title": _TITLE, "description": _PROSE},
}
_OPTIONS = {"type": "array", "minItems": 2, "maxItems": 200, "items": _OPTION}
_CONDITION_VALUE = {"type": ["string", "boolean"]}

_FIELD: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["string", "number", "integer", "boolean", "array"]},
        "title": _TITLE,
        "format": {"const": "date"},
        "minLength": _COUNT,
        "maxLength": {**_COUNT, "minimum": 1},
        "minimum": {"type": "number"},
        "maximum": {"type": "number"},
        "minItems": _COUNT,
        "maxItems": {**_COUNT, "minimum": 1},
        "uniqueItems": {"const": True},
        "const": {"const": True},
        "oneOf": _OPTIONS,
        "items": {
            "type": "object",
            "required": ["type", "oneOf"],
            "additionalProperties": False,
            "properties": {"type": {"const": "string"}, "oneOf": _OPTIONS},
        },
        "x-widget": {"enum": [kind.value for kind in Kind]},
        "x-rule": {"enum": sorted(RULES)},
        "x-hint": _PROSE,
        # How it may be filled in, as typed; for the sample beside the blank form.
        "examples": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "string", "minLength": 1, "maxLength": 2000}},
        "x-unit": {"type": "string", "minLength": 1, "maxLength": 12},
        "x-prefill": {"enum": list(PREFILLS)},
        "x-verified": {"const": True},
        "x-mask": {"enum": list(MASKS)},
        "x-autocomplete": {"enum": ["name", "tel", "email", "street-address", "postal-code", "organization", "bday"]},
        "x-required-when-shown": {"const": True},
        "x-shown-when": {
            "type": "object",
            "required": ["field"],
            "additionalProperties": False,
            "minProperties": 2,
            "maxProperties": 2,
            "properties": {
                "field": {"type": "string"},
                "equals": _CONDITION_VALUE,
                "in": {"type": "array", "minItems": 1, "maxItems": 50, "items": _CONDITION_VALUE},
            },
        },
    },
}

# The schema of our forms' schemas.
FORM_SCHEMA: dict[str, Any] = {
    "$schema": DIALECT,
    "type": "object",
    "required": ["$schema", "title", "type", "additionalProperties", "properties", "x-sections"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": DIALECT},
        "title": _TITLE,
        "description": _PROSE,
        "type": {"const": "object"},
        "additionalProperties": {"const": False},
        "required": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "properties": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST_FIELDS,
            "propertyNames": {"pattern": NAME},
            "additionalProperties": _FIELD,
        },
        # Order stands here: databases do not keep the order of an object's keys.
        "x-sections": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {
                "type": "object",
                "required": ["title", "fields"],
                "additionalProperties": False,
                "properties": {
                    "title": _TITLE,
                    "note": _PROSE,
                    "fields": {"type": "array", "minItems": 1, "items": {"type": "string"}, "uniqueItems": True},
                },
            },
        },
    },
}
