"""The console's import and export: asked for, followed, confirmed, downloaded; complete without a script (§5.1)."""

import io
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue import exchange
from hall.services.catalogue.models import Item, ItemVersion
from hall.support.access.actors import Role
from hall.support.jobs.queue import run_due_now
from tests.make.catalogue import import_folder, item_row, make_item, write_items
from tests.make.people import make_department, make_staff, signed_in
from tests.make.workbooks import make_workbook, put

pytestmark = pytest.mark.django_db
A, B = "370100000901", "370100000902"


@pytest.fixture
def admin() -> Client:
    return signed_in(make_staff(Role.SYS_ADMIN, name="吴管"))


def upload(client: Client, path: Path, name: str = "事项.xlsx") -> str:
    """Upload a file; returns the address of its page, the check done."""
    stream = io.BytesIO(path.read_bytes())
    stream.name = name
    response = client.post("/console/exchange/import", {"file": stream})
    assert response.status_code == 302, response.content.decode()
    run_due_now()
    return response.headers["Location"]


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_an_export_is_followed_to_its_end_and_downloaded(admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_item(code=A)
    page = admin.post("/console/exchange/export", {"form": "jsonl"}).headers["Location"]
    waiting = text_of(admin, page)
    assert "排队中" in waiting and "<progress" in waiting
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in waiting, "without a script the page looks again by itself"
    fragment = admin.get(page, headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith("<div") and "HX-Refresh" not in fragment.headers
    assert admin.get(f"{page}/file").status_code == 404
    run_due_now()
    assert admin.get(page, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    with django_assert_max_num_queries(5):
        done = text_of(admin, page)
    assert "文件做好了" in done and "http-equiv" not in done
    file = admin.get(f"{page}/file")
    assert A.encode() in b"".join(file.streaming_content)  # type: ignore[attr-defined]
    assert file.headers["Content-Disposition"].startswith("attachment;")
    with django_assert_max_num_queries(5):
        assert f'href="{page}/file"' in text_of(admin, "/console/exchange")


def test_a_colleagues_file_is_not_there(admin: Client) -> None:
    make_item(code=A)
    page = admin.post("/console/exchange/export", {"form": "jsonl"}).headers["Location"]
    run_due_now()
    colleague = signed_in(make_staff(Role.SYS_ADMIN))
    for path in (page, f"{page}/file"):
        assert colleague.get(path).status_code == 404
    assert colleague.post(f"{page}/confirm").status_code == 404


def test_an_import_shows_its_differences_and_is_written_once_confirmed(admin: Client, tmp_path: Path) -> None:
    make_department()
    make_item(code=A, name="旧名")
    items = [item_row(code=A, name="新名"), item_row(code=B, name="另一件事")]
    page = upload(admin, make_workbook(tmp_path, items))
    text = text_of(admin, page)
    assert "核对完了，还没有写入" in text and "旧名" in text and "新名" in text and "新事项" in text
    assert ItemVersion.objects.count() == 1
    assert admin.post(f"{page}/confirm").headers["Location"] == page
    assert "正在写入" in text_of(admin, page)
    run_due_now()
    assert "已经导入" in text_of(admin, page)
    assert Item.objects.filter(code=B, current_version__name="另一件事").exists()
    again = admin.post(f"{page}/confirm")
    assert again.status_code == 409 and "已经导入过" in again.content.decode()


def test_a_broken_file_is_told_place_by_place_and_cannot_be_confirmed(admin: Client, tmp_path: Path) -> None:
    make_department()
    page = upload(admin, make_workbook(tmp_path, [item_row(code=A)], spoil=put("事项", 2, "承诺天数", "=1+1")))
    text = text_of(admin, page)
    assert "发现 1 处问题，什么都没有写入" in text and "工作表“事项” 第 2 行 · 承诺天数" in text
    assert "确认导入" not in text
    assert admin.post(f"{page}/confirm").status_code == 409
    assert not Item.objects.exists()


def test_a_file_that_changes_nothing_says_so(admin: Client, tmp_path: Path) -> None:
    make_department()
    write_items(tmp_path, [item_row(code=A)])
    import_folder(tmp_path)
    page = admin.post("/console/exchange/export", {"form": "xlsx"}).headers["Location"]
    run_due_now()
    path = tmp_path / "out.xlsx"
    path.write_bytes(b"".join(admin.get(f"{page}/file").streaming_content))  # type: ignore[attr-defined]
    assert "文件和目录完全一致" in text_of(admin, upload(admin, path))


def test_mistakes_come_back_with_a_sentence(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = admin.post("/console/exchange/import")
    assert nothing.status_code == 422 and "请先选择一个文件" in nothing.content.decode()
    text = admin.post("/console/exchange/export", {"form": "exe", "department_code": "SD02"}).content.decode()
    assert "请选择要导出的格式" in text
    monkeypatch.setattr(exchange, "MOST_BYTES", 10)
    large = io.BytesIO(b"x" * 11)
    large.name = "事项.xlsx"
    refused = admin.post("/console/exchange/import", {"file": large})
    assert refused.status_code == 413 and "超过了 10 字节 的上限" in refused.content.decode()


def test_the_forms_are_filled_in_from_the_address(admin: Client) -> None:
    make_department()
    text = text_of(admin, "/console/exchange?department_code=SD02&status=suspended")
    assert '<option value="SD02" selected>' in text and '<option value="suspended" selected>' in text


@pytest.mark.parametrize("path", ["/console/exchange/99999999999999999999999", "/console/exchange/0/file"])
def test_numbers_that_are_none_of_ours_are_not_found(admin: Client, path: str) -> None:
    assert admin.get(path).status_code == 404
