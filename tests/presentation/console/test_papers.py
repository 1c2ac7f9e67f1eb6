"""The console's pages of wordings: written, looked at, published, compared, restored; what is wrong is said at its field."""

import io

import pikepdf
import pytest
from django.test import Client
from PIL import Image

from hall.services.papers.kinds import KINDS, DocType
from hall.services.papers.models import PaperDraft, PaperVersion
from hall.support.access.actors import Role
from tests.make.papers import publish_wording, squeezed, text_of, wording_parts
from tests.make.people import make_staff, signed_in

pytestmark = pytest.mark.django_db
PLACE = "/console/papers/acceptance"


@pytest.fixture
def admin() -> Client:
    return signed_in(make_staff(Role.SYS_ADMIN, name="吴管"))


def _text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def _post(client: Client, path: str, status: int = 302, **given: object) -> str:
    answer = client.post(path, given)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer.headers["Location"] if status == 302 else answer.content.decode()


def test_the_list_names_every_kind_and_who_changed_it(admin: Client) -> None:
    publish_wording(DocType.CLOSURE, closing="谢谢。")
    page = _text(admin, "/console/papers")
    assert all(f'href="/console/papers/{kind}"' in page for kind in KINDS)
    assert "第 1 版" in page and "随平台安装" in page and "没有改过" in page


def test_a_wording_is_written_looked_at_and_published(admin: Client) -> None:
    page = _text(admin, PLACE)
    assert "{承诺时限}" in page and "必须写" in page and "发布草稿" not in page
    parts = wording_parts(DocType.ACCEPTANCE, closing="#谢谢 <b>{申请人}</b> $x$ @您 \\n")
    assert _post(admin, PLACE, revision=0, seen=0, **parts) == f"{PLACE}?done=saved"
    assert not PaperVersion.objects.exists()
    page = _text(admin, f"{PLACE}?done=saved")
    assert "草稿已保存" in page and "草稿的预览" in page and "#谢谢 &lt;b&gt;" in page
    pdf = admin.get(f"{PLACE}/preview.pdf")
    assert (pdf["Content-Type"], pdf["Cache-Control"]) == ("application/pdf", "private, no-store")
    printed = text_of(pdf.content)
    assert "样张" in printed and squeezed("#谢谢 <b>山东示例新能源科技有限公司</b> $x$ @您 \\n") in printed
    with pikepdf.open(io.BytesIO(pdf.content)) as opened, opened.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "2"
    picture = Image.open(io.BytesIO(admin.get(f"{PLACE}/preview.png").content))
    assert (picture.format, picture.width) == ("PNG", 794)
    assert _post(admin, f"{PLACE}/publish", revision=1, note="更客气") == f"{PLACE}?done=published"
    page = _text(admin, f"{PLACE}/versions/1")
    assert "更客气" in page and "和上一版比较" in page and "<ins>" in page and "恢复成草稿" not in page
    assert _post(admin, f"{PLACE}/restore", number=0) == f"{PLACE}?done=restored"
    assert "和现行" not in _text(admin, PLACE) and "发布草稿" in _text(admin, PLACE)
    assert _post(admin, f"{PLACE}/discard", revision=1) == f"{PLACE}?done=discarded"
    assert "谢谢" not in text_of(admin.get(f"{PLACE}/preview.pdf?version=0").content)


def test_everything_wrong_is_said_and_what_was_typed_stays(admin: Client) -> None:
    parts = wording_parts(DocType.ACCEPTANCE, opening="您好{申请号}", details="收费：{收费}\n没有名称", title="")
    page = _post(admin, PLACE, 422, revision=0, seen=0, **parts)
    assert "还有 3 处需要修改" in page and "“{申请号}”不是这份文书能填的内容" in page and "请写标题" in page
    assert "您好{申请号}" in page and 'id="f-details-err"' in page
    page = _post(admin, PLACE, 422, revision=0, seen=0, **wording_parts(DocType.ACCEPTANCE, closing="笑😀"))
    assert "“😀”印不出来" in page
    page = _post(admin, PLACE, 409, revision=7, seen=0, **wording_parts(DocType.ACCEPTANCE, closing="旧窗口里写的"))
    assert "您的操作没有生效" in page and "旧窗口里写的" in page
    _post(admin, f"{PLACE}/publish", 409, revision=1)
    assert not PaperDraft.objects.exists() and not PaperVersion.objects.exists()


@pytest.mark.parametrize("odd", ["%00", "acceptance2", "ACCEPTANCE", "acceptance/versions/99999999999999999999", "acceptance/versions/1",
                                 "acceptance/preview.pdf?version=5", "acceptance/preview.png?version=x"])  # fmt: skip
def test_what_is_not_there(admin: Client, odd: str) -> None:
    answer = admin.get(f"/console/papers/{odd}")
    assert answer.status_code == 404
    for number in ("", "x", "-1", "9", "９", "9" * 30):
        assert admin.post(f"{PLACE}/restore", {"number": number}).status_code == 404
    assert admin.get(f"{PLACE}?before=99999999999").status_code == 200
