import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0003_variant"),
        ("cases", "0003_joint"),
        ("catalogue", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Basket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.BigIntegerField(unique=True)),
                ("codes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None)),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "db_table": "applications_basket",
                "constraints": [models.CheckConstraint(condition=models.Q(("codes__len__lte", 20)), name="basket_twenty")],
            },
        ),
        migrations.CreateModel(
            name="JointDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.BigIntegerField()),
                ("enterprise_id", models.BigIntegerField(null=True)),
                ("bundle_code", models.CharField(blank=True, max_length=12)),
                ("name", models.CharField(max_length=120)),
                ("answers", models.BinaryField()),
                ("left_out", models.JSONField(default=list)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("saved_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("discarded_at", models.DateTimeField(null=True)),
                (
                    "joint",
                    models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.jointcase"),
                ),
            ],
            options={
                "db_table": "applications_joint_draft",
            },
        ),
        migrations.CreateModel(
            name="JointDraftMaterial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("material_key", models.CharField(max_length=16)),
                ("position", models.PositiveSmallIntegerField()),
                ("file_id", models.UUIDField()),
                ("uploaded_at", models.DateTimeField()),
                ("draft", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="applications.jointdraft")),
            ],
            options={
                "db_table": "applications_joint_material",
            },
        ),
        migrations.CreateModel(
            name="JointDraftPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("item_code", models.CharField(max_length=12)),
                ("variant", models.CharField(blank=True, max_length=8)),
                ("draft", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="applications.jointdraft")),
                (
                    "item_version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.itemversion"),
                ),
            ],
            options={
                "db_table": "applications_joint_part",
            },
        ),
        migrations.AddIndex(
            model_name="jointdraft",
            index=models.Index(
                condition=models.Q(("discarded_at__isnull", True), ("submitted_at__isnull", True)),
                fields=["saved_at"],
                name="joint_draft_age",
            ),
        ),
        migrations.AddConstraint(
            model_name="jointdraft",
            constraint=models.UniqueConstraint(
                condition=models.Q(("discarded_at__isnull", True), ("submitted_at__isnull", True)),
                fields=("account_id", "enterprise_id", "bundle_code"),
                name="joint_draft_one_open",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="jointdraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("joint__isnull", True), ("submitted_at__isnull", True)),
                    models.Q(("joint__isnull", False), ("submitted_at__isnull", False)),
                    _connector="OR",
                ),
                name="joint_draft_submitted_has_joint",
            ),
        ),
        migrations.AddConstraint(
            model_name="jointdraftmaterial",
            constraint=models.UniqueConstraint(fields=("draft", "material_key", "position"), name="joint_draft_material_place"),
        ),
        migrations.AddConstraint(
            model_name="jointdraftmaterial",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 5)), name="joint_draft_material_five"
            ),
        ),
        migrations.AddConstraint(
            model_name="jointdraftpart",
            constraint=models.UniqueConstraint(fields=("draft", "position"), name="joint_draft_part_position"),
        ),
        migrations.AddConstraint(
            model_name="jointdraftpart",
            constraint=models.UniqueConstraint(fields=("draft", "item_code"), name="joint_draft_part_item"),
        ),
    ]
