"""What an item's guide says, text by text, for full-text search; part of `queries`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hall.services.catalogue import rules
from hall.services.catalogue.models import Item, Material

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class GuideText:
    """One text: `kind` is material, faq or guide; `title` what it is about."""

    code: str
    kind: str
    title: str
    text: str


def guide_texts(codes: Iterable[str]) -> Iterator[GuideText]:
    """Materials, questions and the guide's parts of listed items among these. Two SQL queries for each 500 items."""
    wanted = sorted(set(codes))
    for at in range(0, len(wanted), _CHUNK):
        yield from _guides(wanted[at : at + _CHUNK])


def _guides(codes: list[str]) -> Iterator[GuideText]:
    listed = Item.objects.filter(code__in=codes, status__in=rules.LISTED, current_version__isnull=False).order_by("code")
    versions: dict[int, str] = {}
    columns = ("code", "current_version_id", *(f"current_version__{name}" for name in ("conditions", "legal_basis", "fee", "faqs")))
    for code, version_id, conditions, legal_basis, fee, faqs in listed.values_list(*columns):
        assert version_id is not None
        versions[version_id] = code
        for title, text in (("受理条件", "；".join(conditions)), ("设定依据", "；".join(legal_basis)), ("收费", fee)):
            if text:
                yield GuideText(code, "guide", title, text)
        for faq in faqs:
            yield GuideText(code, "faq", faq["question"], faq["answer"])
    materials = Material.objects.filter(version_id__in=versions).order_by("version_id", "seq")
    for version_id, name, when, guideline in materials.values_list("version_id", "name", "when", "guideline"):
        yield GuideText(versions[version_id], "material", name, "；".join(part for part in (when, guideline) if part))
