from django.db import migrations, models


class Migration(migrations.Migration):
    # So that people can follow while it is made. The old index goes in the next: at no moment there is none, and each of
    # the two can be run again after it was cut off.
    atomic = False

    dependencies = [
        ("follows", "0002_blocks"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair_since",
                        (
                            "CREATE UNIQUE INDEX CONCURRENTLY one_follow_per_pair_since"
                            " ON follows_follow (follower_id, followee_id) INCLUDE (created_at)"
                        ),
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair_since",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="follow",
                    constraint=models.UniqueConstraint(
                        models.F("follower"),
                        models.F("followee"),
                        include=("created_at",),
                        name="one_follow_per_pair_since",
                    ),
                ),
            ],
        ),
    ]
