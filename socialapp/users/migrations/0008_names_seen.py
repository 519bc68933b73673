"""Names as they may be from now on (socialapp.http.writing.line): nothing in them that cannot be seen."""

from django.db import migrations

from socialapp.http.writing import line

BATCH = 2_000


def clean_names(apps, schema_editor):
    """Those alone that change, each by itself, unless its owner was faster."""
    people = apps.get_model("users", "Person").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(people.filter(pk__gt=last).order_by("pk").values_list("pk", "name")[:BATCH]):
        for person_id, name in rows:
            if line(name) != name:
                people.filter(pk=person_id, name=name).update(name=line(name)[:60])
        last = rows[-1][0]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0007_digests_of_sessions")]

    operations = [migrations.RunPython(clean_names, migrations.RunPython.noop, elidable=True)]
