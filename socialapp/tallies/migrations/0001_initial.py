"""Its tables. Changes live for seconds: vacuum after one in a hundred died, not one in five."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('subject_id', models.BigIntegerField()),
                ('total', models.BigIntegerField()),
            ],
            options={
                'verbose_name_plural': 'tallies',
                'constraints': [models.UniqueConstraint(models.F('name'), models.F('subject_id'), name='one_total_per_name_and_subject')],
            },
        ),
        migrations.CreateModel(
            name='TallyChange',
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
            "ALTER TABLE tallies_tallychange SET (autovacuum_vacuum_scale_factor = 0.01, "
            "autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.05)",
            "ALTER TABLE tallies_tallychange RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
