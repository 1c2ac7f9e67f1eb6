"""Tables of the catalogue; private to this module. A version, once published, never changes: a case keeps the one it was filed under."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hall.services.catalogue import rules
from hall.services.catalogue.draft_models import ItemDraft
from hall.services.catalogue.exchange_models import ItemExchange, OpenRelease
from hall.services.catalogue.place_models import Implementation, Venue
from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet
from hall.services.catalogue.word_models import Keyword, Situation, Synonym, SynonymItem

# Django finds a module's tables here.
__all__ = [
    "Bundle",
    "BundleItem",
    "CatalogueStamp",
    "CertType",
    "Division",
    "Implementation",
    "Item",
    "ItemDraft",
    "ItemExchange",
    "ItemTag",
    "ItemTheme",
    "ItemVersion",
    "Keyword",
    "Material",
    "OpenRelease",
    "Relation",
    "Situation",
    "Synonym",
    "SynonymItem",
    "Tag",
    "TagSet",
    "Tally",
    "Theme",
    "Venue",
]


def _one_of(field: str, values: type[rules.Word], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [value.value for value in values]}), name=name)


def _only_of(field: str, values: type[rules.Word], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__contained_by": [value.value for value in values]}), name=name)


class Division(models.Model):
    """行政区划: province, cities, counties, townships; `is_gb2260` marks real GB/T 2260 codes, the others are statistical areas."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=12)
    parent_code = models.CharField(max_length=12, blank=True)
    is_gb2260 = models.BooleanField()

    class Meta:
        db_table = "catalogue_division"
        indexes = [models.Index(fields=["parent_code", "code"], name="division_children")]
        constraints = [_one_of("level", rules.DivisionLevel, "division_level")]


class Theme(models.Model):
    """主题: one of the two trees, for people and for organisations; `stage` is the stage of life."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=40)
    audience = models.CharField(max_length=8)
    stage = models.CharField(max_length=20, blank=True)
    order = models.PositiveIntegerField()
    # What the console wrote into a theme, a tag or its set, the import leaves alone.
    origin = models.CharField(max_length=8, default=rules.Origin.FILE, db_default=rules.Origin.FILE.value)

    class Meta:
        db_table = "catalogue_theme"
        constraints = [
            _one_of("origin", rules.Origin, "theme_origin"),
            _one_of("audience", rules.Audience, "theme_audience"),
            models.UniqueConstraint(fields=["audience", "name"], deferrable=models.Deferrable.DEFERRED, name="theme_name_once"),
        ]


class CertType(models.Model):
    """电子证照类型. `issuer_department_code` is empty where no department of the hall issues it."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    holder = models.CharField(max_length=8)
    issuer = models.CharField(max_length=80, blank=True)
    issuer_department_code = models.CharField(max_length=12, blank=True)
    number_field = models.CharField(max_length=40, blank=True)
    aliases = ArrayField(models.CharField(max_length=60), default=list)

    class Meta:
        db_table = "catalogue_cert_type"
        # Deferred, here and below: two rows may change names with one another in one import.
        constraints = [models.UniqueConstraint(fields=["name"], deferrable=models.Deferrable.DEFERRED, name="cert_type_name_once")]


class Item(models.Model):
    """事项: the lasting identity; what it says stands in its versions. `order` sorts lists, small first (rules.order_of)."""

    code = models.CharField(max_length=12, primary_key=True)
    department = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    # Never null once published; the key (code, current_version) into the versions is made in the migration.
    current_version = models.ForeignKey("ItemVersion", on_delete=models.PROTECT, null=True, related_name="current_of")
    status = models.CharField(max_length=12)
    # Who set the status: what the hall suspended or abolished, no file brings back.
    status_origin = models.CharField(max_length=8, default=rules.Origin.FILE, db_default=rules.Origin.FILE)
    order = models.PositiveIntegerField(default=rules.LAST_ORDER)
    # Of "themes" and "related": those that people of the hall set; the import leaves them alone.
    hall_links = ArrayField(models.CharField(max_length=8), default=list, db_default=[])

    class Meta:
        db_table = "catalogue_item"
        indexes = [
            models.Index(fields=["department", "order", "code"], name="item_of_department"),
            models.Index(fields=["order", "code"], name="item_in_order"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9A-Z]{12}$"), name="item_code_form"),
            _one_of("status", rules.ItemStatus, "item_status"),
            _one_of("status_origin", rules.Origin, "item_status_origin"),
            models.CheckConstraint(condition=Q(status="draft") | Q(current_version__isnull=False), name="item_published_has_version"),
        ]


class ItemVersion(models.Model):
    """实施清单 of one item as published at one time (domain.md §3). Columns are what is filtered or sorted by; lists are JSON.

    `digest` is SHA-256 over the whole content, materials and forms included. A trigger refuses every change after `published_at`.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True)
    department = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    impl_code = models.CharField(max_length=33, blank=True)
    name = models.CharField(max_length=200)
    item_type = models.CharField(max_length=16)
    levels = ArrayField(models.CharField(max_length=12))
    audience = ArrayField(models.CharField(max_length=8))
    handling_type = models.CharField(max_length=12)
    statutory_days = models.PositiveSmallIntegerField()
    promised_days = models.PositiveSmallIntegerField()
    day_unit = models.CharField(max_length=8)
    online_depth = models.CharField(max_length=8)
    onsite_visits = models.PositiveSmallIntegerField()
    applicable = models.BooleanField()
    charged = models.BooleanField()
    fee = models.CharField(max_length=300, blank=True)
    region_scope = models.CharField(max_length=16)
    bookable = models.BooleanField()
    mailable = models.BooleanField()
    payable = models.BooleanField()
    leader_approval = models.BooleanField()
    result_name = models.CharField(max_length=260)
    result_kind = models.CharField(max_length=12)
    authority_kind = models.CharField(max_length=12, blank=True)
    authority_scope = models.TextField(blank=True)
    accept_org = models.CharField(max_length=200, blank=True)
    decide_org = models.CharField(max_length=200, blank=True)
    delegated_to = models.JSONField(default=list)
    co_departments = models.JSONField(default=list)
    quota_limit = models.CharField(max_length=300, blank=True)
    handling_forms = models.JSONField(default=list)
    legal_basis = models.JSONField(default=list)
    legal_basis_quality = models.CharField(max_length=12)
    conditions = models.JSONField(default=list)
    conditions_quality = models.CharField(max_length=12)
    flow_steps = models.JSONField(default=list)
    fees = models.JSONField(default=list)
    special_procedures = models.JSONField(default=list)
    intermediary_services = models.JSONField(default=list)
    places = models.JSONField(default=list)
    consult_contacts = models.JSONField(default=list)
    complaint_contacts = models.JSONField(default=list)
    faqs = models.JSONField(default=list)
    form_schemas = models.JSONField(default=dict)
    variants = models.JSONField(default=list)
    # 秒批: conditions under which the hall decides, and of a hundred such decisions how many people look at.
    instant_rules = models.JSONField(default=list, db_default=[])
    instant_share = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Who wrote it: a file of the import, or a department at its desk. The import never writes over a desk's work.
    origin = models.CharField(max_length=8, default=rules.Origin.FILE)

    class Meta:
        db_table = "catalogue_item_version"
        # With the id in it: part of a name is looked for in the index alone.
        indexes = [models.Index(fields=["name"], include=["id"], name="item_version_names")]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="item_version_number"),
            models.UniqueConstraint(fields=["item", "id"], name="item_version_of_item"),
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(name=""), name="item_version_named"),
            models.CheckConstraint(condition=Q(statutory_days=0) | Q(promised_days__lte=F("statutory_days")), name="item_version_promise"),
            models.CheckConstraint(condition=~Q(audience=[]), name="item_version_for_somebody"),
            # Decided on the spot means no days, and the other way round.
            models.CheckConstraint(
                condition=Q(handling_type="instant", promised_days=0) | (Q(handling_type="promise") & Q(promised_days__gte=1)),
                name="item_version_handling",
            ),
            _one_of("origin", rules.Origin, "item_version_origin"),
            _one_of("item_type", rules.ItemType, "item_version_type"),
            _one_of("day_unit", rules.DayUnit, "item_version_day_unit"),
            _one_of("online_depth", rules.OnlineDepth, "item_version_depth"),
            _one_of("region_scope", rules.RegionScope, "item_version_region"),
            _one_of("result_kind", rules.ResultKind, "item_version_result"),
            _only_of("audience", rules.Audience, "item_version_audience"),
            _only_of("levels", rules.Level, "item_version_levels"),
        ]


class Material(models.Model):
    """申请材料 of one version (domain.md §3.1). `key` (m1, m2 …) is its name in drafts and cases; frozen with its version."""

    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="materials")
    seq = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    source = models.CharField(max_length=16)
    necessity = models.CharField(max_length=12)
    when = models.CharField(max_length=200, blank=True, db_column="condition_when")
    medium = models.CharField(max_length=24)
    originals = models.PositiveSmallIntegerField()
    copies = models.PositiveSmallIntegerField()
    has_blank_form = models.BooleanField()
    has_sample = models.BooleanField()
    reusable = models.BooleanField()
    accept = ArrayField(models.CharField(max_length=8))
    max_mb = models.PositiveSmallIntegerField()
    cert_type = models.ForeignKey(CertType, on_delete=models.PROTECT, null=True, related_name="+")
    issuer = models.CharField(max_length=120, blank=True)
    guideline = models.TextField(blank=True)
    # Of which variants (their keys); empty: of all.
    variants = ArrayField(models.CharField(max_length=8), default=list)
    # Plain numbers of stored files, as the department gave them; null where it gave none.
    blank_form_id = models.UUIDField(null=True)
    sample_id = models.UUIDField(null=True)
    # 可信等级, the least for a material out of a library; empty: the department said nothing, the usual for the kind applies.
    trust_grade = models.CharField(max_length=1, blank=True, default="", db_default="")
    # 规范要求 (elements.Standard); null: the department said nothing, the usual for the kind applies.
    most_pages = models.PositiveSmallIntegerField(null=True)
    least_dpi = models.PositiveSmallIntegerField(null=True)
    least_pixels = models.PositiveSmallIntegerField(null=True)
    in_colour = models.BooleanField(null=True)
    legible = models.BooleanField(null=True)
    no_blank = models.BooleanField(null=True)
    has_seal = models.BooleanField(null=True)
    in_force = models.BooleanField(null=True)
    of_applicant = models.BooleanField(null=True)

    class Meta:
        db_table = "catalogue_material"
        constraints = [
            models.CheckConstraint(
                condition=(Q(most_pages__isnull=True) | Q(most_pages__gte=1, most_pages__lte=1000))
                & (Q(least_dpi__isnull=True) | Q(least_dpi__gte=72, least_dpi__lte=1200))
                & (Q(least_pixels__isnull=True) | Q(least_pixels__gte=100, least_pixels__lte=6000)),
                name="material_standard",
            ),
            models.UniqueConstraint(fields=["version", "seq"], name="material_seq"),
            models.UniqueConstraint(fields=["version", "key"], name="material_key"),
            models.CheckConstraint(condition=Q(seq__gte=1) & ~Q(name=""), name="material_named"),
            models.CheckConstraint(condition=Q(max_mb__gte=1, max_mb__lte=200), name="material_size"),
            models.CheckConstraint(condition=~Q(accept=[]), name="material_accepts_something"),
            _one_of("source", rules.MaterialSource, "material_source"),
            _one_of("necessity", rules.Necessity, "material_necessity"),
            _one_of("medium", rules.Medium, "material_medium"),
            models.CheckConstraint(
                condition=Q(trust_grade__in=["", *(word.value for word in rules.TrustGrade)]), name="material_trust_grade"
            ),
        ]


class ItemTheme(models.Model):
    """Under which themes an item is found."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT)

    class Meta:
        db_table = "catalogue_item_theme"
        constraints = [models.UniqueConstraint(fields=["theme", "item"], name="item_theme_once")]


class Relation(models.Model):
    """关联事项: `to_item` comes before, after or together with `item`."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="relations")
    to_item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)

    class Meta:
        db_table = "catalogue_relation"
        constraints = [
            models.UniqueConstraint(fields=["item", "kind", "to_item"], name="relation_once"),
            models.CheckConstraint(condition=~Q(item=F("to_item")), name="relation_to_another"),
            _one_of("kind", rules.RelationKind, "relation_kind"),
        ]


class Bundle(models.Model):
    """一件事: several items that people do as one matter. The two material counts are kept by the import."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    audience = models.CharField(max_length=8)
    aliases = ArrayField(models.CharField(max_length=60), default=list)
    order = models.PositiveIntegerField()
    materials_total = models.PositiveIntegerField(default=0)
    materials_distinct = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "catalogue_bundle"
        constraints = [
            _one_of("audience", rules.Audience, "bundle_audience"),
            models.UniqueConstraint(fields=["name"], deferrable=models.Deferrable.DEFERRED, name="bundle_name_once"),
        ]


class BundleItem(models.Model):
    """An item's place in a bundle, in doing order."""

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE)
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    order = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "catalogue_bundle_item"
        constraints = [
            models.UniqueConstraint(fields=["bundle", "item"], name="bundle_item_once"),
            models.UniqueConstraint(fields=["bundle", "order"], name="bundle_item_order"),
        ]


class Tally(models.Model):
    """How many published items a department or theme has, kept by the import, so that no page counts."""

    scope = models.CharField(max_length=12)
    key = models.CharField(max_length=12, blank=True)
    items = models.PositiveIntegerField()
    applicable = models.PositiveIntegerField()
    full_online = models.PositiveIntegerField()

    class Meta:
        db_table = "catalogue_tally"
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="tally_key"),
            _one_of("scope", rules.TallyScope, "tally_scope"),
        ]


class CatalogueStamp(models.Model):
    """One row, one number: it grows with every publication and is part of the key of cached pages."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveBigIntegerField(default=1)

    class Meta:
        db_table = "catalogue_stamp"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="catalogue_stamp_one_row")]
