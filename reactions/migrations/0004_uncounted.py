from django.db import migrations, models

# What was suspended before is settled by the workers, too. 64: the shards of the outbox.
SETTLE = """
INSERT INTO messaging_outbox (shard, name, body)
SELECT id % 64, 'PersonSuspended', jsonb_build_object('person_id', id)
FROM users_person WHERE suspended_at IS NOT NULL AND deleted_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reactions", "0003_newest"),
        ("follows", "0005_uncounted"),
        ("messaging", "0002_vacuum_often"),
        ("users", "0004_language"),
    ]

    operations = [
        migrations.AddField("like", "uncounted", models.BooleanField(editable=False, null=True)),
        migrations.AddField("share", "uncounted", models.BooleanField(editable=False, null=True)),
        migrations.AddField("comment", "uncounted", models.BooleanField(editable=False, null=True)),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
    ]
