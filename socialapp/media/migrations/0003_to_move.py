from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # So that people can upload while the index is made.
    atomic = False

    dependencies = [
        ("media", "0002_withheld"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS picture_to_move", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "picture",
            models.Index(
                condition=models.Q(("withheld", models.F("is_aside")), _negated=True),
                fields=["id"],
                name="picture_to_move",
            ),
        ),
    ]
