"""Tags, their sets and the items under them."""

from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet

AUDIENCES = {"life-person": "person", "life-org": "org"}
NAMES = {"life-person": "人生事件", "life-org": "企业事件"}


def make_tag_set(code: str = "life-person") -> str:
    """A set, or the one that has the code already. Returns the code."""
    order = list(AUDIENCES).index(code) + 1 if code in AUDIENCES else 9
    TagSet.objects.get_or_create(code=code, defaults={"name": NAMES.get(code, code), "audience": AUDIENCES.get(code, ""), "order": order})
    return code


def make_tag(code: str = "birth", *, tag_set: str = "life-person", name: str = "出生", stage: str = "", order: int = 1) -> str:
    """A tag that a file brought, with its set. Returns the code."""
    Tag.objects.create(code=code, tag_set_id=make_tag_set(tag_set), name=name, stage=stage, order=order)
    return code


def tag_items(tag: str, *items: str) -> None:
    """Put items under a tag in this order, as a file does."""
    ItemTag.objects.bulk_create([ItemTag(tag_id=tag, item_id=item, order=place * 10) for place, item in enumerate(items, start=1)])
