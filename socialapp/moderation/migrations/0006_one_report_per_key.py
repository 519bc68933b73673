"""A report that is sent again under its key is one. Made while people report."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("moderation", "0005_report_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    # An interrupted try leaves an invalid index.
                    'DROP INDEX CONCURRENTLY IF EXISTS "one_report_per_client_key"',
                    migrations.RunSQL.noop,
                ),
                migrations.RunSQL(
                    'CREATE UNIQUE INDEX CONCURRENTLY "one_report_per_client_key" ON "moderation_report" '
                    '("reporter_id", "client_key") WHERE NOT ("client_key" = \'\')',
                    'DROP INDEX CONCURRENTLY "one_report_per_client_key"',
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.UniqueConstraint(
                        models.F("reporter"),
                        models.F("client_key"),
                        condition=models.Q(("client_key", ""), _negated=True),
                        name="one_report_per_client_key",
                    ),
                )
            ],
        ),
    ]
