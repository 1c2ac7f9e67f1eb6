"""The standard on a page: every port with a JSON Schema that is one, and rules that are those that are tried."""

import hashlib
import hmac
import re

import jsonschema
import pytest
from django.test import Client

from hall.integration.conformance import kit
from hall.integration.plugins import ports

pytestmark = pytest.mark.django_db


def test_the_page_lists_every_port_and_every_common_rule_and_its_example_is_right() -> None:
    shown = Client().get("/open/standards").content.decode()
    for port in ports.known().values():
        assert port.title in shown and f'/open/standards/{port.word}.json"' in shown
    assert all(rule.sentence in shown for rule in kit.COMMON)
    assert "None" not in shown
    key, stamp, body = re.findall(
        r"密钥 <span class=\"mono\">(.*?)</span>，时间戳 <span class=\"mono\">(.*?)</span>.*?<span[^>]*>(.*?)</span>，", shown
    )[0]
    body = body.replace("&#34;", '"')
    assert f"sha256={hmac.new(key.encode(), f'{stamp}.{body}'.encode(), hashlib.sha256).hexdigest()}" in shown


@pytest.mark.parametrize("word", [port.word for port in ports.known().values()])
def test_each_schema_is_sound_and_names_only_what_it_defines(word: str) -> None:
    answer = Client().get(f"/open/standards/{word}.json")
    schema = answer.json()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    named = set(re.findall(r"#/\$defs/(\w+)", answer.content.decode()))
    assert named <= set(schema["$defs"]) and schema["x-methods"]


def test_a_value_of_a_port_passes_its_schema_and_one_with_a_field_more_does_not() -> None:
    schema = Client().get("/open/standards/message.json").json()
    one = {"$ref": "#/$defs/Message", "$defs": schema["$defs"]}
    message = {"to": "13812340000", "subject": "", "text": "已受理", "key": "moved:7"}
    jsonschema.validate(message, one)
    for wrong in ({**message, "more": 1}, {"to": "x"}, {**message, "text": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, one)


def test_a_port_that_is_none_is_not_there() -> None:
    for word in ("nothing", "simulator", "rig"):
        assert Client().get(f"/open/standards/{word}.json").status_code == 404
