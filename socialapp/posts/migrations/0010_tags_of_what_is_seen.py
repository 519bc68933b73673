"""The tags of all posts, read again: what shows nothing, as joiners, is part of a tag no more (docs/adr/0029)."""

from importlib import import_module

from django.db import migrations

read_again = import_module("socialapp.posts.migrations.0009_tags_folded").read_again


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("posts", "0009_tags_folded")]

    operations = [migrations.RunPython(read_again, migrations.RunPython.noop, elidable=True)]
