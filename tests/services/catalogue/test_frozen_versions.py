"""A published version never changes, whoever tries: cases point at it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from hall.services.catalogue import queries
from hall.services.catalogue.models import Item, ItemVersion, Material
from tests.make.catalogue import make_item, material_row

pytestmark = pytest.mark.django_db


def refused(statement: str, *values: int) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(caught.value)


def test_the_database_refuses_every_change_of_a_published_version() -> None:
    version = make_item(materials=[material_row(1), material_row(2)])
    for statement in (
        "UPDATE catalogue_item_version SET promised_days = 1 WHERE id = %s",
        "UPDATE catalogue_item_version SET published_at = NULL WHERE id = %s",
        "DELETE FROM catalogue_item_version WHERE id = %s",
    ):
        assert "is published and cannot change" in refused(statement, version.version_id)
    for statement in (
        "UPDATE catalogue_material SET name = 'x' WHERE version_id = %s",
        "DELETE FROM catalogue_material WHERE version_id = %s",
        "INSERT INTO catalogue_material SELECT id + 1000000, 9, 'm9', name, kind, source, necessity, condition_when, medium, originals,"
        " copies, has_blank_form, has_sample, reusable, accept, max_mb, issuer, guideline, cert_type_id, version_id"
        " FROM catalogue_material WHERE version_id = %s LIMIT 1",
    ):
        assert "materials of a published version cannot change" in refused(statement, version.version_id)


def test_materials_cannot_move_into_a_published_version() -> None:
    version = make_item()
    draft = ItemVersion.objects.filter(pk=version.version_id).get()
    draft.pk, draft.number, draft.published_at = None, 2, None
    draft.save(force_insert=True)
    material = Material.objects.create(version=draft, key="m1", **material_row(1))
    assert "cannot change" in refused("UPDATE catalogue_material SET version_id = %s WHERE id = %s", version.version_id, material.pk)
    Material.objects.filter(pk=material.pk).update(name="仍可修改")
    Material.objects.filter(pk=material.pk).delete()
    draft.delete()


def test_an_item_points_only_at_its_own_versions() -> None:
    first, second = make_item(), make_item(name="另一件事")
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.filter(code=first.code).update(current_version_id=second.version_id)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_published_item_has_a_version() -> None:
    version = make_item()
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.filter(code=version.code).update(current_version=None)


def test_a_case_reads_the_version_that_it_was_filed_under() -> None:
    old = make_item(code="370100000201", promised_days=10)
    new = make_item(code="370100000201", promised_days=5)
    assert (old.number, new.number) == (1, 2)
    assert queries.item_version(old.version_id) == old
    assert queries.current_version("370100000201") == new


def test_a_draft_version_is_nobodys_to_read() -> None:
    version = make_item()
    draft = ItemVersion.objects.get(pk=version.version_id)
    draft.pk, draft.number, draft.published_at = None, 2, None
    draft.save(force_insert=True)
    assert queries.item_version(draft.pk) is None
