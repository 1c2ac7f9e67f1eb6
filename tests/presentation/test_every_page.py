"""Every kind of page in a real browser: sound, accessible in each mode, no wider than a small phone, light to load.

One hall, one browser and one window a person serve them all.
"""

import gzip
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

import pytest
from playwright.sync_api import Browser, Page

from tests.ground.servers import ServedHall
from tests.make import scenes
from tests.presentation import looking

if TYPE_CHECKING:
    from tests.presentation.reach import Reach

pytestmark = pytest.mark.browser
WEIGHT_LIMIT = 100 * 1024
CITIZEN, AGENT = "13800001234", "13900005678"
PUBLIC = (
    "/",
    "/search?q=开饭店",
    "/search?q=护士&audience=person",
    "/search?q=食品许可&sort=rating&is_free=1&department=SD26",
    "/search?q=健康证明&in=guides",
    "/search?q=，。！",
    "/search?q=qqzzqqzz",
    "/search",
    "/items/370126014000",
    "/items/370126014000/reviews",
    "/items/{rated}",
    "/items/{rated}/reviews",
    "/themes",
    "/themes?audience=personal",
    "/themes/P26",
    "/departments",
    "/departments/SD26",
    "/departments/SD26/reviews",
    "/departments/{quiet}",
    "/bundles",
    "/bundles/{bundle}",
    "/bundles/YJS005",
    "/bundles/YJS028?item=370707010000",
    "/basket",
    "/life",
    "/life/birth",
    "/life/org-shop",
    "/appointments",
    "/appointments?item=370126014000",
    "/progress",
    "/verify",
    "/region?next=/items/370126014000",
    "/region?q=没有这个地方",
    "/help",
    "/accessibility",
    "/privacy",
    "/open",
    "/open/standards",
    "/sign-in?next=/my",
    "/register",
)
REFUSED = (
    ("/nowhere", 404),
    ("/items/999999999999", 404),
    ("/life/nowhere", 404),
    ("/progress?serial=123&code=1", 422),
    ("/verify?number=没有这个编号", 404),
)
OWN = (
    "/",
    "/my",
    "/my/cases",
    "/my/cases?tab=closed",
    "/my/appointments",
    "/my/payments",
    "/my/payments/{bill}",
    "/my/payments/{paid_bill}",
    "/my/serials",
    "/my/notices",
    "/my/profile",
    "/my/accesses",
    "/my/accesses?tab=cases",
    "/my/enterprises",
    "/items/370121008000",
    "/my/materials",
    "/my/materials/upload",
    "/my/applications/new?item=370126014000",
    "/my/applications/{draft}/form",
    "/my/applications/{draft}/form?check=1",
    "/my/applications/{draft}/materials",
    "/my/applications/{draft}/review",
    "/basket",
    "/my/joint",
    "/my/joint/new?bundle=YJS004",
    "/my/joint/drafts/{joint_draft}/form",
    "/my/joint/drafts/{joint_draft}/form?check=1",
    "/my/joint/drafts/{joint_draft}/materials",
    "/my/joint/drafts/{joint_draft}/review",
)
JOINT = ("/my/cases?tab=running", "/my/joint", "/my/joint/{joint}", "/my/joint/{joint}/submitted", "/my/joint/new?bundle=YJS001")
LIBRARY = ("/my/materials", "/my/materials?due=over", "/my/materials?place=gov_result", "/my/materials/{material}")
AGENTS = ("/my", *LIBRARY, "/my/enterprises", "/my/enterprises/{enterprise}/agents", "/my/applications/new?item=370126014000", *JOINT)
EMPTY = (
    "/my/payments",
    "/my/serials",
    "/basket",
    "/my/materials",
    "/my/joint",
    "/my",
    "/my/cases",
    "/my/cases?tab=mine",
    "/my/notices",
    "/my/enterprises",
    "/my/profile",
)
STATES = (
    "submitted", "pre_review", "received", "correction", "accepted", "not_accepted", "returned", "special", "reviewing",
    "hearing_notice", "payment", "decided", "printing", "delivering", "closed", "withdrawn", "void",
)  # fmt: skip
DESK = (
    "/desk",
    "/desk?lamp=overdue",
    "/desk?lamp=paused&mine=mine",
    "/desk?q=没有这个人",
    "/desk/ratings",
    "/desk/ratings?only=low",
    "/account",
    "/account/phone",
    "/desk/reuse",
    "/desk/reuse?month=2021-01",
    "/desk/instant",
    "/desk/payments",
    "/desk/payments?only=refunds",
    "/desk/payments/{bill}",
    "/desk/payments/{paid_bill}",
    "/desk/appointments",
    "/desk/appointments/schedules",
    "/desk/appointments/schedules/new",
    "/desk/serials",
    "/desk/serials?day=2021-01-04",
    "/desk/serials/{window}",
)

FORMS = (
    "",
    "?q=没有这件事",
    "/{form}",
    "/{form}?field=situation",
    "/{form}?section=1",
    "/{form}/try",
    "/{form}/try?width=phone",
    "/tables",
    "/tables/food_area",
    "/groups",
)


@pytest.fixture(scope="module")
def reach(town: ServedHall, chromium: Browser) -> "Iterator[Reach]":
    from tests.presentation.reach import Reach

    made = Reach(town, chromium)
    yield made
    made.close()
    assert made.complaints == []


@pytest.fixture(scope="module")
def places(reach: "Reach") -> dict[str, str]:
    """What the town's addresses are filled with."""
    return {
        "rated": reach.one("SELECT item_code FROM ratings_rating ORDER BY id LIMIT 1"),
        "quiet": reach.one(
            "SELECT code FROM identity_department WHERE code NOT IN (SELECT department_code FROM ratings_rating) ORDER BY code LIMIT 1"
        ),
        "bundle": reach.one("SELECT code FROM catalogue_bundle ORDER BY code LIMIT 1"),
        "draft": reach.one(
            "SELECT id FROM applications_draft WHERE case_id IS NULL AND enterprise_id IS NULL AND discarded_at IS NULL LIMIT 1"
        ),
        "photographed": reach.one(
            "SELECT m.draft_id FROM applications_draft_material m JOIN applications_draft d ON d.id = m.draft_id"
            " JOIN filestore_file f ON f.id = m.file_id"
            " WHERE f.name = '手机横拍.jpg' AND d.enterprise_id IS NULL AND d.case_id IS NULL LIMIT 1"
        ),
        "bill": reach.one("SELECT id FROM payments_bill WHERE state = 'open' LIMIT 1"),
        "paid_bill": reach.one("SELECT id FROM payments_bill WHERE state = 'paid' LIMIT 1"),
        "enterprise": reach.one("SELECT id FROM identity_enterprise LIMIT 1"),
        "material": reach.one("SELECT material_id FROM materials_version WHERE number = 2 ORDER BY id LIMIT 1"),
        "joint": reach.one("SELECT serial FROM cases_joint ORDER BY id LIMIT 1"),
        "window": reach.one(
            "SELECT i.serial FROM serials_outside o JOIN serials_issued i ON i.id = o.issued_id"
            " WHERE o.department_code = 'SD26' AND o.status = 'issued' ORDER BY i.id LIMIT 1"
        ),
        "client": reach.one("SELECT id FROM identity_machine_client ORDER BY id LIMIT 1"),
        "form": reach.one("SELECT id FROM forms_draft WHERE closed_at IS NULL ORDER BY id LIMIT 1"),
        "joint_draft": reach.one("SELECT id FROM applications_joint_draft WHERE joint_id IS NULL ORDER BY id LIMIT 1"),
    }


def _assert_sound(page: Page) -> None:
    found = looking.faults(page)
    assert not found, f"{page.url}: {len(found)} faults\n" + "\n".join(found)


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages(reach: "Reach", places: dict[str, str], path: str) -> None:
    _assert_sound(reach.open("", path.format(**places)))


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_pages_that_say_no(reach: "Reach", path: str, status: int) -> None:
    _assert_sound(reach.open("", path, status=status))


@pytest.mark.parametrize("path", ["/sign-in", "/register"])
def test_doors_with_mistakes(reach: "Reach", path: str) -> None:
    page = reach.open("", path)
    page.click("main form button")
    page.wait_for_selector("#err-sum")
    assert page.title().startswith("错误：")
    _assert_sound(page)


@pytest.mark.parametrize("path", OWN)
def test_a_citizens_pages(reach: "Reach", places: dict[str, str], path: str) -> None:
    _assert_sound(reach.open(CITIZEN, path.format(**places)))


@pytest.mark.parametrize("path", AGENTS)
def test_an_agents_pages(reach: "Reach", places: dict[str, str], path: str) -> None:
    _assert_sound(reach.open(AGENT, path.format(**places)))


@pytest.mark.parametrize("path", EMPTY)
def test_pages_of_somebody_new(reach: "Reach", path: str) -> None:
    _assert_sound(reach.open_as_newcomer(path))


@pytest.mark.parametrize("state", STATES)
def test_the_applicants_case_in_every_state(reach: "Reach", state: str) -> None:
    serial, owner, _ = reach.serials()[state]
    _assert_sound(reach.open(owner, f"/my/cases/{serial}"))


@pytest.mark.parametrize("page", ["submitted", "correction"])
def test_pages_around_a_case(reach: "Reach", page: str) -> None:
    serial, owner, _ = reach.serials()[page]
    _assert_sound(reach.open(owner, f"/my/cases/{serial}/{page}"))


def test_the_correction_handed_in_too_early(reach: "Reach") -> None:
    serial, owner, _ = reach.serials()["correction"]
    page = reach.open(owner, f"/my/cases/{serial}/correction")
    page.click("text=提交补正")
    page.wait_for_selector("#err-sum")
    _assert_sound(page)


def test_the_rating_form_and_its_mistakes(reach: "Reach") -> None:
    serial, owner = reach.unrated()
    page = reach.open(owner, f"/my/cases/{serial}/rating")
    _assert_sound(page)
    page.set_viewport_size({"width": looking.DESK_WIDTH, "height": 900})
    page.click("text=提交评价")
    page.wait_for_selector("#err-sum")
    _assert_sound(page)


@pytest.mark.parametrize("is_granted", [True, False])
def test_a_case_with_an_extension(reach: "Reach", is_granted: bool) -> None:
    found: LiteralString = "SELECT c.serial || ' ' || c.department_code FROM cases_case c JOIN cases_extension e ON e.case_id = c.id"
    granted, waiting = f"{found} WHERE e.is_approved LIMIT 1", f"{found} WHERE e.is_approved IS NULL LIMIT 1"
    serial, code = reach.one(granted if is_granted else waiting).split()
    page = reach.open("market.leader" if code == "SD26" else "health.leader", f"/desk/cases/{serial}")
    page.evaluate("() => document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    _assert_sound(page)


@pytest.mark.parametrize("path", DESK)
def test_the_desks_pages(reach: "Reach", places: dict[str, str], path: str) -> None:
    _assert_sound(reach.open("market.clerk", path.format(**places)))


@pytest.mark.parametrize("path", ["/console/clients", "/console/clients/{client}", "/console/clients/new"])
def test_the_pages_of_machine_clients(reach: "Reach", places: dict[str, str], path: str) -> None:
    page = reach.open("admin", path.format(**places))
    _assert_sound(page)
    if path.endswith("new"):
        page.click("main form button")
        page.wait_for_selector("#err-sum")
        _assert_sound(page)


def test_the_progress_of_a_number_from_a_counter(reach: "Reach", places: dict[str, str]) -> None:
    code = reach.open("market.clerk", f"/desk/serials/{places['window']}").locator("dd").first.inner_text()
    _assert_sound(reach.open("", f"/progress?serial={places['window']}&code={code}"))


@pytest.mark.parametrize("path", FORMS)
def test_the_designer_of_forms(reach: "Reach", places: dict[str, str], path: str) -> None:
    _assert_sound(reach.open("market.clerk", "/desk/forms" + path.format(**places)))
    if path in {"", "/{form}"}:
        _assert_sound(reach.open("admin", "/console/forms" + path.format(**places)))


@pytest.mark.parametrize("state", STATES)
def test_the_desks_case_in_every_state(reach: "Reach", state: str) -> None:
    serial, _, department = reach.serials()[state]
    place = "market" if department == "SD26" else "health"
    _assert_sound(reach.open(f"{place}.clerk", f"/desk/cases/{serial}"))


@pytest.mark.parametrize(
    ("part", "state"),
    [("reviewer", "accepted"), ("reviewer", "reviewing"), ("reviewer", "special"), ("leader", "reviewing"), ("leader", "hearing_notice")],
)
def test_the_desks_case_for_others(reach: "Reach", part: str, state: str) -> None:
    serial, _, department = reach.serials()[state]
    place = "market" if department == "SD26" else "health"
    page = reach.open(f"{place}.{part}", f"/desk/cases/{serial}")
    page.evaluate("() => document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    _assert_sound(page)


def test_a_refused_action(reach: "Reach") -> None:
    serial, _, department = reach.serials()["submitted"]
    place = "market" if department == "SD26" else "health"
    page = reach.open(f"{place}.clerk", f"/desk/cases/{serial}")
    page.evaluate("() => document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
    page.evaluate("() => { const f = document.querySelector('form[action$=\"/correct\"]'); f.noValidate = true; }")
    page.click("text=发出补正告知书")
    page.wait_for_selector(".err-sum")
    assert "请至少写明一处需要补正的内容" in (page.text_content("main") or "")
    _assert_sound(page)


@pytest.mark.parametrize(
    ("login", "path"),
    [("", "/"), ("", "/items/370126014000"), ("", "/themes"), (CITIZEN, "/my/applications/{draft}/form"), ("market.clerk", "/desk")],
)
def test_no_page_weighs_more_than_100_kb(reach: "Reach", places: dict[str, str], town: ServedHall, login: str, path: str) -> None:
    page = reach.open(login, path.format(**places))
    own = set(re.findall(r'(?:src|href)="(/static/[^"#]+\.(?:css|js))"', page.content()))
    assert own
    weights = {"page": len(gzip.compress(page.content().encode()))} | {one: _weight(town.url(one)) for one in own}
    assert sum(weights.values()) <= WEIGHT_LIMIT, weights


def _weight(address: str) -> int:
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})) as answer:
        return len(answer.read())


def test_a_files_check_card_and_its_tidying(reach: "Reach", places: dict[str, str]) -> None:
    page = reach.open(CITIZEN, f"/my/applications/{places['photographed']}/materials")
    page.wait_for_selector(".checked--look details.tidy")
    _assert_sound(page)
    page.locator("button", has_text="向右转").first.click()
    page.wait_for_selector(".tidied-pair")
    _assert_sound(page)
    page.click("button[value=keep]")
    page.wait_for_selector(".checked--look")


def test_a_form_filled_in_from_a_picture(reach: "Reach", places: dict[str, str], tmp_path: Path) -> None:
    page = reach.open(CITIZEN, f"/my/applications/{places['draft']}/form")
    page.click("button[value=photo]")
    page.wait_for_selector("#f-file")
    _assert_sound(page)
    picture = tmp_path / "身份证.png"
    picture.write_bytes(scenes.with_words(scenes.draw_id_card(), scenes.card_lines(number="370102198806150024")))
    page.set_input_files("#f-file", picture)
    page.click("button:text-is('读取')")
    page.wait_for_selector("#take", timeout=90_000)  # by itself, when the worker has read it
    assert "李晓燕" not in (page.text_content("#take") or ""), "this form takes no name of another"
    _assert_sound(page)
    page.click("text=不填了，删掉照片")
    page.wait_for_selector("button[value=photo]")
