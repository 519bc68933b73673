"""Sessions that there are go on under the digest of their key: as socialapp.users.sessions.stored_key."""

from django.db import migrations

DIGEST = """
UPDATE django_session SET session_key = left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 40)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0006_folded_words"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        # Backwards, everybody logs in again.
        migrations.RunSQL(DIGEST, "DELETE FROM django_session"),
    ]
