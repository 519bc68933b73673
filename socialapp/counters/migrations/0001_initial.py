"""Its tables. Changes live for seconds: vacuum after one in a hundred died, not one in five."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('subject_id', models.BigIntegerField()),
                ('total', models.BigIntegerField()),
            ],
            options={
                'verbose_name_plural': 'counters',
                'constraints': [models.UniqueConstraint(models.F('name'), models.F('subject_id'), name='one_total_per_name_and_subject')],
            },
        ),
        migrations.CreateModel(
            name='CounterDelta',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('subject_id', models.BigIntegerField()),
                ('change', models.IntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['name', 'subject_id'], include=('change',), name='changes_of_subject')],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE counters_counterdelta SET (autovacuum_vacuum_scale_factor = 0.01, "
            "autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.05)",
            "ALTER TABLE counters_counterdelta RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
