"""For whom a post is, its content warning, whether its pictures are sensitive, and its language. All are constants."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="visibility",
            field=models.CharField(
                choices=[
                    ("public", "Public"),
                    ("unlisted", "Unlisted"),
                    ("followers", "Followers"),
                    ("direct", "Only people mentioned"),
                ],
                db_default="public",
                default="public",
                editable=False,
                max_length=10,
                verbose_name="visibility",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="warning",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="content warning"
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="sensitive",
            field=models.BooleanField(db_default=False, default=False, verbose_name="sensitive"),
        ),
        migrations.AddField(
            model_name="post",
            name="language",
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
                verbose_name="language",
            ),
        ),
        migrations.AddField(
            model_name="postversion",
            name="warning",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
    ]
