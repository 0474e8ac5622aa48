"""The shapes of what is sent and answered, as JSON Schema, and the reading of what was sent by them.

One schema serves both: the OpenAPI document shows it, and a call is checked against it. Only the keywords of JSON
Schema that these shapes use are known here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

PLAIN = r"^[^\x00-\x1f\x7f]*$"  # no control characters: a note stands on one line, and PostgreSQL keeps no NUL
NETWORK_PATTERN = r"[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?"
ADDRESS: Schema = {
    "type": "string",
    "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}],
    "examples": ["192.0.2.1"],
}
NETWORK: Schema = {
    "type": "string",
    "pattern": f"^{NETWORK_PATTERN}$",
    "minLength": 2,
    "maxLength": 50,
    "description": "An address, or a network such as 192.0.2.0/24 without bits beyond its prefix.",
    "examples": ["192.0.2.0/24"],
}
SENDER: Schema = {
    "type": "string",
    "pattern": f"^(?:country:[A-Za-z]{{2}}|isp:(?:[Aa][Ss])?[0-9]{{1,10}}|{NETWORK_PATTERN})$",
    "minLength": 2,
    "maxLength": 60,
    "description": "An address, a network, country:AT, or isp:AS64500.",
    "examples": ["192.0.2.0/24", "country:AT", "isp:AS64500"],
}
NOTE: Schema = {"type": "string", "pattern": PLAIN, "maxLength": 200}
CONFIRM: Schema = {
    "type": "string",
    "pattern": PLAIN,
    "maxLength": 60,
    "default": "",
    "description": "Repeats the network where it reaches too far to be taken at once.",
}
ACTION: Schema = {"type": "string", "enum": ["approved", "blocked"]}
DATABASE: Schema = {"type": "string", "enum": ["standard", "dynamic"]}
CATEGORY: Schema = {"type": "string", "enum": ["KSS", "DUL", "ETL"]}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
LEVEL: Schema = {"type": "integer", "minimum": 0, "maximum": 4, "description": "The lowest that has it; 0 is none."}
MOMENT: Schema = {"type": "string", "format": "date-time", "description": "UTC"}


def number(lowest: int, highest: int, usual: int) -> Schema:
    """Make the schema of a whole number within bounds, with its default."""
    return {"type": "integer", "minimum": lowest, "maximum": highest, "default": usual}


def maybe(schema: Schema) -> Schema:
    """Make the schema that allows null, too."""
    return {**schema, "type": [schema["type"], "null"]}


def fields(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Make the schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def several(schema: Schema) -> Schema:
    """Make the schema of a list whose items have this schema."""
    return {"type": "array", "items": schema}


def read_query(schema: Schema, text: str) -> Any:
    """Read a value of the query string: a number where the schema wants one and the text is one, else the text."""
    return int(text) if schema["type"] == "integer" and re.fullmatch(r"-?[0-9]{1,15}", text) else text


def fault(schema: Schema, value: Any, name: str) -> str:
    """Return what is wrong with a value, as a sentence; "" where nothing is."""
    if schema["type"] == "object":
        return _object_fault(schema, value)
    if schema["type"] == "integer":
        return _integer_fault(schema, value, name)
    return _string_fault(schema, value, name)


def _object_fault(schema: Schema, value: Any) -> str:
    if not isinstance(value, dict):
        return "Send a JSON object."
    known = schema["properties"]
    for name in schema["required"]:
        if name not in value:
            return f"{name} is missing."
    for name, one in value.items():
        if name not in known:
            return f"There is no {name[:40]!a}: send {', '.join(known)}."
        wrong = fault(known[name], one, name)
        if wrong:
            return wrong
    return ""


def _integer_fault(schema: Schema, value: Any, name: str) -> str:
    lowest, highest = schema["minimum"], schema["maximum"]
    # To JSON Schema 7.0 is a whole number, and true is none.
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    return "" if whole and lowest <= value <= highest else f"{name} is a whole number from {lowest} to {highest}."


def _string_fault(schema: Schema, value: Any, name: str) -> str:
    if not isinstance(value, str) or not _is_unicode(value):
        return f"{name} is a text."
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} is one of {', '.join(schema['enum'])}."
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1000):
        return f"{name} has {schema.get('minLength', 0)} to {schema.get('maxLength', 1000)} characters."
    if "anyOf" in schema and not _is_address(value):
        return f"{name} is an address such as 192.0.2.1 or 2001:db8::1."
    if "pattern" in schema and not re.search(schema["pattern"].removesuffix("$") + r"\Z", value):
        return f"{name} cannot be read: {schema.get('description', 'leave control characters out.')}"
    return ""


def _is_address(text: str) -> bool:
    try:
        return "%" not in str(ipaddress.ip_address(text))
    except ValueError:
        return False


def _is_unicode(text: str) -> bool:
    """Half a pair of surrogates is no character, though JSON can write it."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
