"""A small province: two cities, three counties and a zone without a real code, each with its hall."""

from hall.services.catalogue import implementing
from hall.services.catalogue.models import Division, Implementation, Venue

PROVINCE, JINAN, QINGDAO, LIXIA, SHIZHONG, SHINAN, ZONE = "370000", "370100", "370200", "370102", "370103", "370202", "370176"
_DIVISIONS = (
    (PROVINCE, "山东省", "province", "", True),
    (JINAN, "济南市", "city", PROVINCE, True),
    (QINGDAO, "青岛市", "city", PROVINCE, True),
    (LIXIA, "历下区", "county", JINAN, True),
    (SHIZHONG, "市中区", "county", JINAN, True),
    (SHINAN, "市南区", "county", QINGDAO, True),
    (ZONE, "济南高新技术产业开发区", "county", JINAN, False),
)
_AREA = {JINAN: "0531", LIXIA: "0531", SHIZHONG: "0531", QINGDAO: "0532", SHINAN: "0532", PROVINCE: "0531"}


def make_regions(*, with_halls: bool = True) -> None:
    """The divisions and their halls; what this process kept of another province is forgotten."""
    for code, name, level, parent, is_real in _DIVISIONS:
        Division.objects.get_or_create(code=code, defaults={"name": name, "level": level, "parent_code": parent, "is_gb2260": is_real})
        if with_halls and is_real:
            make_venue(code, division_code=code, name=f"{name}政务服务中心", phone=f"{_AREA[code]}-12345")
    implementing.forget_regions()


def make_venue(code: str = "SD02-1", *, division_code: str = LIXIA, name: str = "投资服务大厅", **more: str) -> str:
    """A hall with hours; returns its code."""
    values = {"hours": "周一至周五 9:00-17:00", **more}
    Venue.objects.update_or_create(code=code, defaults={"division_id": division_code, "name": name, **values})
    return code


def make_implementation(item: str, division_code: str, *, venue: str = "", promised_days: int | None = None, **more: str) -> None:
    """A row of one region; the region's own hall unless another is given."""
    Implementation.objects.create(
        item_id=item, division_id=division_code, venue_id=venue or division_code, promised_days=promised_days, **more
    )
