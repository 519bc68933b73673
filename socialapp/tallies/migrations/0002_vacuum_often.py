"""Rows here live for seconds: vacuum after one in a hundred died, not one in five."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tallies", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE tallies_tallychange SET (autovacuum_vacuum_scale_factor = 0.01, "
            "autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.05)",
            "ALTER TABLE tallies_tallychange RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
