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
    REGION = "region"  # str, the six digits of GB/T 2260
    DATE_RANGE = "date_range"  # {"from": "2026-11-23", "to": "2026-12-31"}
    TABLE = "table"  # list of rows, each {column: value}
    SIGNATURE = "signature"  # {"name": "王建国", "agreed": True}, and the "picture" of one that was drawn
    FILE = "file"  # list of {"id": "6f1c…", "name": "布局图.pdf", "size": 120344}; the hall puts it there, nobody types it
    COMPUTED = "computed"  # int or float, made by the server; money in fen
    NOTE = "note"  # nothing: words to read


OPTION_KINDS = frozenset({Kind.CHOICE, Kind.SELECT, Kind.MULTI})
LISTED_KINDS = OPTION_KINDS | {Kind.REGION}
# What a column of a table may be: one plain input each.
COLUMN_KINDS = frozenset(
    {Kind.TEXT, Kind.NUMBER, Kind.AMOUNT, Kind.DATE, Kind.SELECT, Kind.ID_NUMBER, Kind.MOBILE, Kind.USCC, Kind.REGION, Kind.COMPUTED}
)
MOST_COLUMNS, MOST_ROWS = 8, 50
PROSE_KINDS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.ADDRESS})
# The JSON type that each kind is stored as.
TYPES: dict[Kind, frozenset[str]] = {
    **{kind: frozenset({"string"}) for kind in Kind},
    Kind.NUMBER: frozenset({"number", "integer"}),
    Kind.AMOUNT: frozenset({"integer"}),
    Kind.MULTI: frozenset({"array"}),
    Kind.YES_NO: frozenset({"boolean"}),
    Kind.PROMISE: frozenset({"boolean"}),
    Kind.DATE_RANGE: frozenset({"object"}),
    Kind.TABLE: frozenset({"array"}),
    Kind.SIGNATURE: frozenset({"object"}),
    Kind.FILE: frozenset({"array"}),
    Kind.COMPUTED: frozenset({"number", "integer"}),
    Kind.NOTE: frozenset({"null"}),
}
# Kinds that say their rule themselves.
KIND_RULES: dict[Kind, str] = {Kind.ID_NUMBER: "id_number", Kind.MOBILE: "mobile", Kind.USCC: "uscc", Kind.DATE: "date"}
DATE_RULES = frozenset({"date", "date_not_future", "date_not_past"})
DEFAULT_MAX_LENGTH: dict[Kind, int] = {Kind.LONG_TEXT: 2000}
PLAIN_MAX_LENGTH = 200

# What a file that a form asks for may be, and how much of it; a drawn signature is one picture.
FILE_TYPES = ("pdf", "jpg", "png", "docx", "xlsx")
USUAL_FILE_TYPES, PICTURE_TYPES = ("pdf", "jpg", "png"), ("png", "jpg")
USUAL_FILE_MB, PICTURE_MB, MOST_FILE_MB, MOST_FILES = 10, 2, 50, 5
# A file that a form asks for is kept among the materials under this and the field's name.
FILE_KEY = "form."

# Where a first value may come from; the caller of `FormDefinition.prefill` knows them.
PREFILLS = (
    "profile.name",
    "profile.id_number",
    "profile.phone",
    "enterprise.name",
    "enterprise.uscc",
    "enterprise.legal_representative",
)
# What the same applicant wrote last time may stand in these at once, to be looked over …
STEADY_KINDS = frozenset(
    {Kind.TEXT, Kind.LONG_TEXT, Kind.ADDRESS, Kind.CHOICE, Kind.SELECT, Kind.MULTI, Kind.YES_NO, Kind.REGION}
    | {Kind.ID_NUMBER, Kind.MOBILE, Kind.USCC}
)
# … and in these only when the applicant says so: they change from one time to the next.
CHANGING_KINDS = frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.DATE, Kind.DATE_RANGE, Kind.TABLE})
# What may be read from a photographed document: offered to be ticked, never filled in by itself. Name and title.
READ: dict[str, str] = {
    "id_card.name": "身份证：姓名",
    "id_card.id_number": "身份证：号码",
    "id_card.sex": "身份证：性别",
    "id_card.nation": "身份证：民族",
    "id_card.born_on": "身份证：出生日期",
    "id_card.address": "身份证：住址",
    "id_card.issuer": "身份证：签发机关",
    "id_card.valid_from": "身份证：有效期起",
    "id_card.valid_until": "身份证：有效期止",
    "business_licence.name": "营业执照：名称",
    "business_licence.uscc": "营业执照：统一社会信用代码",
    "business_licence.type": "营业执照：类型",
    "business_licence.legal_representative": "营业执照：法定代表人",
    "business_licence.capital": "营业执照：注册资本",
    "business_licence.established_on": "营业执照：成立日期",
    "business_licence.valid_until": "营业执照：营业期限止",
    "business_licence.address": "营业执照：住所",
    "business_licence.scope": "营业执照：经营范围",
}
# Fields that take a first value from the hall take these from a document too, where the hall has none or the person may change it.
READ_AS = {
    "profile.name": "id_card.name",
    "profile.id_number": "id_card.id_number",
    "enterprise.name": "business_licence.name",
    "enterprise.uscc": "business_licence.uscc",
    "enterprise.legal_representative": "business_licence.legal_representative",
}
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
_REF = {"type": "string", "minLength": 1, "maxLength": 81}

_FIELD: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["string", "number", "integer", "boolean", "array", "object", "null"]},
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
        "items": {"type": "object", "required": ["type"]},
        "x-widget": {"enum": [kind.value for kind in Kind]},
        "x-rule": {"enum": sorted(RULES)},
        "x-hint": _PROSE,
        # How it may be filled in, as typed; for the sample beside the blank form.
        "examples": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "string", "minLength": 1, "maxLength": 2000}},
        "x-unit": {"type": "string", "minLength": 1, "maxLength": 12},
        "x-prefill": {"enum": [*PREFILLS, *READ]},
        "x-verified": {"const": True},
        # It may start with what the same applicant wrote in an earlier case.
        "x-last": {"const": True},
        "x-mask": {"enum": list(MASKS)},
        "x-autocomplete": {"enum": ["name", "tel", "email", "street-address", "postal-code", "organization", "bday"]},
        "x-required-when-shown": {"const": True},
        "x-accept": {"type": "array", "minItems": 1, "items": {"enum": list(FILE_TYPES)}, "uniqueItems": True},
        "x-max-mb": {"type": "integer", "minimum": 1, "maximum": MOST_FILE_MB},
        # A signature that is drawn, or handed in as a picture; the typed name stays possible.
        "x-drawn": {"const": True},
        # Out of which group of fields it was copied, and what it is called there; see `grouping`.
        "x-group": {
            "type": "object",
            "required": ["group", "version", "field"],
            "additionalProperties": False,
            "properties": {
                "group": {"type": "string", "pattern": "^[0-9a-f]{10}$"},
                "version": {"type": "integer", "minimum": 1},
                "field": {"type": "string", "pattern": NAME},
            },
        },
        # One look at a field before this one, or {"all": […]} or {"any": […]} of several; see `conditions`.
        "x-shown-when": {"type": "object"},
        "x-required-when": {"type": "object"},
        "x-compute": {
            "type": "object",
            "required": ["op", "of"],
            "additionalProperties": False,
            "properties": {
                "op": {"enum": ["sum", "subtract", "multiply", "divide", "count", "days", "age"]},
                "of": {"type": "array", "minItems": 1, "maxItems": 8, "items": _REF, "uniqueItems": True},
                "as": {"enum": ["number", "amount"]},
            },
        },
    },
}
OPTION_ITEMS: dict[str, Any] = {
    "type": "object",
    "required": ["type", "oneOf"],
    "additionalProperties": False,
    "properties": {"type": {"const": "string"}, "oneOf": _OPTIONS},
}
# The rows of a table; a column is a field that asks no other.
TABLE_ITEMS: dict[str, Any] = {
    "type": "object",
    "required": ["type", "additionalProperties", "properties", "x-columns"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "object"},
        "additionalProperties": {"const": False},
        "required": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "properties": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST_COLUMNS,
            "propertyNames": {"pattern": NAME},
            "additionalProperties": _FIELD,
        },
        "x-columns": {"type": "array", "minItems": 1, "items": {"type": "string"}, "uniqueItems": True},
    },
}
_CHECK: dict[str, Any] = {
    "type": "object",
    "required": ["check", "fields"],
    "additionalProperties": False,
    "properties": {
        "check": {"type": "string", "pattern": NAME},
        "fields": {"type": "array", "maxItems": 6, "items": _REF, "uniqueItems": True},
        "with": {
            "type": "object",
            "maxProperties": 8,
            "propertyNames": {"pattern": NAME},
            "additionalProperties": {"type": "string", "maxLength": 200},
        },
        "message": _PROSE,
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
                    "x-step": {"const": True},
                },
            },
        },
        "x-checks": {"type": "array", "minItems": 1, "maxItems": 40, "items": _CHECK},
    },
}
