"""Reading guides. What is published may be read by anybody; drafts only by the department that writes them and by the hall."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet

from hall.services.catalogue import implementing, together
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.elements import Contact
from hall.services.guidance import reading, rules
from hall.services.guidance.facts import Facts, Kinds
from hall.services.guidance.models import Guide, GuideDraft, GuideVersion, SavedSheet
from hall.services.guidance.rows import DeskGuideRow, DraftRow, GuideFile, GuideLink, GuideRow, SavedRow, VersionRow
from hall.services.guidance.sheet import Around, Sheet, make_sheet
from hall.services.guidance.tree import Choices, Tree, Walk, walk
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.identity import protection

__all__ = ["GuideRow", "Sheet", "Walk", "around", "facts_of", "guide_of", "make_sheet", "walk"]

MOST_LISTED = 200
MOST_KEPT = 300
SEALED_FOR = "sheet"
_kept_trees: dict[int, Tree] = {}


def published_tree(version_id: int, content: Any) -> Tree:
    """The tree of a published version, read once by each process: it never changes. No SQL."""
    if version_id not in _kept_trees:
        if len(_kept_trees) >= MOST_KEPT:
            _kept_trees.clear()
        _kept_trees[version_id] = reading.read_tree(content)
    return _kept_trees[version_id]


# --- for everybody ----------------------------------------------------------------------------------------------------------------


def guide_of(kind: Kinds, code: str) -> GuideRow | None:
    """The published guide of an item or bundle; None where there is none or it was switched off. One SQL query."""
    guide = (
        Guide.objects.filter(kind=kind, code=code, is_off=False, current_version__isnull=False).select_related("current_version").first()
    )
    if guide is None or guide.current_version is None:
        return None
    version = guide.current_version
    tree = published_tree(version.pk, version.content)
    return GuideRow(guide.pk, version.pk, kind, code, version.number, version.title, tree, bool(guide.stale_findings), version.published_at)


def walk_of(guide: GuideRow, choices: Choices) -> Walk:
    """Where the choices lead in a guide: the next question, or the end (`is_done`), from which `sheet_of` makes the sheet. No SQL."""
    return walk(guide.tree, choices)


def guided_codes() -> frozenset[str]:
    """Codes of items and bundles with a published guide. One SQL query."""
    found = Guide.objects.filter(is_off=False, current_version__isnull=False)
    return frozenset(found.values_list("code", flat=True))


def guides() -> list[GuideLink]:
    """Published guides whose item or bundle is listed, bundles first, then items as lists order them. Three SQL queries."""
    found = Guide.objects.filter(is_off=False, current_version__isnull=False).order_by("kind", "code")
    rows = list(found.values_list("kind", "code", "current_version__title", "current_version_id", "current_version__content")[:MOST_LISTED])
    cards = {card.code: card for card in catalogue.item_cards(row[1] for row in rows if row[0] == Kinds.ITEM)}
    bundles = {row.code: row for row in catalogue.bundles()} if any(row[0] == Kinds.BUNDLE for row in rows) else {}
    links = []
    for kind, code, title, version_id, content in rows:
        intro = published_tree(version_id, content).intro
        if kind == Kinds.ITEM and code in cards and cards[code].status == "published":
            links.append((cards[code].order, GuideLink(Kinds.ITEM, code, title, cards[code].name, intro, cards[code].audience)))
        elif kind == Kinds.BUNDLE and code in bundles:
            links.append((0, GuideLink(Kinds.BUNDLE, code, title, bundles[code].name, intro, (bundles[code].audience,))))
    return [link for _, link in sorted(links, key=lambda pair: (pair[0], pair[1].code))]


def facts_of(kind: Kinds, code: str, tree: Tree | None = None) -> Facts | None:
    """What a guide of this item or bundle may name; None where nothing is published. Four SQL queries at most, when versions are kept."""
    if kind == Kinds.ITEM:
        versions = tuple(together.current_versions([code]).values())
        name = versions[0].name if versions else ""
    else:
        bundle = catalogue.bundle(code)
        versions = tuple(together.current_versions(card.code for card in bundle.cards).values()) if bundle else ()
        name = bundle.bundle.name if bundle else ""
    if not versions:
        return None
    return Facts(kind, code, name, versions, _others(tree))


def _others(tree: Tree | None) -> frozenset[str]:
    """The items that the tree sends people to instead, as far as they are listed."""
    answers = [answer for question in tree.questions for answer in question.answers] if tree else []
    named = [answer.effects.refuse.item for answer in answers if answer.effects.refuse and answer.effects.refuse.item]
    return frozenset(card.code for card in catalogue.item_cards(named) if card.status in {"published", "suspended"})


def around(kind: Kinds, code: str, *, division_code: str = "") -> Around | None:
    """Everything that a sheet needs beside the answers; None where nothing is published. Nine SQL queries at most, when versions are kept."""
    hotline = Contact("电话", settings.HOTLINE, "政务服务便民热线")
    if kind == Kinds.BUNDLE:
        bundle = catalogue.bundle(code)
        versions = tuple(together.current_versions(card.code for card in bundle.cards).values()) if bundle else ()
        if bundle is None or not versions:
            return None
        places = implementing.implementations_for((version.code for version in versions), division_code)
        return Around(Facts(kind, code, bundle.bundle.name, versions), bundle.cards, places, (hotline,))
    page = catalogue.item_page(code)
    if page is None or page.status != "published":
        return None
    contacts = (
        page.consult_contacts
        if any(contact.value == hotline.value for contact in page.consult_contacts)
        else (*page.consult_contacts, hotline)
    )
    return Around(
        Facts(kind, code, page.version.name, (page.version,)),
        tuple(catalogue.item_cards([code])),
        implementing.implementations_for([code], division_code),
        contacts,
        page.neighbours.before,
        page.neighbours.after,
        page.published_at,
    )


# --- kept sheets ------------------------------------------------------------------------------------------------------------------


def own(actor: Actor) -> dict[str, Any]:
    """The condition of "the actor's own sheets": the person, or the enterprise acted for by this person."""
    return {"account_id": actor.account_id, "enterprise_id": actor.enterprise_id}


def saved_sheets(actor: Actor, *, before: int | None = None, limit: int = 20) -> list[SavedRow]:
    """The actor's kept sheets, newest first, keyset by id. One SQL query."""
    if actor.account_id is None:
        return []
    rows = SavedSheet.objects.filter(**own(actor)).select_related("guide", "version").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [
        SavedRow(
            row.pk,
            Kinds(row.guide.kind),
            row.guide.code,
            row.version.title,
            urlencode(protection.decrypt_json(row.choices, purpose=SEALED_FOR)),
            row.saved_at,
            row.guide.current_version_id != row.version_id,
        )
        for row in rows[:limit]
    ]


# --- for those who write them -----------------------------------------------------------------------------------------------------


def visible(actor: Actor) -> QuerySet[Guide]:
    """The guides that the actor may see: those of the department, all for the hall. Raises: SignInNeeded, NotAllowed."""
    require(actor, Role.SYS_ADMIN, *DEPARTMENT_ROLES)
    return Guide.objects.all() if actor.has(Role.SYS_ADMIN) else Guide.objects.filter(department_code=actor.department_code or "-")


_ONLY = {
    "review": Q(drafts__state="submitted"),
    "stale": ~Q(stale_findings=[]),
    "draft": Q(drafts__closed_at__isnull=True, drafts__isnull=False),
}


def desk_guides(actor: Actor, *, only: str = "", after: int = 0, limit: int = 30) -> list[DeskGuideRow]:
    """Guides that the actor may see, in the order they came, keyset by id; `only`: review, stale or draft. Four SQL queries."""
    found = visible(actor).filter(pk__gt=after).select_related("current_version").order_by("pk")
    guides = list((found.filter(_ONLY[only]).distinct() if only in _ONLY else found)[:limit])
    drafts = {draft.guide_id: draft for draft in GuideDraft.objects.filter(guide__in=guides, closed_at__isnull=True)}
    names = {card.code: card.name for card in catalogue.item_cards(guide.code for guide in guides if guide.kind == Kinds.ITEM)}
    if any(guide.kind == Kinds.BUNDLE for guide in guides):
        names |= {row.code: row.name for row in catalogue.bundles()}
    return [_desk_row(guide, drafts.get(guide.pk), names.get(guide.code, guide.code)) for guide in guides]


def _desk_row(guide: Guide, draft: GuideDraft | None, name: str) -> DeskGuideRow:
    version = guide.current_version
    title = draft.content.get("title", "") if draft else version.title if version else ""
    return DeskGuideRow(
        guide.pk,
        Kinds(guide.kind),
        guide.code,
        title or name,
        name,
        version.number if version else None,
        version.published_at if version else None,
        draft.state if draft else "",
        guide.is_off,
        len(guide.stale_findings),
    )


def guide_file(actor: Actor, guide_id: int) -> GuideFile | None:
    """One guide with draft, findings and versions; None outside the actor's scope. Eight SQL queries at most, when versions are kept."""
    guide = visible(actor).filter(pk=guide_id).select_related("current_version").first()
    if guide is None:
        return None
    draft = GuideDraft.objects.filter(guide=guide, closed_at__isnull=True).first()
    version = guide.current_version
    tree = reading.read_tree(draft.content) if draft else published_tree(version.pk, version.content) if version else Tree(title="")
    kind = Kinds(guide.kind)
    facts = facts_of(kind, guide.code, tree) or Facts(kind, guide.code, guide.code, ())
    return GuideFile(
        guide_id=guide.pk,
        kind=kind,
        code=guide.code,
        name=facts.name,
        is_off=guide.is_off,
        is_stale=bool(guide.stale_findings),
        facts=facts,
        tree=tree,
        draft=_draft_row(draft, tree) if draft else None,
        versions=tuple(_versions(guide.versions.order_by("-number"))),
        findings=rules.check(tree, facts),
    )


def _draft_row(draft: GuideDraft, tree: Tree) -> DraftRow:
    return DraftRow(draft.pk, draft.revision, draft.state, tree, draft.author_name, draft.saved_at, draft.comment)


def _versions(found: Iterable[GuideVersion]) -> list[VersionRow]:
    return [VersionRow(v.number, v.title, v.origin, v.author_name, v.published_by_name, v.published_at) for v in found]


def version_tree(actor: Actor, guide_id: int, number: int) -> Tree | None:
    """The tree of one published version; None outside the actor's scope. One SQL query."""
    found = GuideVersion.objects.filter(guide__in=visible(actor).filter(pk=guide_id), number=number).values_list("pk", "content").first()
    return published_tree(*found) if found else None


def waiting_for_review() -> int:
    """Drafts that departments handed in; counted up to 100. One SQL query."""
    return len(GuideDraft.objects.filter(state="submitted").values_list("pk")[:100])
