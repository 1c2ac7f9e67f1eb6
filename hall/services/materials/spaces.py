"""Whose library it is: the person's own, or that of the enterprise acted for. Every command and query of this module starts here."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from hall.services.materials import rules
from hall.services.materials.models import Space
from hall.support.access.actors import Actor, Role, require


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a library belongs to: an enterprise where `enterprise_id` is set, else the person."""

    account_id: int
    enterprise_id: int | None

    @property
    def condition(self) -> dict[str, Any]:
        """The condition that finds the space; a person's own cases for an enterprise never lead into the person's own space."""
        if self.enterprise_id is not None:
            return {"enterprise_id": self.enterprise_id}
        return {"account_id": self.account_id}

    @property
    def quota_bytes(self) -> int:
        limit: int = settings.MATERIALS_ENTERPRISE_BYTES if self.enterprise_id is not None else settings.MATERIALS_PERSON_BYTES
        return limit


def holder_of(actor: Actor) -> Holder:
    """The holder for whom the actor acts now. Raises: SignInNeeded, NotAllowed."""
    require(actor, Role.CITIZEN)
    assert actor.account_id is not None
    return Holder(actor.account_id, actor.enterprise_id)


def locked_space(holder: Holder) -> Space:
    """The holder's space, made if there is none, locked until the transaction ends. One or three SQL statements."""
    found = Space.objects.select_for_update().filter(**holder.condition).first()
    if found is None:
        try:
            with transaction.atomic():
                Space.objects.create(**holder.condition)
        except IntegrityError:
            pass  # somebody made it at the same moment
        found = Space.objects.select_for_update().get(**holder.condition)
    return found


def take_room(holder: Holder, space: Space, *, size_bytes: int, materials: int = 1) -> None:
    """Count bytes and materials into the space, by one conditional UPDATE. Raises: LibraryFull."""
    fits = Space.objects.filter(pk=space.pk, used_bytes__lte=holder.quota_bytes - size_bytes, held__lte=rules.MOST_MATERIALS - materials)
    if not fits.update(used_bytes=F("used_bytes") + size_bytes, held=F("held") + materials):
        now = Space.objects.get(pk=space.pk)
        raise rules.LibraryFull(rules.full_sentence(used_bytes=now.used_bytes, quota_bytes=holder.quota_bytes, held=now.held))


def give_room(space_id: int, *, size_bytes: int, materials: int) -> None:
    """Count out what was taken away."""
    Space.objects.filter(pk=space_id).update(used_bytes=F("used_bytes") - size_bytes, held=F("held") - materials)
