"""How a visitor wants to read (长辈版、高对比), the form token, and staying signed in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_GET, require_POST

from hall.presentation.design import context, returning
from hall.support.access.actors import VISITOR, Actor, SignInNeeded

_YEAR = 365 * 24 * 3600


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the wish in a cookie and go back. A plain link: it works without scripts and changes nothing but the look."""
    response = HttpResponseRedirect(returning.safe_path(request.GET.get("next")))
    for name, cookie, value in (("mode", context.MODE_COOKIE, "elder"), ("contrast", context.CONTRAST_COOKIE, "high")):
        wish = request.GET.get(name)
        if wish == value:
            response.set_cookie(cookie, value, max_age=_YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
        elif wish is not None:
            response.delete_cookie(cookie, samesite="Lax")
    return response


@require_GET
def form_token(request: HttpRequest) -> HttpResponse:
    """A fresh form token for an open page: signing in again in another window made the page's own token void."""
    actor: Actor = getattr(request, "actor", VISITOR)
    return JsonResponse({"token": get_token(request), "signed_in": actor.is_signed_in})


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Go on being signed in: the session's time starts anew. Answers with the seconds until the next warning is due."""
    actor: Actor = getattr(request, "actor", VISITOR)
    if not actor.is_signed_in:
        raise SignInNeeded
    request.session.modified = True
    return JsonResponse({"seconds": context.session_seconds(request)})
