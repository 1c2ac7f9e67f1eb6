"""Asking the machine door as a mobile hall does, and holding each answer against the published document."""

import json
from typing import Any

import jsonschema
from django.test import Client


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


def matches(path: str, method: str, response: Any) -> Any:
    """The answer's content, which is as the document says for its status."""
    told = document()
    responses = told["paths"][path][method]["responses"]
    assert str(response.status_code) in responses, f"{path} answers {response.status_code}, which is not documented"
    schema = responses[str(response.status_code)]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": told["components"]}).validate(response.json())
    return response.json()


def post(client: Client, path: str, body: Any = None, *, key: str | None = "k1", **more: Any) -> Any:
    """A POST of JSON under a request key."""
    headers = {} if key is None else {"idempotency-key": key}
    return client.post(path, json.dumps(body or {}), content_type="application/json", headers=headers, **more)
