from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0002_initial")]

    operations = [
        migrations.AddField("draft", "variant", models.CharField(max_length=8, blank=True, db_default="", default="")),
    ]
