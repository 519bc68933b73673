"""How somebody writes and reads posts: constants in each row, and nothing is rewritten."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0005_locked")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="post_visibility",
            field=models.CharField(
                choices=[
                    ("public", "Public"),
                    ("unlisted", "Unlisted"),
                    ("followers", "Followers"),
                    ("direct", "Only people mentioned"),
                ],
                db_default="public",
                default="public",
                max_length=10,
                verbose_name="visibility of posts",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="post_language",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=35,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\A[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*\\Z",
                        "This is no code of a language. It must look like de or pt-BR.",
                    )
                ],
                verbose_name="language of posts",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="opens_warnings",
            field=models.BooleanField(db_default=False, default=False, verbose_name="opens content warnings"),
        ),
        migrations.AddField(
            model_name="person",
            name="shows_sensitive",
            field=models.BooleanField(db_default=False, default=False, verbose_name="shows sensitive pictures"),
        ),
    ]
