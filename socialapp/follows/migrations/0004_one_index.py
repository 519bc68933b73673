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
                    [
                        # For some hours 0003 made the new index under the old name.
                        """
                        DO $$ BEGIN
                            IF to_regclass('one_follow_per_pair_since') IS NULL THEN
                                ALTER INDEX one_follow_per_pair RENAME TO one_follow_per_pair_since;
                            END IF;
                        END $$
                        """,
                        "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair_new",
                        "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair",
                    ],
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
