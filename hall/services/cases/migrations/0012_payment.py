from django.db import migrations, models


class Migration(migrations.Migration):
    """The state 待缴费, when fees were settled, and pauses of the time for delivery."""

    dependencies = [
        ('cases', '0011_documents_stay'),
    ]

    operations = [
        migrations.AddField(model_name='case', name='first_fee_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='case', name='then_fee_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='casepause', name='is_after_decision', field=models.BooleanField(db_default=False, default=False)),
        migrations.RemoveConstraint(model_name='case', name='case_state_known'),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        'state__in',
                        [
                            'submitted', 'pre_review', 'received', 'correction', 'accepted', 'not_accepted', 'returned', 'special',
                            'reviewing', 'hearing_notice', 'payment', 'decided', 'printing', 'delivering', 'closed', 'withdrawn', 'void',
                        ],
                    )
                ),
                name='case_state_known',
            ),
        ),
    ]
