"""The words of a post, folded by `folded_vector` (docs/adr/0031). Rewrites the table, about 0.1 ms a row, under a lock."""

from django.db import migrations

WORDS = """
ALTER TABLE posts_post DROP COLUMN words;
ALTER TABLE posts_post ADD COLUMN words tsvector GENERATED ALWAYS AS ({expression}) STORED;
CREATE INDEX post_words ON posts_post USING gin (words);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0006_hidden_uncounted"),
        ("users", "0006_folded_words"),
    ]

    operations = [
        migrations.RunSQL(
            WORDS.format(expression="folded_vector(body)"),
            WORDS.format(expression="to_tsvector('simple', body)"),
        ),
    ]
