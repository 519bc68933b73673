"""Tags and mentions of posts, and the text of a post as it is searched (docs/adr/0010)."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from socialapp.users.words import tags_in

BATCH = 1_000
# Accents taken off, and what stands between words made a space: what is a word must not depend on the database's
# locale (in that of `bin/up`, "fog…" with its dots would be one). Each function in it is immutable. The same is done
# to what is searched, by socialapp.search.asked.folded.
BETWEEN_WORDS = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u055a-\u055f\u0589\u05be\u05c0\u05c3"
    r"\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff"
    r"\u3000-\u3004\u3008-\u3020\u3030\ufe0e\ufe0f\U0001f000-\U0001faff]+"
)
FOLDED = (
    rf"regexp_replace(regexp_replace(normalize(body, NFKD), '[\u0300-\u036f]', '', 'g'), '{BETWEEN_WORDS}', ' ', 'g')"
)


def tag_old_posts(apps, _schema_editor):
    """Those that were written before there were tags."""
    post_model, tag_model = apps.get_model("posts", "Post"), apps.get_model("posts", "PostTag")
    last = 0
    while rows := list(post_model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "body")[:BATCH]):
        tag_model.objects.bulk_create(
            tag_model(post_id=post_id, name=name) for post_id, body in rows for name in tags_in(body)
        )
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="posts.post"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("post"), models.F("person"), name="one_mention_per_post_and_person"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PostTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="posts.post"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name", "-post"], name="tag_newest"),
                    models.Index(
                        django.contrib.postgres.indexes.OpClass("name", name="text_pattern_ops"), name="tag_prefix"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("post"), models.F("name"), name="one_tag_per_post_and_name")
                ],
            },
        ),
        migrations.RunSQL(
            f"ALTER TABLE posts_post ADD COLUMN words tsvector "
            f"GENERATED ALWAYS AS (to_tsvector('simple', {FOLDED})) STORED",
            "ALTER TABLE posts_post DROP COLUMN words",
        ),
        # search.queries: posts with these words
        migrations.RunSQL("CREATE INDEX post_words ON posts_post USING gin (words)", "DROP INDEX post_words"),
        migrations.RunPython(tag_old_posts, migrations.RunPython.noop),
    ]
