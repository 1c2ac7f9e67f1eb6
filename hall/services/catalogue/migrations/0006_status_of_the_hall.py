from django.db import migrations, models

import hall.services.catalogue.rules


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0005_tags_and_links_of_the_hall'),
    ]

    operations = [
        migrations.AddField(
            model_name='item',
            name='status_origin',
            field=models.CharField(db_default='file', default=hall.services.catalogue.rules.Origin['FILE'], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('status_origin__in', ['file', 'hall'])), name='item_status_origin'),
        ),
        migrations.RemoveIndex(
            model_name='itemversion',
            name='item_version_name',
        ),
        migrations.AddIndex(
            model_name='itemversion',
            index=models.Index(fields=['name'], include=('id',), name='item_version_names'),
        ),
    ]
