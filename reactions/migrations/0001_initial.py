"""Likes and shares."""

import django.db.models.deletion
import django.db.models.functions.datetime
import socialapp.posts.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('posts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Like',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('uncounted', models.BooleanField(editable=False, null=True, verbose_name='uncounted')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('post', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post', verbose_name='post')),
            ],
            options={
                'verbose_name': 'like',
                'verbose_name_plural': 'likes',
                'indexes': [models.Index(fields=['post', '-id'], name='like_of_post')],
                'constraints': [models.UniqueConstraint(models.F('person'), models.F('post'), name='one_like_per_person_and_post')],
            },
        ),
        migrations.CreateModel(
            name='Share',
            fields=[
                ('id', models.BigIntegerField(db_default=socialapp.posts.ids.NextId(), editable=False, primary_key=True, serialize=False, verbose_name='id')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('uncounted', models.BooleanField(editable=False, null=True, verbose_name='uncounted')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('post', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post', verbose_name='post')),
            ],
            options={
                'verbose_name': 'share',
                'verbose_name_plural': 'shares',
                'indexes': [models.Index(fields=['post', '-id'], name='share_of_post'), models.Index(fields=['person', '-id'], include=('post', 'created_at'), name='share_person_newest'), models.Index(fields=['-id'], include=('person', 'post', 'created_at'), name='share_newest')],
                'constraints': [models.UniqueConstraint(models.F('person'), models.F('post'), name='one_share_per_person_and_post')],
            },
        ),
    ]
