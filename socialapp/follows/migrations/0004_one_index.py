from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("follows", "0003_since"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair",
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair",
                        (
                            "CREATE UNIQUE INDEX CONCURRENTLY one_follow_per_pair"
                            " ON follows_follow (follower_id, followee_id)"
                        ),
                    ],
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="follow", name="one_follow_per_pair"),
            ],
        ),
    ]
