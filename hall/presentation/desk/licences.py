"""证照 on the case page: what the licence service said about each material that was not handed in, and looking again (§5.3.3)."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from hall.presentation.desk.frame import desk_actor
from hall.services.cases import licences
from hall.services.licences.rows import Looked
from hall.services.licences.rules import Standing
from hall.services.licences.wording import CODE_NAMES
from hall.support.access import throttles

TRIES, WINDOW_SECONDS = 60, 600


@dataclass(frozen=True, slots=True)
class LicenceMark:
    """How a look-up is marked: a word, the tag's tone, and for the handler what follows from it."""

    word: str
    tone: str
    advice: str


_ADVICE = {
    Standing.INVALID: "证照现在不能用。请核对后按补正办理，或依法作出决定。",
    Standing.UNKNOWN: "这次没有查到结果，不等于无效。请稍后再核验，或要求提供材料。",
    Standing.VALID: "",
}
_TONES = {Standing.VALID: "full", Standing.INVALID: "bad", Standing.UNKNOWN: "book"}


def mark_of(looked: Looked) -> LicenceMark:
    """How it stands today."""
    today = timezone.localdate()
    standing = looked.standing(today)
    return LicenceMark(CODE_NAMES[looked.code_on(today)], _TONES[standing], _ADVICE[standing])


@require_POST
def recheck(request: HttpRequest, serial: str, licence_id: int) -> HttpResponse:
    """Ask the service anew; the answer stands on the case page, beside it the earlier one's time."""
    actor, now = desk_actor(request), timezone.now()
    throttles.count_try(f"recheck:{actor.account_id}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=now)
    licences.recheck_licence(actor=actor, serial=serial, licence_id=licence_id, now=now)
    return HttpResponseRedirect(f"/desk/cases/{serial}#licences")
