from django.db import migrations, models

PAIR = "(follower_id, followee_id)"


def swapped(made: str) -> list[str]:
    """The unique index made anew, so that at no moment there is none. Can be run again after it was cut off."""
    return [
        "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair_new",
        f"CREATE UNIQUE INDEX CONCURRENTLY one_follow_per_pair_new ON follows_follow {made}",
        "DROP INDEX CONCURRENTLY IF EXISTS one_follow_per_pair",
        "ALTER INDEX one_follow_per_pair_new RENAME TO one_follow_per_pair",
    ]


class Migration(migrations.Migration):
    # So that people can follow while it is made.
    atomic = False

    dependencies = [
        ("follows", "0002_blocks"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(new, old)
                for new, old in zip(swapped(f"{PAIR} INCLUDE (created_at)"), swapped(PAIR)[::-1], strict=True)
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="follow", name="one_follow_per_pair"),
                migrations.AddConstraint(
                    model_name="follow",
                    constraint=models.UniqueConstraint(
                        models.F("follower"),
                        models.F("followee"),
                        include=("created_at",),
                        name="one_follow_per_pair",
                    ),
                ),
            ],
        ),
    ]
