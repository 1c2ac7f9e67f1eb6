"""Results as electronic licences: signed after the commit, read back before they count, revoked by the leader, replaced by a version."""

import importlib.util
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.db import IntegrityError, transaction
from django.test import Client

from hall.services.cases import queries, results
from hall.services.cases.deciding import WrongValidity
from hall.services.cases.models import CaseDocument
from hall.services.cases.results import NotRevocable, Replacement
from hall.services.cases.rules import ReasonMissing
from hall.services.notices.models import Notice
from hall.support.access.actors import NotAllowed, Role
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.jobs import queue
from hall.support.refusals import NotFound
from hall.support.signing import codes, keys, papers
from hall.support.signing.algorithms import Algorithm
from tests.make.cases import MadeCase, make_case
from tests.make.people import NOW, signed_in, staff_actor

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def key(tmp_path: Path, settings: Any) -> Iterator[keys.Key]:
    settings.SIGNING_KEYS_DIR, settings.SIGNING = tmp_path, "ed25519"
    yield keys.make_key(Algorithm.ED25519, now=NOW)


@pytest.fixture
def case() -> MadeCase:
    made = make_case(state="closed")
    queue.run_due_now()
    return made


def result_of(case: MadeCase) -> CaseDocument:
    return CaseDocument.objects.filter(case__serial=case.serial, kind="result").order_by("-version")[0]


def content_of(document: CaseDocument) -> bytes:
    return store.open_file(document.file_id).read_bytes()


def test_a_result_is_signed_after_its_commit_and_only_once(case: MadeCase, key: keys.Key) -> None:
    document = result_of(case)
    assert document.key_id == key.key_id and document.signed_at
    sealed = papers.look_at(content_of(document), keys.all_keys())
    assert (sealed.seal, sealed.key_id) == (papers.Seal.INTACT, key.key_id)
    assert not results.sign_result(document_id=document.pk, now=LATER)
    assert [entry.deed for entry in trail.entries_before()].count("result.signed") == 1


def test_before_the_job_the_plain_file_stands_and_without_a_key_it_stays(settings: Any, tmp_path: Path) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path / "none"
    document = result_of(make_case(state="closed"))
    assert document.signed_code == "" and document.signed_at is None
    assert not results.sign_result(document_id=document.pk, now=LATER)
    assert papers.look_at(content_of(document), {}).seal is papers.Seal.UNSIGNED


def test_a_file_that_comes_back_broken_is_not_shown(key: keys.Key, monkeypatch: pytest.MonkeyPatch) -> None:
    document = result_of(make_case(state="closed"))
    monkeypatch.setattr(papers, "look_at", lambda *_: papers.Sealed(papers.Seal.CHANGED))
    with pytest.raises(results.SignatureBroken):
        results.sign_result(document_id=document.pk, now=LATER)
    again = CaseDocument.objects.get(pk=document.pk)
    assert (again.file_id, again.signed_at) == (document.file_id, None)


def test_the_code_on_the_paper_says_what_the_paper_says(case: MadeCase) -> None:
    document = result_of(case)
    image = pypdfium2.PdfDocument(content_of(document))[0].render(scale=4).to_pil()
    texts = {one.text for one in zxingcpp.read_barcodes(image)}
    (signed,) = (text for text in texts if text.startswith("HL1:"))
    assert signed == document.signed_code and any(text.endswith(document.verify_code) for text in texts)
    claims = codes.read_code(signed, keys.all_keys()).claims
    assert (claims.verify_code, claims.number, claims.version, claims.holder) == (document.verify_code, document.number, 1, "张三")


def test_the_leader_takes_a_result_back_and_everybody_can_tell(case: MadeCase) -> None:
    document = result_of(case)
    results.revoke_result(actor=case.leader, serial=case.serial, document_id=document.pk, reason="检验报告不真实。", now=LATER)
    queue.run_due_now()
    public = queries.verified_document(code=document.verify_code)
    assert public is not None and public.is_revoked and public.revoked_at == LATER
    assert [(row.verify_code, row.status, row.at) for row in results.no_longer_valid()] == [(document.verify_code, "revoked", LATER)]
    notice = Notice.objects.order_by("-pk")[0]
    assert notice.account_id == case.applicant.account_id and "检验报告不真实" in notice.body
    assert case.file.steps[-1].action == "revoke_result" and case.file.row.state == "closed"
    assert "case.revoke_result" in [entry.deed for entry in trail.entries_before(subject=case.serial)]
    assert "这份文书已被撤销" in Client().get(f"/verify/{document.verify_code}").content.decode()
    with pytest.raises(NotRevocable):
        results.revoke_result(actor=case.leader, serial=case.serial, document_id=document.pk, reason="再撤一次", now=LATER)
    assert Notice.objects.filter(body__contains="检验报告不真实").count() == 1


def test_only_the_departments_leader_revokes_and_says_why(case: MadeCase) -> None:
    document = result_of(case)

    def revoke(who: Any, reason: str = "有理由") -> None:
        results.revoke_result(actor=who, serial=case.serial, document_id=document.pk, reason=reason, now=LATER)

    for who in (case.clerk, case.reviewer, case.applicant, staff_actor(Role.SUPERVISOR)):
        with pytest.raises(NotAllowed):
            revoke(who)
    with pytest.raises(NotFound):
        revoke(staff_actor(Role.LEADER, department_code="SD33"))
    with pytest.raises(ReasonMissing):
        revoke(case.leader, " ")
    other = next(row for row in CaseDocument.objects.filter(case__serial=case.serial) if row.kind != "result")
    with pytest.raises(NotFound):
        results.revoke_result(actor=case.leader, serial=case.serial, document_id=other.pk, reason="不是结果", now=LATER)
    assert not result_of(case).is_revoked


def test_what_was_not_delivered_yet_is_made_anew_instead_of_taken_back() -> None:
    made = make_case(state="printing")
    with pytest.raises(results.NotDelivered):
        results.revoke_result(actor=made.leader, serial=made.serial, document_id=result_of(made).pk, reason="有误", now=LATER)
    assert not result_of(made).is_revoked


def test_a_replacement_has_its_own_number_and_the_earlier_one_yields(case: MadeCase) -> None:
    first = result_of(case)

    def replace(until: date | None = None) -> CaseDocument:
        return results.replace_result(
            actor=case.clerk, serial=case.serial, document_id=first.pk, kind=Replacement.LOST, reason="遗失", valid_until=until, now=LATER
        )

    with pytest.raises(WrongValidity):
        replace(NOW.date())
    fresh = replace()
    queue.run_due_now()
    fresh.refresh_from_db()
    assert (fresh.version, fresh.signed_at is not None) == (2, True) and fresh.number != first.number
    assert codes.read_code(fresh.signed_code, keys.all_keys()).claims.version == 2
    with pytest.raises(NotRevocable):
        replace()
    with pytest.raises(NotRevocable):
        results.revoke_result(actor=case.leader, serial=case.serial, document_id=first.pk, reason="旧的", now=LATER)
    assert [(row.verify_code, row.status) for row in results.no_longer_valid()] == [(first.verify_code, "superseded")]
    assert "已有更新的版本" in Client().get(f"/verify/{first.verify_code}").content.decode()


def test_the_table_keeps_revocations_whole(case: MadeCase) -> None:
    for changes in (
        {"is_revoked": True},
        {"revoke_reason": "无"},
        {"is_revoked": True, "revoked_at": NOW},
        {"key_id": "", "signed_at": NOW},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseDocument.objects.filter(pk=result_of(case).pk).update(**changes)


# --- without the network, by the script that anybody may run ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).resolve().parents[3] / "docs" / "offline" / "verify_licence.py"
    spec = importlib.util.spec_from_file_location("verify_licence", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_stand_alone_script_agrees(
    script: ModuleType, tmp_path: Path, settings: Any, algorithm: Algorithm, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SIGNING = algorithm.value
    if algorithm is Algorithm.SM2:
        keys.make_key(algorithm, now=NOW)
    case = make_case(state="closed")
    document = result_of(case)
    for name in ("keys", "revoked"):
        (tmp_path / f"{name}.txt").write_bytes(Client().get(f"/open/{name}.json").content)

    def check(code: str) -> int:
        return int(script.main(["--keys", str(tmp_path / "keys.txt"), "--revoked", str(tmp_path / "revoked.txt"), code]))

    assert check(document.signed_code) == 0 and document.number in capsys.readouterr().out
    sign = "A" if document.signed_code[60] != "A" else "B"
    assert check(document.signed_code[:60] + sign + document.signed_code[61:]) == 1
    assert check("HL1:") == check("") == check("http://x") == 1
    results.revoke_result(actor=case.leader, serial=case.serial, document_id=document.pk, reason="不真实", now=LATER)
    (tmp_path / "revoked.txt").write_bytes(Client().get("/open/revoked.json").content)
    assert check(document.signed_code) == 3
    listed = json.loads((tmp_path / "revoked.txt").read_text())
    assert document.verify_code not in json.dumps(listed)
    listed["list"]["results"] = []
    (tmp_path / "revoked.txt").write_text(json.dumps(listed))
    assert check(document.signed_code) == 1


def test_the_scripts_own_sm3_is_the_standards(script: ModuleType) -> None:
    assert script.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert script.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


# --- the pages ------------------------------------------------------------------------------------------------------------------------


def _upload(content: bytes, name: str) -> tuple[int, str]:
    file = io.BytesIO(content)
    file.name = name
    answer = Client().post("/verify/picture", {"picture": file})
    return answer.status_code, answer.content.decode()


def test_a_pdf_tells_whether_it_was_touched(case: MadeCase) -> None:
    document = result_of(case)
    content = content_of(document)
    status, page = _upload(content, "证.pdf")
    assert status == 200 and "没有被改动过" in page and document.number in page
    touched = bytearray(content)
    touched[len(touched) // 2] ^= 1
    assert "被改动过，请不要相信" in _upload(bytes(touched), "证.pdf")[1]
    assert "不是本大厅出具的文件" in _upload(b"%PDF-1.7\n", "别的.pdf")[1]


def test_a_photo_of_the_signed_code_is_checked_here(case: MadeCase) -> None:
    import segno

    document = result_of(case)

    def photo(text: str) -> bytes:
        target = io.BytesIO()
        segno.make_qr(text).save(target, kind="png", scale=6)
        return target.getvalue()

    status, page = _upload(photo(document.signed_code), "码.png")
    assert status == 200 and "二维码里的电子签名是真的" in page and document.number in page and "张*" in page
    forged = document.signed_code[:70] + ("A" if document.signed_code[70] != "A" else "B") + document.signed_code[71:]
    assert "不是本大厅签发的" in _upload(photo(forged), "码.png")[1]


def test_the_published_keys_hold_no_secret(key: keys.Key) -> None:
    page = Client().get("/open/keys.json")
    assert page["Access-Control-Allow-Origin"] == "*" and key.private.hex() not in page.content.decode()
    assert [one["key_id"] for one in page.json()["keys"]] == [key.key_id]


def test_the_desk_offers_each_their_own(case: MadeCase) -> None:
    document = result_of(case)
    place = f"/desk/cases/{case.serial}"
    leader, clerk = (signed_in(who.account_id) for who in (case.leader, case.clerk) if who.account_id)
    assert "撤销这份结果" in leader.get(place).content.decode() and "换发新证" not in leader.get(place).content.decode()
    page = clerk.get(place).content.decode()
    assert "换发新证" in page and "撤销这份结果" not in page and "已签名" in page
    assert clerk.post(f"{place}/results/{document.pk}/revoke", {"reason": "我来撤"}).status_code == 403
    refused = leader.post(f"{place}/results/{document.pk}/revoke", {"reason": ""})
    assert refused.status_code == 422 and "没有办成" in refused.content.decode()
    assert (
        clerk.post(f"{place}/results/{document.pk}/replace", {"reason": "遗失", "kind": "lost", "valid_until": "明年"}).status_code == 422
    )
    assert clerk.post(f"{place}/results/{document.pk}/replace", {"reason": "遗失", "kind": "lost"}).status_code == 302
    assert leader.post(f"{place}/results/{result_of(case).pk}/revoke", {"reason": "不真实"}).status_code == 302
    assert "已撤销" in leader.get(place).content.decode()
    assert case.applicant.account_id is not None
    own = signed_in(case.applicant.account_id).get(f"/my/cases/{case.serial}").content.decode()
    assert "已撤销" in own and "已换发" in own and "不真实" in own
