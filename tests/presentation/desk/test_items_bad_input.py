"""The department's item pages over HTTP: bad input, who gets in, what a page costs (§5.1)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hall.presentation.design import cache
from hall.presentation.desk.items_form import SECTIONS
from hall.services.catalogue import drafting, drafts
from hall.services.catalogue.models import ItemDraft
from hall.support.access.actors import Role
from tests.make.catalogue import make_item
from tests.make.drafts import clerk_of, make_draft, make_submitted, reviewer, revision_of
from tests.make.editor import client_of, full_item, text_of
from tests.make.people import NOW, make_citizen, make_staff, signed_in

pytestmark = pytest.mark.django_db


# --- bad input ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/desk/items/37010",
            "/desk/items/999999999999",
            "/desk/items/drafts/99999999999999999999999",
            "/desk/items/drafts/1/edit/nowhere",
        ),
        *("/desk/items/{code}/compare", "/desk/items/{code}/compare?old=1&new=99", "/desk/items/{code}/compare?old=%00&new=-1"),
        *("/desk/items/drafts/{draft}/edit/nowhere", "/desk/items/drafts/{draft}/materials/77", "/desk/items/{foreign}"),
        "/desk/items/drafts/{draft}/files/00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    item, clerk = make_item(), clerk_of()
    foreign = make_item(department_code="SD33")
    draft_id = make_draft(clerk, item.code)
    assert client_of(clerk).get(path.format(code=item.code, draft=draft_id, foreign=foreign.code)).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "长" * 5000,
        "q=%25_%27%22%5C",
        "status=nope",
        "after=%00",
        "after=x",
        "after=99999999999-X",
        "after=5-%27",
        "before=x",
    ],
)
def test_odd_filters_and_cursors_show_a_list(query: str) -> None:
    make_item()
    clerk = clerk_of()
    for path in ("/desk/items", "/desk/items/drafts"):
        text_of(client_of(clerk).get(f"{path}?{query}"))


@pytest.mark.parametrize(
    "cursor", ["2026-11-23T01:00:00+00:00~x", "2026-13-99~1", "2026-11-23T01:00:00~1", "~", "2026-11-23T01:00:00%2B00:00~" + "9" * 40]
)
def test_odd_draft_cursors_show_a_list(cursor: str) -> None:
    text_of(client_of(clerk_of()).get(f"/desk/items/drafts?after={cursor}"))


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"revision": "x"},
        {"revision": "-1"},
        {"revision": "9" * 30},
        {"revision": "0", "go": "remove:faqs:99"},
        {"revision": "0", "go": "remove:name:0"},
        {"revision": "0", "go": "next:nowhere"},
        {"revision": "0", "go": "add:nothing"},
        {"revision": "0", "name": "含\x00字", "levels": ["moon"], "audience": ["\ud83d"], "type": "<script>"},
    ],
)
def test_odd_forms_never_break_the_editor(sent: dict[str, Any]) -> None:
    item, clerk = make_item(), clerk_of()
    draft_id, client = make_draft(clerk, item.code), client_of(clerk)
    for slug in ("basic", "faqs", "words", "materials"):
        given = {
            name: [part.encode("utf-8", "replace").decode() for part in value] if isinstance(value, list) else value
            for name, value in sent.items()
        }
        answer = client.post(
            f"/desk/items/drafts/{draft_id}/edit/{slug}",
            given | ({"revision": str(revision_of(draft_id))} if sent.get("revision") == "0" else {}),
        )
        assert answer.status_code in {200, 302, 409}, answer.status_code
    text_of(client.get(f"/desk/items/drafts/{draft_id}/edit/basic?check=1"))
    text_of(client.get(f"/desk/items/drafts/{draft_id}"))


def test_a_draft_full_of_garbage_is_still_shown_everywhere() -> None:
    item, clerk = make_item(), clerk_of()
    draft_id, client = make_draft(clerk, item.code), client_of(clerk)
    content = ItemDraft.objects.get(pk=draft_id).content
    for value in ("x", 5, [1, None, {"a": "b"}], {"a": 1}, None, True):
        garbage = {name: value for name in content if name not in {"code", "dept_code", "began_from"}}
        ItemDraft.objects.filter(pk=draft_id).update(content=content | garbage)
        for section in SECTIONS:
            text_of(client.get(f"/desk/items/drafts/{draft_id}/edit/{section.slug}?check=1"))
        text_of(client.get(f"/desk/items/drafts/{draft_id}?check=1"))
        text_of(client.get(f"/desk/items/drafts/{draft_id}/preview"))


# --- who, and what it costs ---------------------------------------------------------------------------------------------------------


def test_others_have_no_business_here() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code)
    for path in ("/desk/items", f"/desk/items/drafts/{draft_id}"):
        assert signed_in(make_citizen()).get(path).status_code == 403
        assert signed_in(make_staff(Role.SUPERVISOR)).get(path).status_code == 403
        assert Client().get(path).status_code == 302
    assert client_of(clerk_of("SD33")).get(f"/desk/items/drafts/{draft_id}").status_code == 404
    assert drafts.managed_items(clerk_of("SD33")).rows == ()


def test_no_page_costs_more_than_twelve_statements() -> None:
    item, clerk = full_item(), clerk_of()
    client = client_of(clerk)
    done = make_submitted(clerk, item.code, conditions=["改过"])
    drafting.publish_draft(actor=reviewer(), draft_id=done, revision=1, now=NOW)
    draft_id = make_draft(clerk, item.code, promised_days=30, themes=["L08"], conditions=["又改过"])
    base = f"/desk/items/drafts/{draft_id}"
    paths = [
        "/desk/items?q=核准",
        "/desk/items/drafts",
        "/desk/items/new",
        f"/desk/items/{item.code}",
        base,
        f"{base}/preview",
        f"{base}/materials/1",
    ]
    paths += [f"/desk/items/{item.code}/compare?old=1&new=2", *(f"{base}/edit/{section.slug}?check=1" for section in SECTIONS)]
    costs = {}
    for path in paths:
        for _ in range(2):
            cache.PAGES.clear()
            with CaptureQueriesContext(connection) as seen:
                assert client.get(path).status_code == 200
        costs[path] = len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]])
    assert max(costs.values()) <= 12, costs
