"""life_events.csv and item_tags.csv: what is shipped, what a bad row says, and what stays when people have worked on tags."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from hall.services.catalogue import rules
from hall.services.catalogue.intake.tags import LIFE_SETS
from hall.services.catalogue.models import Item, Relation, Theme
from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet
from tests.make.catalogue import DATA, import_folder, make_item, write_csv
from tests.make.people import make_department

pytestmark = pytest.mark.django_db
A, B, C = (f"37010000080{number}" for number in range(3))
BIRTH = {"code": "birth", "audience": "person", "stage": "童年", "name": "出生", "note": "孩子出生以后"}
SCHOOL = {"code": "school", "audience": "person", "stage": "童年", "name": "上学", "note": ""}
START = {"code": "org-start", "audience": "org", "stage": "起步", "name": "设立", "note": ""}


def make_items() -> None:
    for code in (A, B, C):
        make_item(code=code)


def write(folder: Path, events: Sequence[Mapping[str, str]], pairs: Sequence[tuple[str, str]]) -> None:
    write_csv(folder, "life_events.csv", events)
    write_csv(folder, "item_tags.csv", [{"tag": tag, "item_code": item, "item_name": "给人看的"} for tag, item in pairs])


def shown(tag: str) -> list[str]:
    return list(ItemTag.objects.filter(tag=tag, is_off=False).order_by("order", "pk").values_list("item_id", flat=True))


# --- what is shipped --------------------------------------------------------------------------------------------------------------


@pytest.mark.shipped
def test_each_shipped_event_has_five_to_25_items_in_an_order_that_the_relations_allow() -> None:
    sizes = Counter(ItemTag.objects.values_list("tag_id", flat=True))
    events = Tag.objects.filter(tag_set__in=[code for code, _ in LIFE_SETS.values()])
    assert {tag.code: sizes[tag.code] for tag in events if not 5 <= sizes[tag.code] <= 25} == {}
    assert all(tag.stage and tag.note for tag in events)
    before = defaultdict(set)
    for item, kind, other in Relation.objects.values_list("item_id", "kind", "to_item_id"):
        if kind == "prerequisite":
            before[item].add(other)
        elif kind == "followup":
            before[other].add(item)
    for tag in events:
        codes = shown(tag.code)
        late = [(code, other) for place, code in enumerate(codes) for other in codes[place + 1 :] if other in before[code]]
        assert late == [], f"{tag.code}: the second must come before the first"


@pytest.mark.shipped
def test_a_second_import_of_the_shipped_files_changes_nothing() -> None:
    report = import_folder(DATA)
    assert report.problems == ()
    assert not report.is_changed


@pytest.mark.shipped
def test_shipped_items_are_for_the_audience_of_the_event_but_for_a_few() -> None:
    wrong = ItemTag.objects.exclude(item__current_version__audience__contains=["person"]).filter(tag__tag_set="life-person")
    assert not wrong.exists()
    # Certificates that an organisation's people hold stand where the organisation needs them.
    wrong = ItemTag.objects.exclude(item__current_version__audience__contains=["org"]).filter(tag__tag_set="life-org")
    assert wrong.count() <= 12


# --- rows -------------------------------------------------------------------------------------------------------------------------


def test_the_order_of_the_lines_is_the_order_on_the_pages(tmp_path: Path) -> None:
    make_items()
    write(tmp_path, [SCHOOL, START, BIRTH], [("birth", B), ("school", A), ("birth", A)])
    assert import_folder(tmp_path).problems == ()
    assert shown("birth") == [B, A]
    assert list(Tag.objects.filter(tag_set="life-person").order_by("order").values_list("code", flat=True)) == ["school", "birth"]
    assert TagSet.objects.get(pk="life-org").audience == "org"


def test_a_bad_row_is_told_with_file_line_and_field_and_nothing_is_stored(tmp_path: Path) -> None:
    make_items()
    write(tmp_path, [BIRTH, {**SCHOOL, "code": "上学"}, {**START, "name": ""}, {**BIRTH, "code": "again"}], [("birth", A)])
    told = [str(problem) for problem in import_folder(tmp_path).problems]
    assert told == [
        "life_events.csv 第 3 行 code：“上学”应为2 至 20 位小写字母、数字和短横线，字母开头",
        "life_events.csv 第 4 行 name：不能为空",
        "life_events.csv 第 5 行 name：名称“person 出生”与第 2 行重复",
        "item_tags.csv：没有导入：它引用的 life_events.csv 有问题",
    ]
    assert not Tag.objects.exists()
    write(tmp_path, [BIRTH], [("birth", A), ("birht", A), ("birth", "370100009999"), ("birth", A)])
    told = [str(problem) for problem in import_folder(tmp_path).problems]
    assert told == [
        "item_tags.csv 第 3 行 tag：没有编码为“birht”的标签",
        "item_tags.csv 第 4 行 item_code：没有编码为“370100009999”的事项",
        f"item_tags.csv 第 5 行 item_code：标签和事项“birth {A}”与第 2 行重复",
    ]
    assert not ItemTag.objects.exists()


def test_what_a_file_no_longer_says_goes_and_the_rest_is_left_alone(tmp_path: Path) -> None:
    make_items()
    write(tmp_path, [BIRTH, SCHOOL], [("birth", A), ("birth", B), ("school", A)])
    import_folder(tmp_path)
    write(tmp_path, [BIRTH], [("birth", B), ("birth", C)])
    report = import_folder(tmp_path)
    assert shown("birth") == [B, C]
    assert not Tag.objects.filter(pk="school").exists()
    counts = {file.file: (file.added, file.changed, file.unchanged, file.removed) for file in report.files}
    assert counts == {"life_events.csv": (0, 0, 1, 1), "item_tags.csv": (0, 1, 0, 0)}


# --- what people did --------------------------------------------------------------------------------------------------------------


def test_what_the_console_wrote_stays(tmp_path: Path) -> None:
    make_items()
    write(tmp_path, [BIRTH, SCHOOL], [("birth", A), ("birth", B), ("school", A)])
    import_folder(tmp_path)
    ItemTag.objects.create(tag_id="birth", item_id=C, order=5, origin=rules.Origin.HALL)
    ItemTag.objects.filter(tag="birth", item=A).update(is_off=True)
    Tag.objects.filter(pk="school").update(name="求学", origin=rules.Origin.HALL)
    Tag.objects.create(code="own", tag_set_id="life-person", name="自己的", order=99, origin=rules.Origin.HALL)
    report = import_folder(tmp_path)
    assert (report.problems, report.is_changed) == ((), False)
    assert (shown("birth"), shown("school")) == ([C, B], [A])
    assert Tag.objects.get(pk="school").name == "求学"
    # Gone from the file, a tag that people use stays as theirs.
    write(tmp_path, [SCHOOL], [("school", A)])
    assert import_folder(tmp_path).problems == ()
    assert Tag.objects.get(pk="birth").origin == rules.Origin.HALL
    assert (shown("birth"), shown("own")) == ([C], [])


def test_a_name_that_a_tag_of_the_console_has_is_refused(tmp_path: Path) -> None:
    make_department()
    TagSet.objects.create(code="life-person", name="人生事件", audience="person", order=1)
    Tag.objects.create(code="own", tag_set_id="life-person", name="出生", order=1, origin=rules.Origin.HALL)
    write_csv(tmp_path, "life_events.csv", [BIRTH])
    assert [str(problem) for problem in import_folder(tmp_path).problems] == ["life_events.csv name：名称“出生”已经属于标签 own"]


@pytest.mark.shipped
def test_themes_that_the_console_wrote_and_assigned_stay(tmp_path: Path) -> None:
    Theme.objects.filter(pk="P01").update(name="生儿育女", order=7, origin=rules.Origin.HALL)
    Item.objects.filter(pk="370102001000").update(hall_links=["themes"])
    held = Item.objects.get(pk="370102001000").itemtheme_set
    held.all().delete()
    held.create(theme_id="L33")
    report = import_folder(DATA)
    assert (report.problems, report.is_changed) == ((), False)
    assert Theme.objects.get(pk="P01").name == "生儿育女"
    assert list(held.values_list("theme_id", flat=True)) == ["L33"]
