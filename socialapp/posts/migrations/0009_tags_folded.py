"""The tags of all posts, as they are read from texts now (docs/adr/0029): one for what people call the same word."""

from django.db import migrations, transaction

from socialapp.users.words import tags_in

BATCH = 500


def read_again(apps, schema_editor):
    """Batch by batch, each in a transaction of its own, with its posts locked against edits."""
    post_model, tag_model = apps.get_model("posts", "Post"), apps.get_model("posts", "PostTag")
    alias = schema_editor.connection.alias
    posts = post_model.objects.using(alias).filter(body__regex="[#\uff03]").order_by("pk")
    last = 0
    while True:
        with transaction.atomic(using=alias):
            rows = posts.filter(pk__gt=last).select_for_update(no_key=True)
            bodies = dict(rows.values_list("pk", "body")[:BATCH])
            if not bodies:
                return
            wanted = {(post_id, name) for post_id, body in bodies.items() for name in tags_in(body)}
            stored = {
                (tag.post_id, tag.name): tag.pk for tag in tag_model.objects.using(alias).filter(post_id__in=bodies)
            }
            tag_model.objects.using(alias).filter(pk__in=[stored[key] for key in stored.keys() - wanted]).delete()
            tag_model.objects.using(alias).bulk_create(
                [tag_model(post_id=post_id, name=name) for post_id, name in sorted(wanted - stored.keys())],
                ignore_conflicts=True,
            )
            last = max(bodies)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("posts", "0008_client_digest")]

    operations = [migrations.RunPython(read_again, migrations.RunPython.noop, elidable=True)]
