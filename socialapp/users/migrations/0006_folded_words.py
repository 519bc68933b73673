"""The words of people's names, folded as in the search, so that somebody is found by any of them."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models

from socialapp import folding

# O'Brien is found by "brien", and by "obrien".
WORDS = (
    r"""folded_words({row}.name || ' ' || translate({row}.name, U&'''\2019\2018\02bc-', '') || ' ' || {row}.username)"""
)
# Kept by PostgreSQL, whichever door a name is written by: pages, the API, the admin, a command, a statement by hand.
KEEP = f"""
CREATE FUNCTION users_keep_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM users_nameword WHERE person_id = NEW.id;
    END IF;
    INSERT INTO users_nameword (person_id, word)
    SELECT DISTINCT NEW.id, word FROM unnest({WORDS.format(row="NEW")}) AS word;
    RETURN NULL;
END $$;
CREATE TRIGGER users_new_name_words AFTER INSERT ON users_person FOR EACH ROW EXECUTE FUNCTION users_keep_name_words();
CREATE TRIGGER users_changed_name_words AFTER UPDATE OF name, username ON users_person FOR EACH ROW
WHEN (OLD.name <> NEW.name OR OLD.username <> NEW.username) EXECUTE FUNCTION users_keep_name_words();
INSERT INTO users_nameword (person_id, word)
SELECT DISTINCT person.id, word FROM users_person AS person, unnest({WORDS.format(row="person")}) AS word;
"""
LEAVE = """
DROP TRIGGER users_new_name_words ON users_person;
DROP TRIGGER users_changed_name_words ON users_person;
DROP FUNCTION users_keep_name_words();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0005_retired_names_and_ended_sessions"),
    ]

    operations = [
        migrations.RunSQL(folding.SQL, "DROP FUNCTION folded_vector(text); DROP FUNCTION folded_words(text)"),
        migrations.CreateModel(
            name="NameWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.TextField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="name_words",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        OpClass(models.F("word"), name="text_pattern_ops"), models.F("person"), name="name_word_prefix"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "word"), name="one_row_per_person_and_name_word")
                ],
            },
        ),
        migrations.RunSQL(KEEP, LEAVE),
        migrations.RemoveIndex(model_name="person", name="person_name_prefix"),
    ]
