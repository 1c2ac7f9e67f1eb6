"""What cases hand on to the libraries of their applicants (§5.3.4, §5.5.3): results, and what was handed in. Every function may run twice."""

from datetime import datetime

from django.utils import timezone

from hall.services import events
from hall.services.cases.models import Case, CaseDocument, CaseMaterial
from hall.services.cases.moves import version_of
from hall.services.cases.rules import CloseKind
from hall.services.materials import keeping
from hall.services.materials.keeping import FromCase, HandedIn, Result
from hall.services.materials.spaces import Holder
from hall.services.papers.kinds import DocType
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.identity import queries as identity

MOST_PAST = 50


def keep_submitted(fact: events.ApplicationSubmitted) -> None:
    """Keep what was handed in, where the applicant agreed."""
    _keep_rounds(_case(fact.case_id), first_round=1)


def keep_finished(fact: events.CaseFinished) -> None:
    """Put the results of a granted case into the library; and keep what was handed in later, while correcting."""
    case = _case(fact.case_id)
    if case.close_kind == CloseKind.GRANTED:
        _keep_results(case)
    _keep_rounds(case, first_round=2)


def renew_results(fact: events.ResultRevoked | events.ResultReplaced) -> None:
    """A result was taken back or made anew: what no longer stands ends in the library, what stands now is kept."""
    case = Case.objects.select_related("joint").get(serial=fact.serial)
    results = list(CaseDocument.objects.filter(case=case, kind=DocType.RESULT).order_by("version", "pk"))
    for document in results:
        if document.is_revoked or document is not results[-1]:
            keeping.end_result(number=document.number, now=timezone.now())
    if case.close_kind == CloseKind.GRANTED:
        _keep_results(case)


def keep_past(fact: events.KeepingAgreed) -> None:
    """The applicant agreed just now: the latest cases first, fifty at most."""
    mine = {"account_id": fact.account_id, "enterprise_id": None} if fact.enterprise_id is None else {"enterprise_id": fact.enterprise_id}
    for case in Case.objects.filter(serial__isnull=False, **mine).select_related("joint").order_by("-pk")[:MOST_PAST]:
        _keep_rounds(case, first_round=1)


def _case(case_id: int) -> Case:
    return Case.objects.select_related("joint").get(pk=case_id)


def holder_of_case(case: Case) -> Holder:
    """Whose library the case belongs to: the enterprise's where one applied."""
    return Holder(case.account_id, case.enterprise_id)


def _from(case: Case) -> FromCase:
    assert case.serial is not None
    department = identity.department(case.department_code)
    assert department is not None
    whole = (case.joint.serial or "") if case.joint is not None else ""
    return FromCase(case.serial, case.item_code, case.item_name, department.short_name, case.submitted_at, whole)


def _keep_results(case: Case) -> None:
    latest = CaseDocument.objects.filter(case=case, kind=DocType.RESULT).order_by("-version", "-pk").first()
    documents = [latest] if latest is not None and not latest.is_revoked else []
    files = store.file_rows(document.file_id for document in documents)
    for document in documents:
        result = Result(document.title, document.number, files[document.file_id], document.valid_until, document.issued_at)
        keeping.keep_result(holder=holder_of_case(case), case=_from(case), result=result, now=timezone.now())


def _keep_rounds(case: Case, *, first_round: int) -> None:
    """Of each material the last round's files, unless that is before `first_round`."""
    rows = list(CaseMaterial.objects.filter(case=case).order_by("material_key", "position"))
    last = {key: max(row.round for row in rows if row.material_key == key) for key in {row.material_key for row in rows}}
    files = store.file_rows(row.file_id for row in rows)
    given: list[HandedIn] = []
    for material in version_of(case).materials:
        held = [row for row in rows if row.material_key == material.key and row.round == last[material.key] >= first_round]
        if held:
            given.append(
                HandedIn(
                    key=material.key,
                    name=material.name,
                    kind=material.kind,
                    source=material.source,
                    cert_type=material.cert_type,
                    files=tuple(files[row.file_id] for row in held if row.file_id in files),
                    is_checked=all(row.checked_at is not None for row in held),
                )
            )
    if given:
        keeping.keep_handed_in(holder=holder_of_case(case), case=_from(case), materials=given, now=timezone.now())


def note_checked(case: Case, keys: set[str], *, now: datetime) -> None:
    """A clerk compared these materials with their originals: what the library holds of them rises to grade B."""
    rows = CaseMaterial.objects.filter(case=case, material_key__in=keys)
    if not rows.update(checked_at=now):
        return
    files: list[FileRow] = list(store.file_rows(rows.values_list("file_id", flat=True)).values())
    keeping.note_checked(holder=holder_of_case(case), department=_from(case).department, contents=[file.sha256 for file in files], now=now)
