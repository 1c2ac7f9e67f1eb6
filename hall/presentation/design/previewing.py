"""A page shown as it would be, by the template of the page itself."""

from collections.abc import Mapping
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.backends.jinja2 import Jinja2, Template
from jinja2 import ChainableUndefined, Environment

# What nobody has said or done yet about something that is not there yet.
EMPTY: Mapping[str, object] = {"score": None, "reviews": (), "handled": 0, "shop_scores": None, "draft": None}


class _Absent(ChainableUndefined):
    """Nothing, however it is asked."""

    def __call__(self, *asked: object, **named: object) -> "_Absent":  # type: ignore[override]
        return self


@lru_cache(maxsize=1)
def _lenient() -> Environment:
    backend = engines["jinja2"]
    assert isinstance(backend, Jinja2)
    # What only the live page knows (scores, the visitor's own draft) is not there in a preview, and leaves an empty place.
    return backend.env.overlay(undefined=_Absent)


def render_preview(request: HttpRequest, template: str, context: Mapping[str, object]) -> HttpResponse:
    """The template's page, parts of the context missing. The context should say what the page must not guess."""
    backend = engines["jinja2"]
    assert isinstance(backend, Jinja2)
    return HttpResponse(Template(_lenient().get_template(template), backend).render(dict(context), request))
