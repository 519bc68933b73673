"""Its tables. Rows live for seconds: vacuum after one in a hundred died, not one in five."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('shard', models.SmallIntegerField(verbose_name='shard')),
                ('name', models.TextField(verbose_name='name')),
                ('body', models.JSONField(verbose_name='body')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created at')),
                ('attempts', models.SmallIntegerField(db_default=0, default=0, verbose_name='attempts')),
                ('retry_at', models.DateTimeField(blank=True, null=True, verbose_name='retry at')),
                ('dead_lettered_at', models.DateTimeField(blank=True, null=True, verbose_name='dead lettered at')),
                ('error', models.TextField(blank=True, db_default='', default='', verbose_name='error')),
                ('key', models.TextField(blank=True, db_default='', default='', verbose_name='key')),
            ],
            options={
                'verbose_name_plural': 'messages',
                'verbose_name': 'message',
                'db_table': 'messaging_outbox',
                'indexes': [models.Index(condition=models.Q(('dead_lettered_at', None)), fields=['shard', 'id'], name='outbox_waiting'), models.Index(condition=models.Q(('attempts__gt', 0)), fields=['key'], name='outbox_failed_key'), models.Index(condition=models.Q(('dead_lettered_at__isnull', False)), fields=['dead_lettered_at'], name='outbox_dead_letters')],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE messaging_outbox SET (autovacuum_vacuum_scale_factor = 0.01, "
            "autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.05)",
            "ALTER TABLE messaging_outbox RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
