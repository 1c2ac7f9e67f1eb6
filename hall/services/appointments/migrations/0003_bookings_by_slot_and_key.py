import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The new index holds what the foreign key's own one did."""

    dependencies = [
        ("appointments", "0002_waiting_bars_draws"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["slot", "request_key"], name="appointment_of_slot"),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="slot",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="appointments.slot"),
        ),
    ]
