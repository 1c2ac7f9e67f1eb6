"""The licences that a case was handed in with (免提交, §5.3.3), and the department looking again."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.integration.ports.licence import LicenceCode
from hall.services.cases.models import Case, CaseLicence
from hall.services.cases.moves import locked_case, scope
from hall.services.cases.rows import LicenceRow
from hall.services.licences import commands, queries
from hall.services.licences.commands import Wanted
from hall.services.licences.rows import Holder
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, require
from hall.support.audit import trail
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound


def licences_of(case_id: int) -> tuple[LicenceRow, ...]:
    """The licences of a case that was found in the viewer's scope, in the order of its materials. Two SQL queries, one for none."""
    held = list(CaseLicence.objects.filter(case_id=case_id).order_by("pk"))
    looked = queries.looked_up({row.lookup_id for row in held} | {row.rechecked_id for row in held if row.rechecked_id})
    return tuple(
        LicenceRow(
            licence_id=row.pk,
            material_key=row.material_key,
            material_name=row.material_name,
            given=looked[row.lookup_id],
            rechecked=looked[row.rechecked_id] if row.rechecked_id else None,
        )
        for row in held
    )


def recheck_licence(*, actor: Actor, serial: str, licence_id: int, now: datetime) -> LicenceCode:
    """The department looks a licence of its case up anew, on its own ground; the holder can see that. Returns the result code.

    The earlier answer stays with the case. Waits 1.8 seconds at most; must not be called inside a transaction.
    Raises: NotFound outside the actor's scope, NotAllowed.
    """
    require(actor, *DEPARTMENT_ROLES)
    case = Case.objects.filter(scope(actor), serial=serial).first()
    row = CaseLicence.objects.filter(case=case, pk=licence_id).first() if case is not None else None
    if case is None or row is None:
        raise NotFound
    given = queries.looked_up([row.lookup_id])[row.lookup_id]
    looked = commands.look_up_again(
        actor=actor,
        holder=_holder_of(case),
        wanted=Wanted(given.cert_type, given.cert_name),
        purpose=f"审查“{case.item_name}”",
        now=now,
    )
    _keep(actor, serial, licence_id, looked.lookup_id, now)
    return looked.code_on(timezone.localdate(now))


@transaction.atomic
def _keep(actor: Actor, serial: str, licence_id: int, lookup_id: int, now: datetime) -> None:
    case = locked_case(actor, serial, revision=None)
    CaseLicence.objects.filter(case=case, pk=licence_id).update(rechecked_id=lookup_id)
    trail.record(actor, "case.licence_rechecked", serial, at=now)


def _holder_of(case: Case) -> Holder:
    """The applicant, as identity knows them today."""
    if case.enterprise_id is not None:
        enterprise = identity.enterprise(case.enterprise_id)
        assert enterprise is not None
        return Holder("org", enterprise.uscc, enterprise.name)
    profile = identity.profile(case.account_id)
    return Holder("person", profile.id_number, profile.name)
