"""Licences instead of uploads (免提交, §5.3.3), and who looked at one's licences and cases; the holder's side of 证照查询."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from hall.presentation.myspace.frame import applicant
from hall.services.applications import licence_commands as commands
from hall.services.applications import licences as drafts
from hall.services.applications.joint_queries import JointDraftPage
from hall.services.applications.queries import DraftPage
from hall.services.catalogue.queries import MaterialRow
from hall.services.licences import commands as licences
from hall.services.licences import queries
from hall.services.licences.rows import Looked
from hall.services.licences.rules import Ground, Standing
from hall.services.licences.wording import advice_for
from hall.support.access import throttles
from hall.support.access.actors import Actor

# Each press may ask an outside service about a person.
TRIES, WINDOW_SECONDS = 30, 600


@dataclass(frozen=True, slots=True)
class LicenceState:
    """What the materials page says about the licence behind one material. `kind`: offer, held, invalid, unknown."""

    kind: str
    cert_type: str
    name: str
    looked: Looked | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class LicenceUrls:
    """Where licences are fetched and dropped, and the name of what they are fetched for."""

    name: str
    fetch: str
    drop: str


def urls_of(page: DraftPage) -> LicenceUrls:
    """Of a draft."""
    fetch, drop = (reverse(f"myspace:{name}", args=[page.draft_id]) for name in ("fetch_licences", "drop_licence"))
    return LicenceUrls(page.version.name, fetch, drop)


def urls_of_joint(page: JointDraftPage) -> LicenceUrls:
    """Of a joint draft."""
    fetch, drop = (reverse(f"myspace:{name}", args=[page.draft_id]) for name in ("joint_fetch_licences", "joint_drop_licence"))
    return LicenceUrls(page.name, fetch, drop)


def states_of(page: DraftPage) -> dict[str, LicenceState]:
    """By material key, for materials whose licence may be fetched or was. No SQL."""
    if not page.licences and not queries.is_ready():
        return {}
    offered = drafts.types_offered(page.version, page.variant, is_enterprise=page.is_for_enterprise)
    today = timezone.localdate()
    return {m.key: _state(m, page.licences.get(m.cert_type), today) for m in page.materials if m.cert_type in offered}


def states_of_joint(page: JointDraftPage) -> dict[str, LicenceState]:
    """The same for a joint draft, by the keys of its merged list. No SQL."""
    if not page.licences and not queries.is_ready():
        return {}
    offered = drafts.types_offered_jointly(page.whole.materials, is_enterprise=page.is_for_enterprise)
    today, wanted = timezone.localdate(), [(m.key, m.first) for m in page.whole.materials]
    return {key: _state(first, page.licences.get(first.cert_type), today) for key, first in wanted if first.cert_type in offered}


def _state(material: MaterialRow, looked: Looked | None, today: date) -> LicenceState:
    name = material.cert_type_name
    if looked is None:
        return LicenceState("offer", material.cert_type, name)
    standing = looked.standing(today)
    kind = "held" if standing is Standing.VALID else str(standing)
    return LicenceState(kind, material.cert_type, name, looked, advice_for(looked, material.issuer, today))


def offer_in(actor: Actor, rows: list[dict[str, object]], *, is_asked_before: bool = False) -> dict[str, object]:
    """The box above the materials: what can be fetched with one press. One SQL query, none when there is nothing to offer.

    Who was asked for this draft before is not offered the standing agreement once more.
    """
    found = [row["licence"] for row in rows]
    names = {state.cert_type: state.name for state in found if isinstance(state, LicenceState) and state.kind == "offer"}
    if not names or not queries.is_ready():
        return {"offer": None}
    return {"offer": {"types": names, "is_agreed": is_asked_before or queries.consent_given_at(actor) is not None}}


@require_POST
def fetch(request: HttpRequest, draft_id: int) -> HttpResponse:
    """“从证照库取”: one type, or all that the draft asks for. The press is the agreement; `remember` makes it a standing one."""
    _fetch(request, draft_id, commands.fetch_licences)
    return _back(request, reverse("myspace:materials", args=[draft_id]))


@require_POST
def fetch_jointly(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The same for a joint draft."""
    _fetch(request, draft_id, commands.fetch_licences_jointly)
    return _back(request, reverse("myspace:joint_materials", args=[draft_id]))


def _fetch(request: HttpRequest, draft_id: int, fetch: Callable[..., int]) -> None:
    actor, now = applicant(request), timezone.now()
    throttles.count_try(f"licences:{actor.account_id}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=now)
    wanted = list(dict.fromkeys(text[:40] for text in request.POST.getlist("cert_type")))[:20]
    ground = Ground.ONCE
    if request.POST.get("remember") == "1":
        licences.give_consent(actor=actor, now=now)
        ground = Ground.STANDING
    fetch(actor=actor, draft_id=draft_id, cert_types=wanted, ground=ground, now=now)


@require_POST
def drop(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Hand the material in oneself instead."""
    cert_type = request.POST.get("cert_type", "")[:40]
    commands.drop_licence(actor=applicant(request), draft_id=draft_id, cert_type=cert_type, now=timezone.now())
    return _back(request, reverse("myspace:materials", args=[draft_id]))


@require_POST
def drop_jointly(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The same for a joint draft."""
    cert_type = request.POST.get("cert_type", "")[:40]
    commands.drop_licence_jointly(actor=applicant(request), draft_id=draft_id, cert_type=cert_type, now=timezone.now())
    return _back(request, reverse("myspace:joint_materials", args=[draft_id]))


def _back(request: HttpRequest, materials: str) -> HttpResponse:
    key = request.POST.get("at", "")
    place = f"#row-material-{key}" if key.isascii() and key.isalnum() and len(key) <= 16 else "#licences"
    return HttpResponseRedirect(f"{materials}{place}")


@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """End the standing agreement."""
    licences.withdraw_consent(actor=applicant(request), now=timezone.now())
    return redirect("myspace:accesses")
