"""Every door of the hall × everybody who may knock: who gets in, who is sent to sign in, who hears 403, who hears "not there".

A route that stands in no line of TABLE makes a test fail: a new page says here who may see it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from hall.services.appointments.policy import PolicyRow
from tests.presentation.doors import APPLICANTS, HALL, OTHER, OWN, PEOPLE, World, make_world, routes


@dataclass(frozen=True)
class Policy:
    """Who gets in, and from whom the thing is hidden; a visitor is asked to sign in, everybody else hears 403."""

    name: str
    ok: frozenset[str]
    hidden: frozenset[str] = field(default=frozenset())
    is_machines: bool = False  # by token alone: whoever signed in as a person is a stranger there

    def outcome(self, who: str) -> str:
        if self.is_machines:
            return "sign in"
        if who in self.ok:
            return "in"
        if who in self.hidden:
            return "404"
        return "sign in" if who == "visitor" else "403"


def policy(name: str, *ok: str, hidden: Any = ()) -> Policy:
    return Policy(name, frozenset(ok), frozenset(hidden))


EVERYBODY = policy("everybody", *PEOPLE)
MACHINES = Policy("departments' systems", frozenset(), is_machines=True)
NOBODY = policy("nobody", hidden=PEOPLE)
SIGNED_IN = policy("signed in", *PEOPLE[1:])
APPLICANT = policy("applicants", *APPLICANTS)
OWNER = policy("the owner", "owner", hidden=APPLICANTS)
AGENT = policy("the enterprise's agent", "agent", hidden=APPLICANTS)
# Whoever applies, now or after signing in; staff apply for nothing here.
BASKET = policy("visitors and applicants", "visitor", *APPLICANTS)
DESK = policy("department staff", *OWN, *OTHER)
DESK_READ = policy("department staff and the supervisor", *OWN, *OTHER, "supervisor")
CASE_READ = policy("the case's department and the supervisor", *OWN, "supervisor", hidden=OTHER)
CASE_HANDLER = policy("the case's department", *OWN, hidden=OTHER)
CASE_CLERK = policy("the case's clerk", "clerk", hidden=OTHER)
CASE_REVIEWER = policy("the case's reviewer", "reviewer", hidden=OTHER)
CASE_LEADER = policy("the case's leader", "leader", hidden=OTHER)
OWN_ITEM = policy("the item's department", *OWN, hidden=OTHER)
# A rating is public: there is nothing to hide from other departments.
REPLIER = policy("the rated department's clerk and leader", "clerk", "leader")
SUPERVISOR = policy("the supervisor", "supervisor")
WATCHERS = policy("supervisor and mediator", "supervisor", "mediator")
HALL_ROLES = policy("the hall's own roles", *HALL)
STAFF = policy("whoever works here", *OWN, *OTHER, *HALL)
ADMIN = policy("the system administrator", "sys_admin")
FINANCE = policy("the finance", "finance")
AUDITOR = policy("the auditor", "auditor")

GUIDE_DESK = policy("the department that writes the guide", *OWN, hidden=OTHER)
FORM_DESK = policy("the department that designs the form", *OWN, hidden=OTHER)
GUIDE_HALL = policy("nobody at a desk", hidden=OTHER)

# Method and policy → routes. "desk:act/accept" is the route desk:act with that action.
TABLE: list[tuple[str, Policy, str]] = [
    ("GET", EVERYBODY, "design:display design:form_token"),
    ("POST", SIGNED_IN, "design:stay"),
    ("GET", EVERYBODY, "storefront:home storefront:search storefront:suggest storefront:item storefront:item_reviews storefront:themes"),
    ("GET", EVERYBODY, "storefront:theme storefront:departments storefront:department storefront:department_reviews storefront:bundles"),
    ("GET", EVERYBODY, "storefront:bundle storefront:progress storefront:verify storefront:verify_document storefront:help"),
    ("GET", EVERYBODY, "storefront:accessibility storefront:privacy storefront:region"),
    ("GET", EVERYBODY, "storefront:life storefront:life_event storefront:open_revoked"),
    ("GET", EVERYBODY, "api:alive api:ready api:openapi api:v1:items api:v1:item"),
    ("GET", EVERYBODY, "storefront:blank_form storefront:sample storefront:open storefront:open_file storefront:open_keys"),
    ("GET", NOBODY, "api:v1:api-root"),
    ("GET", EVERYBODY, "myspace:sign_in myspace:register"),
    ("POST", EVERYBODY, "myspace:sign_in myspace:sign_out myspace:register storefront:ask storefront:ask_person"),
    ("GET", SIGNED_IN, "myspace:second_factor myspace:first_phone"),  # for who showed a password only; the others go on
    ("POST", SIGNED_IN, "myspace:second_factor myspace:first_phone"),
    ("GET", STAFF, "myspace:account myspace:bind_phone"),
    ("POST", STAFF, "myspace:bind_phone myspace:account_password"),
    ("GET", APPLICANT, "myspace:home myspace:profile myspace:enterprises myspace:notices myspace:new_application myspace:cases"),
    ("POST", APPLICANT, "myspace:profile myspace:password myspace:identity myspace:register_enterprise myspace:choose_enterprise"),
    ("POST", APPLICANT, "myspace:read_notices myspace:start_application myspace:withdraw_licence_consent"),
    ("GET", AGENT, "myspace:agents"),
    ("POST", AGENT, "myspace:agents"),
    ("GET", BASKET, "storefront:basket"),
    ("POST", BASKET, "storefront:basket storefront:add_to_basket"),
    ("GET", APPLICANT, "myspace:joints myspace:new_joint myspace:library myspace:library_upload"),
    ("POST", APPLICANT, "myspace:start_joint myspace:library_upload myspace:library_folder myspace:library_consent"),
    ("GET", OWNER, "myspace:joint_form myspace:joint_materials myspace:joint_draft_file myspace:joint_review"),
    ("GET", OWNER, "myspace:joint_case myspace:joint_submitted"),
    ("POST", OWNER, "myspace:joint_form myspace:joint_autosave myspace:joint_upload myspace:joint_remove_file myspace:submit_joint"),
    ("POST", OWNER, "myspace:renew_joint myspace:discard_joint myspace:leave_part myspace:go_on_alone"),
    ("GET", OWNER, "myspace:checked myspace:checked_picture myspace:tidy myspace:tidied_picture"),
    ("POST", OWNER, "myspace:tidy myspace:choose_tidied"),
    ("GET", OWNER, "myspace:photo"),
    ("POST", OWNER, "myspace:photo myspace:drop_photo"),
    ("GET", policy("whose picture it is, and there is none", hidden=APPLICANTS), "myspace:photo_picture"),
    ("POST", policy("whoever names the picture", hidden=APPLICANTS), "myspace:take_photo"),
    ("GET", OWNER, "myspace:form myspace:materials myspace:draft_file myspace:review"),
    ("POST", OWNER, "myspace:form myspace:autosave myspace:upload myspace:remove_file myspace:submit myspace:renew myspace:discard"),
    ("GET", OWNER, "myspace:library_material myspace:library_file"),
    ("POST", OWNER, "myspace:library_describe myspace:library_replace myspace:library_delete myspace:library_folder_change"),
    (
        "POST",
        policy("nobody who names no material", hidden=APPLICANTS),
        "myspace:use_material myspace:joint_use_material myspace:library_use",
    ),
    ("GET", OWNER, "myspace:case myspace:submitted myspace:receipt myspace:document myspace:file myspace:correction myspace:rate"),
    ("POST", OWNER, "myspace:withdraw myspace:resubmit myspace:correct_field myspace:correct_material myspace:remove_correction_file"),
    ("POST", OWNER, "myspace:rate myspace:supplement myspace:fetch_licences myspace:drop_licence"),
    ("POST", OWNER, "myspace:joint_fetch_licences myspace:joint_drop_licence"),
    ("POST", OWNER, "myspace:ask_hearing myspace:waive_hearing"),
    ("GET", EVERYBODY, "storefront:appointments storefront:call_screen"),
    ("GET", EVERYBODY, "storefront:draw"),
    ("GET", ADMIN, "console:booking_policy"),
    ("POST", ADMIN, "console:booking_policy"),
    ("GET", policy("who judges appeals", "mediator", "sys_admin"), "console:booking_appeals"),
    ("POST", policy("who judges appeals, without a word", "mediator", "sys_admin"), "console:answer_appeal"),
    ("GET", OWNER, "myspace:ticket_pdf myspace:ticket_calendar"),
    ("GET", policy("applicants", *APPLICANTS), "myspace:join_line"),
    ("POST", policy("applicants, who name no time", hidden=APPLICANTS), "myspace:join_line"),
    ("POST", policy("whose it is, and it is nobody's", hidden=APPLICANTS), "myspace:take_offer myspace:leave_line myspace:leave_draw"),
    # Without a word of why: an answer to whoever may appeal.
    ("POST", APPLICANT, "myspace:appeal_bar"),
    ("GET", DESK, "desk:schedules desk:new_schedule"),
    ("GET", OWN_ITEM, "desk:schedule desk:schedule_slots"),
    ("POST", policy("the department's leaders", "leader", "other leader"), "desk:new_schedule"),
    ("POST", policy("the schedule's leader", "leader", hidden=OTHER), "desk:close_slot"),
    ("POST", policy("leaders, the schedule's", "leader", hidden=["other leader"]), "desk:end_schedule"),
    ("POST", policy("the schedule's leader", "leader", hidden=OTHER), "desk:schedule"),
    ("GET", DESK, "desk:appointments desk:usage"),
    ("GET", policy("who watches or sets the limits", "supervisor", "sys_admin"), "console:booking_usage"),
    (
        "POST",
        policy("the visit's department", *OWN, hidden=OTHER),
        "desk:visit_deed/check-in desk:visit_deed/serve desk:visit_deed/no-show",
    ),
    # Without a counter or a name: an answer to those who serve, whichever department.
    ("POST", DESK, "desk:visit_deed/call desk:visit_deed/walk-in"),
    ("GET", APPLICANT, "myspace:appointments myspace:book_appointment"),
    ("POST", APPLICANT, "myspace:book_appointment"),
    ("GET", OWNER, "myspace:appointment myspace:change_appointment"),
    ("POST", OWNER, "myspace:change_appointment myspace:cancel_appointment"),
    ("GET", DESK_READ, "desk:queue desk:reuse"),
    ("GET", DESK, "desk:ratings desk:asks desk:instant"),
    ("POST", DESK, "desk:claim_next"),
    ("POST", DESK_READ, "desk:claim"),  # each ticked case is then refused on its own; without one nothing happens
    ("GET", CASE_READ, "desk:case desk:file desk:preview desk:document"),
    ("POST", CASE_HANDLER, "desk:put_back desk:act/decide"),
    ("POST", policy("the case's department, where it holds a licence", hidden=[*OWN, *OTHER]), "desk:recheck_licence"),
    ("POST", CASE_CLERK, "desk:act/accept desk:act/correct desk:act/not_accept desk:act/return desk:act/make_result desk:act/deliver"),
    ("POST", CASE_CLERK, "desk:replace_result"),
    ("POST", CASE_REVIEWER, "desk:act/start_review desk:act/give_opinion desk:act/special desk:act/second_opinion"),
    ("POST", CASE_LEADER, "desk:act/hearing desk:act/ask_void desk:act/extend desk:act/arrange_hearing desk:revoke_result"),
    ("POST", policy("the case's clerk and reviewer", "clerk", "reviewer", hidden=OTHER), "desk:act/ask_extension"),
    ("POST", policy("the supervisor, asked by the leader", "supervisor", hidden=OTHER), "desk:act/void"),
    (
        "POST",
        policy("those who look at samples, where it was sampled", hidden=["reviewer", "leader", "other reviewer", "other leader"]),
        "desk:check_sample",
    ),
    ("POST", policy("the leader, where it was sampled", hidden=["leader", "other leader"]), "desk:revoke_grant"),
    ("POST", REPLIER, "desk:reply"),
    ("GET", DESK, "desk:items desk:item_drafts desk:new_item"),
    ("POST", DESK, "desk:new_item"),
    ("GET", OWN_ITEM, "desk:item desk:compare_item desk:item_draft desk:item_section desk:item_material desk:item_preview desk:item_file"),
    ("POST", OWN_ITEM, "desk:start_item_draft desk:item_section desk:item_material desk:submit_item desk:discard_item desk:catch_up_item"),
    ("GET", ADMIN, "console:items console:item console:compare_item console:review_items console:review_item console:preview_item"),
    ("GET", ADMIN, "console:item_file"),
    ("POST", ADMIN, "console:publish_item console:return_item console:suspend_item console:resume_item console:abolish_item"),
    ("GET", HALL_ROLES, "console:home"),
    ("GET", WATCHERS, "console:ratings"),
    ("GET", ADMIN, "console:accounts console:new_account console:account"),
    ("POST", ADMIN, "console:new_account console:disable console:enable console:password console:reset_second_factor"),
    ("POST", EVERYBODY, "storefront:opened storefront:verify_licence storefront:verify_picture"),
    ("GET", ADMIN, "console:search console:misses console:clicks console:hot_words console:wording"),
    ("POST", ADMIN, "console:add_term console:add_text"),
    # They name what they are about in the form; without it there is nothing, for the administrator.
    ("POST", policy("the administrator, about nothing", hidden=["sys_admin"]), "console:decide_hot_word console:switch_wording"),
    ("GET", ADMIN, "console:tags console:tag_set console:tag console:theme_tree console:bulk_tags console:lacking_tags console:fixed_tags"),
    ("POST", ADMIN, "console:new_tag_set console:bulk_tags console:tag_set_deed/edit console:tag_set_deed/add console:tag_set_deed/remove"),
    ("POST", ADMIN, "console:tag_set_deed/up console:tag_set_deed/down console:tag_set_deed/restore console:tag_deed/edit"),
    ("POST", ADMIN, "console:tag_deed/up console:tag_deed/down console:tag_deed/remove console:tag_deed/restore console:theme_deed/edit"),
    ("POST", ADMIN, "console:tag_deed/item-up console:tag_deed/item-down console:tag_deed/drop"),
    ("POST", ADMIN, "console:theme_deed/up console:theme_deed/down"),
    ("GET", ADMIN, "console:relations console:item_relations"),
    ("POST", ADMIN, "console:add_relation"),
    ("POST", policy("the administrator, where there is the relation", hidden=["sys_admin"]), "console:remove_relation"),
    ("GET", ADMIN, "console:exchanges console:exchange console:exchange_file"),
    ("POST", ADMIN, "console:start_export console:start_import console:confirm_exchange"),
    ("GET", EVERYBODY, "storefront:guides storefront:check storefront:item_guide storefront:item_sheet storefront:item_sheet_pdf"),
    ("GET", EVERYBODY, "storefront:bundle_guide storefront:bundle_sheet storefront:bundle_sheet_pdf"),
    ("GET", APPLICANT, "myspace:guided myspace:sheets myspace:accesses"),
    ("GET", EVERYBODY, "storefront:ask storefront:ask_person storefront:asked"),
    ("GET", OWN_ITEM, "desk:ask"),
    ("POST", OWN_ITEM, "desk:close_ask desk:try_ask desk:pass_ask_on"),
    ("POST", APPLICANT, "myspace:start_guided myspace:save_sheet"),
    ("POST", OWNER, "myspace:drop_sheet"),
    ("GET", DESK, "desk:forms"),
    ("POST", policy("every department", *OWN, *OTHER), "desk:start_form"),
    ("GET", FORM_DESK, "desk:form desk:try_form desk:form_schema"),
    ("POST", FORM_DESK, "desk:change_form desk:form_head desk:form_section desk:form_field desk:try_form desk:import_form"),
    ("POST", FORM_DESK, "desk:form_deed/submit desk:form_deed/discard desk:form_deed/caught-up"),
    ("POST", policy("nobody who names no version", hidden=[*OWN, *OTHER]), "desk:form_deed/restore"),
    ("POST", GUIDE_HALL, "desk:form_deed/publish desk:form_deed/return"),
    ("POST", FORM_DESK, "desk:form_checks desk:form_group/save"),
    ("POST", policy("nobody who names no group", hidden=[*OWN, *OTHER]), "desk:form_group/insert desk:form_group/renew"),
    ("GET", policy("every department", *OWN, *OTHER), "desk:field_groups"),
    ("POST", FORM_DESK, "desk:retire_group"),
    ("GET", ADMIN, "console:field_groups"),
    ("POST", ADMIN, "console:form_group/save"),
    ("POST", policy("nobody: it is a department's", hidden=["sys_admin"]), "console:retire_group console:form_group/insert"),
    ("GET", policy("every department", *OWN, *OTHER), "desk:code_tables"),
    ("POST", policy("every department", *OWN, *OTHER), "desk:code_tables"),
    ("GET", FORM_DESK, "desk:code_table"),
    ("POST", FORM_DESK, "desk:code_table"),
    ("GET", ADMIN, "console:code_tables console:code_table"),
    ("POST", ADMIN, "console:form_checks console:code_tables console:code_table"),
    ("GET", ADMIN, "console:forms console:form console:try_form console:form_schema"),
    ("POST", ADMIN, "console:start_form console:change_form console:form_head console:form_section console:form_field console:try_form"),
    ("POST", ADMIN, "console:import_form console:form_deed/submit console:form_deed/publish console:form_deed/return"),
    ("POST", ADMIN, "console:form_deed/discard console:form_deed/caught-up"),
    ("POST", policy("nobody who names no version", hidden=["sys_admin"]), "console:form_deed/restore"),
    ("GET", DESK, "desk:guides"),
    ("POST", policy("the item's department", *OWN), "desk:new_guide"),
    ("GET", GUIDE_DESK, "desk:guide desk:question desk:try_guide desk:guide_version"),
    ("POST", GUIDE_DESK, "desk:guide_head desk:new_question desk:question desk:move_question"),
    ("POST", GUIDE_DESK, "desk:guide_deed/start desk:guide_deed/submit desk:guide_deed/discard"),
    ("POST", policy("nobody who names no version", hidden=[*OWN, *OTHER]), "desk:guide_deed/restore"),
    ("POST", GUIDE_HALL, "desk:guide_deed/publish desk:guide_deed/return desk:guide_deed/off desk:guide_deed/on"),
    ("GET", ADMIN, "console:guides console:guide console:question console:try_guide console:guide_version"),
    ("POST", ADMIN, "console:new_guide console:guide_head console:new_question console:question console:move_question"),
    ("POST", ADMIN, "console:guide_deed/start console:guide_deed/publish console:guide_deed/return console:guide_deed/off"),
    ("GET", EVERYBODY, "api:v1:appointment_places api:v1:appointment_slots api:v1:appointment_draw"),
    ("POST", APPLICANT, "api:v1:appointments"),
    # Staff have no bookings of their own: an empty list, and nobody's booking.
    ("GET", SIGNED_IN, "api:v1:appointments"),
    ("GET", policy("who booked", "owner", hidden=PEOPLE[2:]), "api:v1:appointment"),
    ("POST", OWNER, "api:v1:change_appointment api:v1:cancel_appointment"),
    ("GET", APPLICANT, "myspace:payments"),
    ("GET", OWNER, "myspace:bill myspace:order myspace:payment_receipt"),
    ("POST", OWNER, "myspace:start_payment myspace:ask_bank"),
    ("GET", DESK_READ, "desk:payments"),
    ("GET", CASE_READ, "desk:bill desk:payment_receipt"),
    ("POST", CASE_CLERK, "desk:pay_at_counter"),
    ("POST", policy("the case's clerk, who names no order", hidden=["clerk", *OTHER]), "desk:ask_refund"),
    ("POST", policy("the case's clerk and leader", "clerk", "leader", hidden=OTHER), "desk:open_bill desk:cancel_bill"),
    ("POST", CASE_LEADER, "desk:reduce_bill desk:decide_refund"),
    ("GET", FINANCE, "console:payments console:payment_days"),
    ("POST", FINANCE, "console:ask_statement"),
    ("POST", policy("the finance, about nothing", hidden=["finance"]), "console:resolve_difference"),
    # Nobody's way to pay is set up here: there is no such door. tests/services/payments knocks at it as a bank does.
    ("POST", policy("no provider", hidden=PEOPLE), "api:payment_notify"),
    ("GET", ADMIN, "console:clients console:new_client console:client"),
    ("POST", ADMIN, "console:new_client console:rotate_client console:end_client_secret console:revoke_client"),
    ("GET", DESK, "desk:serials"),
    ("POST", policy("every department's clerk", "clerk", "other clerk"), "desk:issue_serial"),
    ("GET", OWN_ITEM, "desk:serial desk:serial_slip"),
    ("POST", OWN_ITEM, "desk:tell_serial_state"),
    ("GET", APPLICANT, "myspace:serials"),
    ("POST", APPLICANT, "myspace:follow_serial"),
    ("POST", OWNER, "myspace:unfollow_serial"),
    ("POST", EVERYBODY, "api:v1:access_token"),
    ("GET", MACHINES, "api:v1:serial"),
    ("POST", MACHINES, "api:v1:serials api:v1:serial_batch api:v1:serial_blocks api:v1:report_serials api:v1:serial_states"),
    ("GET", EVERYBODY, "storefront:standards storefront:standard_schema"),
    ("GET", ADMIN, "console:plugins console:plugin"),
    ("POST", ADMIN, "console:configure_plugin console:pause_plugin console:resume_plugin console:try_plugin"),
    ("GET", ADMIN, "console:papers console:paper console:paper_version console:paper_pdf console:paper_picture"),
    ("POST", ADMIN, "console:paper console:publish_paper console:discard_paper"),
    ("POST", policy("nobody who names no version", hidden=["sys_admin"]), "console:restore_paper"),
    ("GET", EVERYBODY, "api:v1:draw_of_slot api:v1:booking_policy"),
    ("GET", SIGNED_IN, "api:v1:waiting api:v1:entries api:v1:bars"),
    ("POST", APPLICANT, "api:v1:waiting api:v1:entries"),
    ("GET", policy("whose it is, and it is nobody's", hidden=PEOPLE[1:]), "api:v1:entry"),
    ("POST", policy("whose it is, and it is nobody's", hidden=APPLICANTS), "api:v1:take_offer api:v1:leave_waiting api:v1:leave_draw"),
    ("POST", policy("whose it is, and it is nobody's", hidden=APPLICANTS), "api:v1:appeal_bar"),
    ("POST", ADMIN, "api:v1:booking_policy"),
    ("GET", AUDITOR, "console:trail console:export_trail"),
    ("POST", AUDITOR, "console:verify_trail"),
]
LINES = [(method, who, route) for method, who, routes in TABLE for route in routes.split()]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once for all lines, and taken back at the end; each request is taken back on its own too."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def outcome(response: HttpResponseBase) -> str:
    """A refusal of what was sent (409, 422) is an answer to somebody who may ask."""
    if response.status_code == 401 or (response.status_code == 302 and response.headers["Location"].startswith("/sign-in?")):
        return "sign in"
    return str(response.status_code) if response.status_code in {403, 404, 405} or response.status_code >= 500 else "in"


def knock(world: World, who: str, method: str, path: str, revision: int) -> HttpResponseBase:
    """One request, whose changes are taken back."""
    browser = world.browsers[who]
    cookies = SimpleCookie({name: morsel.value for name, morsel in browser.cookies.items()})
    with transaction.atomic():
        form = {"revision": revision, "verdict": "grant", "item": world.names["code"], "code": world.names["booking"]}
        if method == "GET":
            response = browser.get(path)
        elif path.startswith("/api/"):
            wish = {"slot_id": world.names["slot_id"]}
            bodies: dict[str, dict[str, Any]] = {"cancel": {}, "change": wish, "appeal": {"text": "急病"}, "policy": asdict(PolicyRow())}
            body = bodies.get(path.rpartition("/")[2], wish | {"item": world.names["code"]})
            response = browser.post(path, body, content_type="application/json", headers={"idempotency-key": "once"})
        else:
            response = browser.post(path, form, HTTP_ORIGIN="http://testserver")
        if response.streaming:
            b"".join(response)  # read to its end, as a browser does: then the test client closes the file
        transaction.set_rollback(True)
    browser.cookies = cookies  # signing out took the cookie too
    return response


@pytest.mark.parametrize(("method", "who", "route"), LINES, ids=[f"{method} {route}" for method, _, route in LINES])
def test_each_door_opens_for_its_own_people_only(world: World, method: str, who: Policy, route: str) -> None:
    path = world.path(route)
    if route == "myspace:draft_file":
        path = path.replace(str(world.names["file_id"]), str(_draft_file(world)))
    revision = world.corrected.revision
    found = {name: knock(world, name, method, path, revision) for name in PEOPLE}
    told = {name: "in" if route == "api:ready" and response.status_code == 503 else outcome(response) for name, response in found.items()}
    assert told == {name: who.outcome(name) for name in PEOPLE}, f"{method} {path} is for {who.name}"
    if told["visitor"] == "sign in":
        assert found["visitor"].status_code == (302 if method == "GET" and not path.startswith("/api/") else 401)


def _draft_file(world: World) -> Any:
    from hall.services.applications import queries

    page = queries.draft_page(world.corrected.applicant, world.names["draft_id"], now=timezone.now())
    assert page is not None
    return page.files[0].file.file_id


def test_every_route_stands_in_the_table() -> None:
    listed = {route.partition("/")[0] for _, _, route in LINES}
    existing = {name for name, _ in routes()}
    assert existing - listed == set(), "say in TABLE who may use these routes"
    assert listed - existing == set(), "these routes are gone: take them out of TABLE"


def test_what_is_not_there_looks_like_what_is_hidden(world: World) -> None:
    """Somebody else's case and a case that never was get the same answer, to the letter."""
    there, gone = world.corrected.serial, "370000" + "0" * 18
    for who, path in (("citizen", "/my/cases/{}"), ("agent", "/my/cases/{}"), ("other clerk", "/desk/cases/{}")):
        answers = [knock(world, who, "GET", path.format(serial), 1) for serial in (there, gone)]
        bodies = [answer.content.replace(serial.encode(), b"") for answer, serial in zip(answers, (there, gone), strict=True)]  # type: ignore[attr-defined]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert bodies[0] == bodies[1]


def test_a_person_acting_for_an_enterprise_sees_the_enterprise_only(world: World) -> None:
    """And a file of one's own case is not opened through another case's address."""
    assert knock(world, "agent", "GET", f"/my/cases/{world.closed.serial}", 1).status_code == 404
    for path in (
        f"/my/cases/{world.closed.serial}/files/{uuid4()}",
        f"/my/cases/{world.closed.serial}/documents/{world.names['document_id']}",
    ):
        assert knock(world, "owner", "GET", path, 1).status_code == 404
