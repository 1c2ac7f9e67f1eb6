"""The people who knock at every door, and what the doors' addresses name: the world of the authorisation matrix."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from hall.services.catalogue import drafting, exchange, opendata
from hall.services.catalogue.models import Bundle
from hall.support.access.actors import Role
from tests.make.asks import make_ask
from tests.make.cases import MadeCase, make_case, make_draft
from tests.make.catalogue import make_item, make_theme
from tests.make.doors import (
    booking_for_doors,
    forms_for_doors,
    item_draft_for_doors,
    joint_for_doors,
    library_for_doors,
    serial_for_doors,
)
from tests.make.guidance import guides_for_doors
from tests.make.payments import payments_for_doors
from tests.make.people import actor_for, make_citizen, make_enterprise, make_staff, signed_in
from tests.make.ratings import rate
from tests.make.regions import LIXIA
from tests.make.tags import make_tag, tag_items

OWN = {"clerk": Role.CLERK, "reviewer": Role.REVIEWER, "leader": Role.LEADER}
OTHER = {f"other {name}": role for name, role in OWN.items()}
HALL = {
    "supervisor": Role.SUPERVISOR,
    "mediator": Role.MEDIATOR,
    "finance": Role.FINANCE,
    "sys_admin": Role.SYS_ADMIN,
    "auditor": Role.AUDITOR,
}
APPLICANTS = ("owner", "citizen", "agent")  # whose draft and case it is; another citizen; one who acts for an enterprise
PAPER_DOORS = ("paper", "paper_version", "paper_pdf", "paper_picture", "publish_paper", "discard_paper", "restore_paper")
PEOPLE = ("visitor", *APPLICANTS, *OWN, *OTHER, *HALL)


@dataclass
class World:
    """A browser for everybody, and what the addresses of each route name."""

    browsers: dict[str, Client]
    corrected: MadeCase
    closed: MadeCase
    rated: MadeCase
    names: dict[str, Any]

    def path(self, route: str) -> str:
        name, _, action = route.partition("/")
        names = self.names | ({"action": action} if action else {})
        if name in {"myspace:rate", "myspace:supplement"}:
            names |= {"serial": (self.closed if name == "myspace:rate" else self.rated).serial}
        if name == "storefront:theme":
            names |= {"code": "L08"}
        names |= {
            "storefront:department": {"code": "SD02"},
            "storefront:department_reviews": {"code": "SD02"},
            "storefront:bundle": {"code": "B1"},
            **{f"storefront:bundle_{name}": {"code": "B7"} for name in ("guide", "sheet", "sheet_pdf")},
            **{f"{place}:{name}": {"key": "q1"} for place in ("desk", "console") for name in ("question", "move_question")},
            **{f"{place}:form_field": {"name": "project_name"} for place in ("desk", "console")},
            **{f"{place}:form_section": {"place": 0} for place in ("desk", "console")},
            **{f"console:{name}": {"kind": "acceptance", "number": 0} for name in PAPER_DOORS},
            "storefront:draw": {"code": self.names["draw"]},
            "storefront:call_screen": {"venue": LIXIA, "department": "SD02"},
            "storefront:standard_schema": {"word": "message"},
            **{f"console:{deed}plugin": {"word": "check", "name": "compare"} for deed in ("", "configure_", "pause_", "resume_", "try_")},
            "storefront:open_file": {"name": "items.csv"},
            "storefront:life_event": {"code": "birth"},
            "console:tag": {"code": "birth"},
            "console:tag_deed": {"code": "birth"},
            "console:tag_set": {"code": "life-person"},
            "console:tag_set_deed": {"code": "life-person"},
            "console:theme_tree": {"audience": "person"},
            "console:theme_deed": {"code": "L08"},
            "desk:item_file": {"file_id": self.names["written_form"]},
            "console:item_file": {"file_id": self.names["handed_in_form"]},
            "storefront:verify_document": {"code": self.names["verify_code"]},
            "myspace:correct_field": {"point_id": self.names["field_id"]},
            **{f"api:v1:{name}": {"code": self.names["booking"]} for name in ("appointment", "change_appointment", "cancel_appointment")},
            "api:v1:appointment_draw": {"code": self.names["draw"]},
            "api:v1:draw_of_slot": {"slot_id": self.names["drawn_slot_id"]},
        }.get(name, {})
        if name in {
            "myspace:appointment",
            "myspace:change_appointment",
            "myspace:cancel_appointment",
            "myspace:ticket_pdf",
            "myspace:ticket_calendar",
        }:
            names |= {"code": self.names["booking"]}
        if name in {"desk:serial", "desk:serial_slip", "desk:tell_serial_state", "myspace:unfollow_serial"}:
            names |= {"serial": self.names["window"]}
        if "joint" in name or name in {"myspace:leave_part", "myspace:go_on_alone"}:
            names |= self.names["joint"]
        if name.startswith("myspace:checked"):
            names |= self.names["joint"] | {"where": "joint", "key": self.names["joint"]["draft_id"]}
        names |= self.names["library"] if ":library" in name else {}
        if name.startswith(("desk:", "console:")):
            names |= {"draft_id": self.names["written" if name.startswith("desk:") else "handed_in"]}
        wanted = parameters()[name]
        query = f"?item={names['code']}" if name in {"myspace:new_application", "myspace:new_joint"} else ""
        query = "?day=2026-12-01" if name == "api:v1:appointment_slots" else query
        query = self.names["visit_query"] if name in {"myspace:book_appointment", "myspace:join_line"} else query
        query = "?old=1&new=1" if name.endswith(":compare_item") else query
        query = f"?item={names['code']}&q1=a1&q2=a2" if name == "myspace:guided" else query
        return reverse(name, kwargs={key: names[key] for key in wanted}) + query


def routes() -> Iterator[tuple[str, URLPattern]]:
    def walk(patterns: Any, space: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, f"{space}{entry.namespace}:" if entry.namespace else space)
            else:
                yield f"{space}{entry.name or entry.pattern}", entry

    return walk(get_resolver().url_patterns, "")


def parameters() -> dict[str, list[str]]:
    return {name: list(entry.pattern.converters) for name, entry in routes()}


def make_world() -> World:
    now = timezone.now() - timedelta(hours=2)
    make_theme("L08")
    make_tag("birth")
    item = make_item(themes=["L08"])
    tag_items("birth", item.code)
    make_item(department_code="SD33")
    Bundle.objects.create(code="B1", name="开办企业", audience="org", order=1, materials_total=1, materials_distinct=1)
    ids = {name: make_staff(role, department_code="SD02") for name, role in OWN.items()}
    ids |= {name: make_staff(role, department_code="SD33") for name, role in OTHER.items()}
    ids |= {name: make_staff(role) for name, role in HALL.items()}
    ids |= {"owner": make_citizen(), "citizen": make_citizen(name="李四"), "agent": make_citizen(name="李小明")}
    enterprise_id = make_enterprise(agent_id=ids["agent"])
    owner = actor_for(ids["owner"])
    staff: dict[str, Any] = {name: actor_for(ids[name]) for name in OWN}
    corrected = make_case(state="correction", applicant=owner, item=item, now=now, **staff)
    closed = make_case(state="closed", applicant=owner, item=item, now=now, **staff)
    rated = make_case(state="closed", applicant=owner, item=item, now=now, **staff)
    rating_id = rate(rated.applicant, rated.serial, grade=2, text="等了太久。", now=rated.now + timedelta(minutes=1)).rating_id
    draft_id, _ = make_draft(owner, item.code, now=now)
    written, written_form = item_draft_for_doors(staff["clerk"], item.code, now=now)
    handed_in, handed_in_form = item_draft_for_doors(staff["clerk"], make_item().code, now=now)
    drafting.submit_draft(actor=staff["clerk"], draft_id=handed_in, revision=1, now=now)
    file = corrected.file
    points = {point.kind: point.point_id for point in file.points}
    browsers = {"visitor": Client(), **{name: signed_in(account_id) for name, account_id in ids.items()}}
    browsers["agent"].post("/my/enterprises/choose", {"enterprise_id": enterprise_id})
    opendata.release(now=now)
    exchange_id = exchange.start_export(actor=actor_for(ids["sys_admin"]), form="jsonl", now=now)
    exchange.run_export(exchange_id=exchange_id)
    names = {
        "code": item.code,
        "exchange_id": exchange_id,
        "verify_code": closed.file.documents[-1].verify_code,
        "serial": corrected.serial,
        "draft_id": draft_id,
        "joint": joint_for_doors(owner, now),
        "library": library_for_doors(owner, now),
        "written": written,
        "handed_in": handed_in,
        "written_form": written_form,
        "handed_in_form": handed_in_form,
        "section": "basic",
        "seq": 1,
        "key": "m1",
        "file_id": file.latest_materials[0].file_id,
        "document_id": file.documents[0].document_id,
        "number": 1,
        "point_id": points["material"],
        "field_id": points["field"],
        "rating_id": rating_id,
        "licence_id": 1,
        "enterprise_id": enterprise_id,
        "account_id": make_staff(Role.CLERK, department_code="SD33", name="钱经办"),
    }
    names |= guides_for_doors(item, owner, staff["clerk"]) | forms_for_doors(item, staff["clerk"], now)
    names |= booking_for_doors(owner, timezone.now()) | payments_for_doors(owner, staff, now) | serial_for_doors(staff, owner, item, now)
    asked = make_ask(now=now)
    names |= {"ask_id": asked.ask_id, "reference": asked.reference}
    return World(browsers, corrected, closed, rated, names)
