from django.db import migrations, models

DEPARTMENT = (
    'clerk', 'clerk,dept_leader', 'clerk,dept_leader,reviewer', 'clerk,reviewer', 'dept_leader', 'dept_leader,reviewer', 'reviewer',
)  # fmt: skip


class Migration(migrations.Migration):
    """Somebody of the hall reconciles payments, and does nothing else."""

    dependencies = [
        ('identity', '0003_second_factor'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='staffpost', name='staff_duties_kept_apart'),
        migrations.AddConstraint(
            model_name='staffpost',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(('department__isnull', False), ('roles__in', DEPARTMENT)),
                    models.Q(('department__isnull', True), ('roles__in', ('auditor', 'finance', 'mediator', 'supervisor', 'sys_admin'))),
                    _connector='OR',
                ),
                name='staff_duties_kept_apart',
            ),
        ),
    ]
