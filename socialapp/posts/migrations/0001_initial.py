"""Posts, what hangs on them, and their text as it is searched (docs/adr/0031)."""

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import socialapp.posts.ids
from django.conf import settings
from django.db import migrations, models

from socialapp.posts import ids


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('media', '0002_owner'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(ids.SQL, ids.UNDO),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigIntegerField(db_default=socialapp.posts.ids.NextId(), editable=False, primary_key=True, serialize=False, verbose_name='id')),
                ('body', models.TextField(blank=True, validators=[django.core.validators.MaxLengthValidator(5000), django.core.validators.ProhibitNullCharactersValidator()], verbose_name='body')),
                ('thread', models.BigIntegerField(blank=True, editable=False, null=True, verbose_name='thread')),
                ('reply_to_author', models.BigIntegerField(blank=True, editable=False, null=True, verbose_name='reply to author')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('edited_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='edited at')),
                ('deleted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='deleted at')),
                ('hidden_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='hidden at')),
                ('hidden_reason', models.TextField(blank=True, db_default='', default='', verbose_name='hidden reason')),
                ('client_key', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='client key')),
                ('client_digest', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='client digest')),
                ('uncounted', models.BooleanField(editable=False, null=True, verbose_name='uncounted')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('reply_to', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='posts.post', verbose_name='reply to')),
            ],
            options={
                'verbose_name': 'post',
                'verbose_name_plural': 'posts',
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('post', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post')),
            ],
        ),
        migrations.CreateModel(
            name='PostPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.SmallIntegerField()),
                ('description', models.TextField(blank=True, validators=[django.core.validators.MaxLengthValidator(1500), django.core.validators.ProhibitNullCharactersValidator()])),
                ('picture', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='media.picture')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post')),
            ],
        ),
        migrations.CreateModel(
            name='PostTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('post', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post')),
            ],
        ),
        migrations.CreateModel(
            name='PostVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('body', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='posts.post')),
            ],
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('deleted_at', None), ('hidden_at', None), ('reply_to_author', None)), fields=['author', '-id'], include=('created_at',), name='post_author_begins'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('deleted_at', None), ('hidden_at', None), ('reply_to_author__isnull', False)), fields=['author', '-id'], include=('reply_to_author', 'created_at'), name='post_author_replies'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('deleted_at', None), ('hidden_at', None)), fields=['-id'], include=('author', 'reply_to_author', 'created_at'), name='post_shown'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('deleted_at', None), ('hidden_at', None), ('thread', None)), fields=['-id'], name='post_begins_thread'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('reply_to__isnull', False)), fields=['reply_to', 'id'], name='post_replies'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('reply_to', None), ('thread__isnull', False)), fields=['thread', 'id'], name='post_orphans'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('uncounted', True)), fields=['author', 'id'], name='post_uncounted'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='post_deleted'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('hidden_at__isnull', False)), fields=['hidden_at'], name='post_hidden'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.UniqueConstraint(models.F('author'), models.F('client_key'), condition=models.Q(('client_key', ''), _negated=True), name='one_post_per_client_key'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(models.F('post'), models.F('person'), name='one_mention_per_post_and_person'),
        ),
        migrations.AddConstraint(
            model_name='postpicture',
            constraint=models.UniqueConstraint(models.F('post'), models.F('position'), name='one_picture_per_place_in_a_post'),
        ),
        migrations.AddIndex(
            model_name='posttag',
            index=models.Index(fields=['name', '-post'], name='tag_newest'),
        ),
        migrations.AddIndex(
            model_name='posttag',
            index=models.Index(django.contrib.postgres.indexes.OpClass('name', name='text_pattern_ops'), name='tag_prefix'),
        ),
        migrations.AddConstraint(
            model_name='posttag',
            constraint=models.UniqueConstraint(models.F('post'), models.F('name'), name='one_tag_per_post_and_name'),
        ),
        # search.queries: posts with these words
        migrations.RunSQL(
            """
            ALTER TABLE posts_post ADD COLUMN words tsvector GENERATED ALWAYS AS (folded_vector(body)) STORED;
            CREATE INDEX post_words ON posts_post USING gin (words);
            """,
            "ALTER TABLE posts_post DROP COLUMN words",
        ),
    ]
