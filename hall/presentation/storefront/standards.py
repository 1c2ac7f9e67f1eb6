"""开发标准接口和开发规范 (§4 集成层): the ports with their JSON Schemas, and the rules, for engineers of departments and suppliers."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from hall.integration.conformance import kit, kits
from hall.integration.plugins import ports, standards
from hall.presentation.design.cache import cacheable
from hall.support.refusals import NotFound

# Of a text that carries a signature, as both sides compute it.
EXAMPLE_KEY, EXAMPLE_STAMP, EXAMPLE_BODY = "0123456789abcdef", "1795737600", '{"key":"moved:7"}'


@require_safe
@cacheable(seconds=60)
def show(request: HttpRequest) -> HttpResponse:
    """The standard on one page. No SQL."""
    rows = standards.standards()
    context = {
        "standards": rows,
        "common": kit.COMMON,
        "rules": [(one.port.title, kits.OF_PORT[one.port.group]) for one in rows if one.port.group in kits.OF_PORT],
        "example": {"key": EXAMPLE_KEY, "stamp": EXAMPLE_STAMP, "body": EXAMPLE_BODY, "signature": _signature()},
    }
    return render(request, "storefront/standards/page.html", context)


@require_safe
def schema(request: HttpRequest, word: str) -> HttpResponse:
    """The JSON Schema of one port. No SQL. Raises: NotFound."""
    port = ports.port_named(word)
    if port is None or port.protocol is None:
        raise NotFound
    address = f"{settings.PUBLIC_ADDRESS}{reverse('storefront:standard_schema', args=[word])}"
    text = json.dumps(standards.schema(port, address=address), ensure_ascii=False, indent=2)
    response = HttpResponse(text + "\n", content_type="application/schema+json; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _signature() -> str:
    # The frame of the simulators checks what the adapters sign; the page shows what that function makes.
    return kits.example_signature(EXAMPLE_KEY, EXAMPLE_STAMP, EXAMPLE_BODY)
