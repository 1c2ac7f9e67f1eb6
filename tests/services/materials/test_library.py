"""A library in its holder's hands: upload, describe, replace, delete, folders; never anybody else's (§5.5.3 §5.8.5)."""

import io
from datetime import timedelta

import pytest

from hall.services.materials import commands, queries, rules
from hall.services.materials.commands import Description
from hall.services.materials.models import Material, Space, Version, VersionFile
from hall.services.materials.rules import Grade
from hall.support.access.actors import VISITOR, NotAllowed, Role, SignInNeeded
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rules import DangerousFile, FileEmpty, WrongFileType
from tests.make import people
from tests.make.files import make_exe
from tests.make.materials import TODAY, make_material, names_in, paper, row_of
from tests.make.people import NOW

pytestmark = pytest.mark.django_db


def _used(actor: object) -> tuple[int, int]:
    shelf = queries.shelf(actor)  # type: ignore[arg-type]
    counted = sum(Version.objects.values_list("counted_bytes", flat=True))
    assert shelf.used_bytes == counted and shelf.held == Material.objects.count()
    return shelf.held, shelf.used_bytes


def test_an_upload_is_a_material_of_grade_c_and_a_promise_of_grade_d() -> None:
    zhang = people.citizen_actor()
    lease = make_material(zhang, tags="租房，章丘 厂区,租房", valid_until="2027-06-30")
    assert (lease.name, lease.grade, lease.tags) == ("租赁合同", Grade.UPLOADED, ("租房", "章丘 厂区"))
    assert make_material(zhang, name="用水说明", text="Water", is_own_word=True).grade is Grade.OWN_WORD
    assert names_in(zhang) == ["用水说明", "租赁合同"]
    assert _used(zhang)[0] == 2


def test_the_same_files_under_the_same_name_are_kept_once() -> None:
    zhang = people.citizen_actor()
    first, again = make_material(zhang), make_material(zhang)
    assert first.material_id == again.material_id
    assert make_material(zhang, name="另一份").material_id != first.material_id
    assert _used(zhang)[0] == 2 and StoredFile.objects.count() == 2


def test_two_sides_of_a_card_are_one_material() -> None:
    zhang = people.citizen_actor()
    files = [paper("Front", name="正面.pdf"), paper("Back", name="反面.pdf")]
    row = row_of(zhang, commands.upload_material(actor=zhang, files=files, said=Description("居民身份证", cert_type="ID_CARD"), now=NOW))
    assert [file.name for file in row.files] == ["正面.pdf", "反面.pdf"]
    assert row.cert_type == "", "a type that the catalogue does not know is not kept"


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (Description("长" * 1000), rules.WrongName),
        (Description(" \u200b "), rules.WrongName),
        (Description("合同", tags=",".join("甲乙丙丁戊己庚辛壬癸子丑")), rules.WrongTags),
        (Description("合同", tags="标" * 13), rules.WrongTags),
        (Description("合同", valid_until="2020-01-01"), rules.WrongDate),
        (Description("合同", valid_until="' OR 1=1"), rules.WrongDate),
        (Description("合同", place="gov_result"), rules.WrongFolder),
        (Description("合同", place="999999"), rules.WrongFolder),
        (Description("合同", place="../.."), rules.WrongFolder),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(said: Description, refusal: type[Exception]) -> None:
    zhang = people.citizen_actor()
    with pytest.raises(refusal):
        commands.upload_material(actor=zhang, files=[paper()], said=said, now=NOW)
    assert (Material.objects.count(), StoredFile.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        ([], rules.NoFile),
        ([paper(str(n)) for n in range(6)], rules.TooManyFiles),
        ([(io.BytesIO(b""), "空.pdf")], FileEmpty),
        ([(io.BytesIO(make_exe()), "合同.pdf")], (WrongFileType, DangerousFile)),
        ([(io.BytesIO(b"<svg onload=alert(1)>"), "图.svg")], WrongFileType),
    ],
)
def test_files_that_are_none_are_refused(files: list[tuple[io.BytesIO, str]], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        commands.upload_material(actor=people.citizen_actor(), files=files, said=Description("合同"), now=NOW)
    assert (Material.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_a_script_in_a_name_is_only_a_name() -> None:
    zhang = people.citizen_actor()
    assert make_material(zhang, name="<script>alert(1)</script>").name == "<script>alert(1)</script>"


def test_a_full_library_says_how_full_it_is_and_a_deletion_helps(settings: object) -> None:
    zhang = people.citizen_actor()
    first = make_material(zhang)
    settings.MATERIALS_PERSON_BYTES = first.size_bytes + 10  # type: ignore[attr-defined]
    with pytest.raises(rules.LibraryFull, match=r"已用 0\.0 MB"):
        make_material(zhang, name="第二份", text="Second")
    assert StoredFile.objects.count() == 1
    commands.delete_material(actor=zhang, material_id=first.material_id, now=NOW)
    assert _used(zhang) == (0, 0)
    make_material(zhang, name="第二份", text="Second")


def test_a_new_version_keeps_the_old_and_loses_the_windows_word() -> None:
    zhang = people.citizen_actor()
    row = make_material(zhang, valid_until="2026-12-01")
    Version.objects.update(grade=Grade.CHECKED)
    assert (
        commands.replace_material(
            actor=zhang, material_id=row.material_id, number=1, files=[paper("New")], valid_until="2028-01-01", now=NOW
        )
        == 2
    )
    page = queries.material_page(zhang, row.material_id)
    assert page is not None and page.row.grade is Grade.UPLOADED and [one.number for one in page.versions] == [2, 1]
    assert page.versions[1].files[0].file_id == row.files[0].file_id
    assert _used(zhang)[0] == 1
    with pytest.raises(rules.VersionChanged):
        commands.replace_material(actor=zhang, material_id=row.material_id, number=1, files=[paper("Old page")], valid_until="", now=NOW)
    assert VersionFile.objects.count() == StoredFile.objects.count() == 2


def test_an_expired_material_can_still_be_renamed_but_not_prolonged_backwards() -> None:
    zhang = people.citizen_actor()
    row = make_material(zhang, valid_until="2026-12-01")
    later = NOW + timedelta(days=60)
    commands.describe_material(actor=zhang, material_id=row.material_id, said=Description("旧合同", valid_until="2026-12-01"), now=later)
    assert row_of(zhang, row.material_id).name == "旧合同"
    with pytest.raises(rules.WrongDate):
        commands.describe_material(
            actor=zhang, material_id=row.material_id, said=Description("旧合同", valid_until="2026-12-02"), now=later
        )


def test_folders_hold_materials_and_give_them_back() -> None:
    zhang = people.citizen_actor()
    folder = commands.make_folder(actor=zhang, name="章丘厂区", now=NOW)
    assert commands.make_folder(actor=zhang, name=" 章丘厂区 ", now=NOW) == folder
    row = make_material(zhang, place=str(folder))
    assert names_in(zhang, place=str(folder)) == ["租赁合同"] and names_in(zhang, place="own") == []
    commands.rename_folder(actor=zhang, folder_id=folder, name="厂区", now=NOW)
    assert [one.name for one in queries.shelf(zhang).folders if one.is_custom] == ["厂区"]
    commands.delete_folder(actor=zhang, folder_id=folder, now=NOW)
    assert names_in(zhang, place="own") == [row.name]
    for name in ("", "字" * 21, "审批结果"):
        with pytest.raises(rules.WrongFolder):
            commands.make_folder(actor=zhang, name=name, now=NOW)


def test_what_ends_soon_or_has_ended_is_found_and_so_is_a_name() -> None:
    zhang = people.citizen_actor()
    make_material(zhang, name="快到期的", text="1", valid_until="2026-12-05")
    make_material(zhang, name="长期的", text="2", tags="章丘")
    over = make_material(zhang, name="过期的", text="3", valid_until="2026-11-24")
    Version.objects.filter(pk=over.version_id).update(valid_until=TODAY - timedelta(days=1))
    assert names_in(zhang, due="soon") == ["快到期的"] and names_in(zhang, due="over") == ["过期的"]
    assert names_in(zhang, q="长期") == names_in(zhang, q="章丘") == ["长期的"]
    assert names_in(zhang, q="%") == names_in(zhang, q="\0'\"") == []
    ending = queries.library(zhang, today=TODAY).ending
    assert ending is not None and ending.name == "快到期的"


def test_the_list_goes_on_by_key() -> None:
    zhang = people.citizen_actor()
    for number in range(5):
        make_material(zhang, name=f"第{number}份", text=str(number))
    first = queries.library(zhang, today=TODAY, limit=2)
    second = queries.library(zhang, today=TODAY, limit=2, before=first.before)
    third = queries.library(zhang, today=TODAY, limit=2, before=second.before)
    assert [row.name for page in (first, second, third) for row in page.rows] == [f"第{n}份" for n in (4, 3, 2, 1, 0)]
    assert third.before is None


def test_the_persons_and_the_enterprises_libraries_never_mix() -> None:
    company = people.enterprise_actor()
    assert company.account_id is not None
    himself = people.actor_for(company.account_id)
    mine, ours = make_material(himself, name="我的"), make_material(company, name="企业的")
    assert (names_in(himself), names_in(company)) == (["我的"], ["企业的"])
    assert queries.material_page(himself, ours.material_id) is None and queries.material_page(company, mine.material_id) is None
    assert queries.library_file(himself, ours.material_id, ours.files[0].file_id) is None
    colleague = people.make_citizen(name="王工")
    assert company.enterprise_id is not None
    people.make_agency(company.enterprise_id, colleague)
    assert names_in(people.actor_for(colleague, enterprise_id=company.enterprise_id)) == ["企业的"]
    assert names_in(people.actor_for(colleague)) == []


def test_what_is_somebody_elses_is_not_there() -> None:
    row, stranger = make_material(people.citizen_actor()), people.citizen_actor(name="李四")
    asked = {"actor": stranger, "material_id": row.material_id, "now": NOW}
    with pytest.raises(rules.NotThere):
        commands.delete_material(**asked)  # type: ignore[arg-type]
    with pytest.raises(rules.NotThere):
        commands.describe_material(**asked, said=Description("我的"))  # type: ignore[arg-type]
    with pytest.raises(rules.NotThere):
        commands.replace_material(**asked, number=1, files=[paper()], valid_until="")  # type: ignore[arg-type]
    assert not Space.objects.filter(account_id=stranger.account_id).exists()


def test_only_applicants_have_a_library() -> None:
    with pytest.raises(SignInNeeded):
        queries.library(VISITOR, today=TODAY)
    with pytest.raises(NotAllowed):
        make_material(people.staff_actor(Role.CLERK))
