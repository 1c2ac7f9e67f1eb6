"""Items for machines: the same lists and pages that people see, as JSON (§6)."""

from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Query

from hall.presentation.api.door import api, storable
from hall.presentation.api.shapes import Elements, ItemBrief, ItemDetail, ItemList, Refused, Related
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemCard
from hall.services.search import queries as search
from hall.support.refusals import NotFound

__all__ = ["api", "item", "items"]


class ItemMissing(NotFound):
    sentence = "没有找到这个事项，请核对事项编码。"


@api.api_operation(
    ["GET", "HEAD"], "items", response={200: ItemList, 422: Refused}, operation_id="items", url_name="items", summary="事项列表与检索"
)
def items(
    request: HttpRequest,
    q: Annotated[str, Query(description="检索词；为空时按条件列出，常用的在前")] = "",
    department: Annotated[str, Query(description="部门编码，如 SD02")] = "",
    theme: Annotated[str, Query(description="主题编码")] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="一段的条数")] = 20,
    after: Annotated[str, Query(description="上一段的 next；不认识的值从头开始")] = "",
) -> ItemList:
    """Items, by search or by filters alone. At most five SQL statements."""
    q, department, theme, after = map(storable, (q, department, theme, after))
    if q.strip():
        found = search.search_items(q=q, department=department or None, theme=theme or None, limit=limit, after=after or None)
        cards = catalogue.item_cards([hit.code for hit in found.hits])
        return ItemList(total=found.total, items=[_brief(card) for card in cards], next=found.next_cursor)
    page = catalogue.items(department=department, theme=theme, after=after or None, limit=limit)
    return ItemList(total=page.total, items=[_brief(card) for card in page.cards], next=page.next_after)


@api.api_operation(
    ["GET", "HEAD"], "items/{code}", response={200: ItemDetail, 404: Refused}, operation_id="item", url_name="item", summary="事项全部要素"
)
def item(request: HttpRequest, code: str) -> ItemDetail:
    """One item with all its elements. Six SQL statements at most."""
    page = catalogue.item_page(storable(code))
    if page is None:
        raise ItemMissing
    version, department, around = page.version, page.department, page.neighbours
    elements = {name: getattr(version, name) for name in Elements.model_fields}
    return ItemDetail.model_validate(
        {
            **elements,
            "code": version.code,
            "name": version.name,
            "department": department.code,
            "department_name": department.name,
            "department_short": department.short_name,
            "department_phone": department.phone,
            "department_address": department.address,
            "audience": version.audience,
            "online_depth": version.online_depth,
            "promised_days": version.promised_days,
            "day_unit": version.day_unit,
            "charged": version.charged,
            "url": _address(version.code),
            "version": version.number,
            "published_at": page.published_at,
            "status": page.status,
            "is_declarable": page.is_declarable,
            "themes": page.themes,
            "keywords": page.keywords,
            "consult_contacts": page.consult_contacts,
            "complaint_contacts": page.complaint_contacts,
            "related": Related.model_validate(
                {
                    "before": [_brief(card) for card in around.before],
                    "together": [_brief(card) for card in around.together],
                    "after": [_brief(card) for card in around.after],
                    "bundles": around.bundles,
                }
            ),
        }
    )


def _brief(card: ItemCard) -> ItemBrief:
    return ItemBrief(
        code=card.code,
        name=card.name,
        department=card.department_code,
        department_name=card.department_name,
        department_short=card.department_short,
        audience=list(card.audience),
        online_depth=card.online_depth,
        promised_days=card.promised_days,
        day_unit=card.day_unit,
        charged=card.charged,
        url=_address(card.code),
    )


def _address(code: str) -> str:
    return f"{settings.PUBLIC_ADDRESS}/items/{code}"
