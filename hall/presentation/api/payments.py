"""Where providers tell us of payments (§6.3): one door for each, answered only once what came is safe with us."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hall.services.payments import inbox
from hall.support.refusals import Refusal


@csrf_exempt  # its signature says whose it is; no cookie counts here
@require_POST
def notify(request: HttpRequest, provider: str) -> HttpResponse:
    """Take one notification. Two SQL statements in one transaction; a forged or stale one costs none and changes nothing."""
    length = request.headers.get("Content-Length", "")
    try:
        if length and (not length.isdecimal() or int(length[:12]) > inbox.MOST_BYTES):
            raise inbox.TooLarge
        answer = inbox.take(
            provider=provider,
            body=request.body,
            headers={name.lower(): value for name, value in request.headers.items()},
            now=timezone.now(),
        )
    except Refusal as refusal:
        return HttpResponse(refusal.shown, status=refusal.status, content_type="text/plain; charset=utf-8")
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type, headers=dict(answer.headers))
