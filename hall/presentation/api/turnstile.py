"""A crowd at a full slot hears so at the door, before anybody's session is looked up: one statement for each instead of six (§5.3.1)."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from pydantic import ValidationError

from hall.presentation.api.appointment_shapes import BookRequest
from hall.presentation.design import errors
from hall.services.appointments import rules, rush, seats
from hall.services.appointments.shares import Channel, shares_for

DOOR = "/api/v1/appointments"
_MOST_BYTES = 2000


def turnstile(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse a booking of a slot that is full now. Whoever repeats a request that got a seat, and whatever is not plainly such a request, goes in.

    That a slot is full is public, so nobody needs to sign in to hear it. No SQL unless this process saw the slot full lately.
    """

    def layer(request: HttpRequest) -> HttpResponseBase:
        wish, key = _wish(request), request.headers.get("Idempotency-Key", "")
        if wish is not None and key and rush.was_full(wish.slot_id):
            shares = shares_for(Channel.MOBILE, has_priority=bool(wish.priority))
            if seats.is_hopeless(slot_id=wish.slot_id, shares=shares, request_key=key):
                refused = errors.refused(request, rules.SlotFull())
                # Django's own layer, which does this, stands further in.
                refused.headers["Content-Length"] = str(len(refused.content))
                return refused
        return get_response(request)

    return layer


def _wish(request: HttpRequest) -> BookRequest | None:
    if request.method != "POST" or request.path_info != DOOR:
        return None
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or int(length) > _MOST_BYTES:
        return None
    try:
        return BookRequest.model_validate_json(request.body)
    except ValidationError:
        return None
