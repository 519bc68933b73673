"""The dashboard and the metrics find what fails without a look at each endpoint's circuit. Made while people write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0002_members_by_their_activity")]

    operations = [
        AddIndexConcurrently(
            model_name="circuit",
            index=models.Index(fields=["failures"], name="circuit_failing", condition=models.Q(failures__gt=0)),
        ),
    ]
