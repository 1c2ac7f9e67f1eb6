"""Whether a card's item has a blank form, told in the statement that reads the cards."""

from typing import Any

from django.db.models import OuterRef, Q, Subquery, Value

from hall.services.catalogue.models import Material

# The kind of a material that is the item's application form (data/README.md).
FORM_KIND = "form"


def blank_form_key(is_wanted: bool) -> Any:
    """For `annotate` on items: the key of the first material with a blank form, given or made from the item's form; else empty."""
    if not is_wanted:
        return Value("")
    made = Q(kind=FORM_KIND) & ~Q(version__form_schemas={})
    given = Material.objects.filter(Q(blank_form_id__isnull=False) | made, version=OuterRef("current_version"))
    return Subquery(given.order_by("seq").values("key")[:1])
