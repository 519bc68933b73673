from django.db import migrations

# Posts that were hidden while hiding did not change the count of their author's posts.
SQL = """
INSERT INTO tallies_tallychange (name, subject_id, change)
SELECT 'person.posts', author_id, {sign}count(*) FROM posts_post
WHERE hidden_at IS NOT NULL AND deleted_at IS NULL GROUP BY author_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0005_shown"),
        ("tallies", "0002_vacuum_often"),
    ]

    operations = [
        migrations.RunSQL(SQL.format(sign="-"), SQL.format(sign="")),
    ]
