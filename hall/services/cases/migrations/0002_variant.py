from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.AddField("case", "variant", models.CharField(max_length=8, blank=True, db_default="", default="")),
    ]
