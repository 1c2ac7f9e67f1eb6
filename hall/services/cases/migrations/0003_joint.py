import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_variant"),
        ("catalogue", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="JointCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("serial", models.CharField(max_length=24, null=True, unique=True)),
                ("request_key", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("bundle_code", models.CharField(blank=True, max_length=12)),
                ("department_code", models.CharField(max_length=12)),
                ("channel", models.PositiveSmallIntegerField()),
                ("account_id", models.BigIntegerField()),
                ("enterprise_id", models.BigIntegerField(null=True)),
                ("applicant_name", models.CharField(max_length=120)),
                ("applicant_digest", models.CharField(max_length=64)),
                ("query_code", models.BinaryField()),
                ("submitted_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "cases_joint",
                "indexes": [
                    models.Index(fields=["account_id", "-id"], name="joint_account"),
                    models.Index(
                        condition=models.Q(("enterprise_id__isnull", False)), fields=["enterprise_id", "-id"], name="joint_enterprise"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="joint",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="cases.jointcase"),
        ),
        migrations.CreateModel(
            name="JointPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "waits_for",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, size=None),
                ),
                ("item_code", models.CharField(max_length=12)),
                ("item_name", models.CharField(max_length=200)),
                ("department_code", models.CharField(max_length=12)),
                ("department_number", models.PositiveSmallIntegerField()),
                ("variant", models.CharField(blank=True, max_length=8)),
                ("answers", models.BinaryField()),
                ("state", models.CharField(default="waiting", max_length=8)),
                ("sentence", models.CharField(blank=True, max_length=400)),
                ("moved_at", models.DateTimeField()),
                (
                    "case",
                    models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="part", to="cases.case"),
                ),
                (
                    "item_version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.itemversion"),
                ),
                ("joint", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="cases.jointcase")),
            ],
            options={
                "db_table": "cases_joint_part",
            },
        ),
        migrations.CreateModel(
            name="JointPartFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("material_key", models.CharField(max_length=12)),
                ("material_name", models.CharField(max_length=200)),
                ("position", models.PositiveSmallIntegerField()),
                ("file_id", models.UUIDField()),
                ("part", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="cases.jointpart")),
            ],
            options={
                "db_table": "cases_joint_part_file",
            },
        ),
        migrations.AddConstraint(
            model_name="jointpart",
            constraint=models.UniqueConstraint(fields=("joint", "position"), name="joint_part_position"),
        ),
        migrations.AddConstraint(
            model_name="jointpart",
            constraint=models.UniqueConstraint(fields=("joint", "item_code"), name="joint_part_item_once"),
        ),
        migrations.AddConstraint(
            model_name="jointpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case__isnull", False), ("state", "open")),
                    models.Q(("case__isnull", True), ("sentence", ""), ("state", "waiting")),
                    models.Q(("case__isnull", True), ("state", "left"), models.Q(("sentence", ""), _negated=True)),
                    _connector="OR",
                ),
                name="joint_part_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="jointpartfile",
            constraint=models.UniqueConstraint(fields=("part", "material_key", "position"), name="joint_part_file_place"),
        ),
    ]
