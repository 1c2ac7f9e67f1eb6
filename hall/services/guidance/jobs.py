"""What guidance does later: looking again at guides whose items were published anew."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.services import events
from hall.services.guidance import queries, rules
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import Guide


def recheck_guides(fact: events.ItemsPublished) -> None:
    """Flag guides that no longer fit their items, and take the flag off those that fit again. Told twice it does the same twice."""
    recheck(fact.codes, now=timezone.now())


def recheck(codes: Collection[str], *, now: datetime) -> int:
    """Check the published guides of these items, and of bundles that hold one, against what is published now. Returns how many it saw."""
    wanted, seen = set(codes), 0
    found = Guide.objects.filter(kind=Kinds.ITEM, code__in=wanted) | Guide.objects.filter(kind=Kinds.BUNDLE)
    for guide_id in found.filter(current_version__isnull=False).order_by("pk").values_list("pk", flat=True):
        seen += _recheck(guide_id, wanted, now)
    return seen


@transaction.atomic
def _recheck(guide_id: int, wanted: set[str], now: datetime) -> bool:
    guide = Guide.objects.select_for_update(of=("self",)).select_related("current_version").get(pk=guide_id)
    assert guide.current_version is not None
    tree = queries.published_tree(guide.current_version.pk, guide.current_version.content)
    facts = queries.facts_of(Kinds(guide.kind), guide.code, tree)
    if facts is not None and guide.kind == Kinds.BUNDLE and wanted.isdisjoint(facts.items):
        return False
    if facts is None:
        kind = Kinds(guide.kind).label
        findings = [{"fault": rules.Fault.UNKNOWN.value, "question": "", "sentence": f"这个{kind}已暂停或取消办理。"}]
    else:
        found = rules.blocking(rules.check(tree, facts))
        findings = [{"fault": one.fault.value, "question": one.question, "sentence": one.sentence} for one in found]
    guide.stale_findings, guide.checked_at = findings, now
    guide.save(update_fields=["stale_findings", "checked_at"])
    return True
