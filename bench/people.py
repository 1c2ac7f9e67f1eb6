"""Applicants with sessions and finished drafts, made by the product's own commands; nobody here is real."""

import io
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from bench.acts import ReadyDraft
from hall.presentation.commandline.demo.filling import answers_for, paper
from hall.presentation.commandline.demo.people import PASSWORD, with_check_digit
from hall.services.applications import commands as applications
from hall.services.applications import queries as drafts
from hall.services.catalogue.models import Item
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.identity import commands as identity
from hall.support.identity import queries, sessions

MOST_MATERIALS = 4


def register(count: int, first: int = 0) -> list[Actor]:
    """So many citizens with real names; `first` keeps several calls apart."""
    made = []
    for number in range(first, first + count):
        born_on = date(1950, 1, 1) + timedelta(days=number // 900)
        account_id = identity.register_citizen(
            phone=f"136{number:08d}",
            password=PASSWORD,
            name="周测量",
            id_number=with_check_digit(f"370102{born_on:%Y%m%d}{number % 900 + 100:03d}0"),
            address="",
            now=timezone.now(),
        )
        actor = queries.actor_of(account_id)
        assert actor is not None
        made.append(actor)
    return made


def items_for_persons(*, department: str | None = None) -> list[str]:
    """Codes of items that a person can apply for wholly online with few materials, in the catalogue's order."""
    found = Item.objects.filter(
        status="published",
        current_version__applicable=True,
        current_version__online_depth="full",
        current_version__audience__contains=["person"],
    )
    if department:
        found = found.filter(department_id=department)
    return list(found.order_by("code").values_list("code", flat=True))


def ready_draft(actor: Actor, item_code: str, files: dict[str, FileRow]) -> ReadyDraft | None:
    """A finished draft of the actor; None when the item asks for more than `MOST_MATERIALS` files. `files` keeps one file for each kind."""
    now = timezone.now()
    draft_id = applications.start_draft(actor=actor, item_code=item_code, now=now)
    page = drafts.draft_page(actor, draft_id, now=now)
    assert page is not None
    required = [material for material in page.version.materials if material.is_required]
    if len(required) > MOST_MATERIALS:
        return None
    answers: dict[str, Any] = {**answers_for(page.definition, timezone.localdate(now)), **page.answers}
    saved = applications.save_draft(actor=actor, draft_id=draft_id, revision=page.revision, answers=answers, now=now)
    for material in required:
        extension = "pdf" if "pdf" in material.accept else material.accept[0]
        if extension not in files:
            files[extension] = _upload(actor, extension)
        applications.add_material(actor=actor, draft_id=draft_id, material_key=material.key, file=files[extension], now=now)
    assert actor.account_id is not None
    return ReadyDraft(actor.account_id, draft_id, saved.revision)


def _upload(actor: Actor, extension: str) -> FileRow:
    content = io.BytesIO(paper("测量用材料", extension))
    return store.store_upload(
        actor=actor, stream=content, declared_name=f"材料.{extension}", accept=(extension,), max_bytes=20 * 1024 * 1024, now=timezone.now()
    )


def ready_drafts(count: int, *, department: str | None = None, first: int = 0) -> list[ReadyDraft]:
    """So many finished drafts, spread over items and people: each person has one for each item."""
    codes = items_for_persons(department=department)
    made: list[ReadyDraft] = []
    while len(made) < count:
        actor = register(1, first)[0]
        first += 1
        files: dict[str, FileRow] = {}
        for code in list(codes):
            if len(made) == count:
                break
            draft = ready_draft(actor, code, files)
            if draft is None:
                codes.remove(code)
            else:
                made.append(draft)
    return made


def session_of(account_id: int) -> str:
    """The cookie value of a new session, as signing in with the password would give it."""
    request: HttpRequest = RequestFactory().get("/")
    request.session = SessionStore()
    sessions.start_session(request, account_id)
    request.session.save()
    assert request.session.session_key is not None
    return request.session.session_key


def cookie_of(account_id: int) -> str:
    """The Cookie header of that session, with the form token `TOKEN`."""
    return f"{settings.SESSION_COOKIE_NAME}={session_of(account_id)}; {settings.CSRF_COOKIE_NAME}={TOKEN}"


TOKEN = "b" * 32
