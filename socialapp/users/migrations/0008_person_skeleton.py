"""Sign-ups look for whoever has a name that looks like a new one."""

import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # An index is made concurrently, outside of a transaction.
    atomic = False
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("users", "0007_moderation"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="person",
            index=models.Index(
                django.db.models.functions.text.Replace(
                    django.db.models.functions.text.Replace(
                        django.db.models.functions.text.Replace(
                            django.db.models.functions.text.Replace(
                                models.F("username"), models.Value("rn"), models.Value("m")
                            ),
                            models.Value("vv"),
                            models.Value("w"),
                        ),
                        models.Value("0"),
                        models.Value("o"),
                    ),
                    models.Value("1"),
                    models.Value("l"),
                ),
                name="person_skeleton",
            ),
        ),
    ]
