"""Who follows and who blocks whom."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('blocked', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='blocked')),
                ('blocker', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='blocker')),
            ],
            options={
                'verbose_name': 'block',
                'verbose_name_plural': 'blocks',
                'indexes': [models.Index(fields=['blocker', '-id'], name='block_list'), models.Index(fields=['blocked'], name='block_blocked')],
                'constraints': [models.UniqueConstraint(models.F('blocker'), models.F('blocked'), name='one_block_per_pair'), models.CheckConstraint(condition=models.Q(('blocker', models.F('blocked')), _negated=True), name='nobody_blocks_themselves')],
            },
        ),
        migrations.CreateModel(
            name='Follow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('follower_uncounted', models.BooleanField(editable=False, null=True, verbose_name='follower uncounted')),
                ('followee_uncounted', models.BooleanField(editable=False, null=True, verbose_name='followee uncounted')),
                ('followee', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='followee')),
                ('follower', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='follower')),
            ],
            options={
                'verbose_name': 'follow',
                'verbose_name_plural': 'follows',
                'indexes': [models.Index(fields=['followee', '-id'], name='follow_followers'), models.Index(fields=['follower', '-id'], name='follow_following')],
                'constraints': [models.UniqueConstraint(models.F('follower'), models.F('followee'), include=('created_at',), name='one_follow_per_pair_since'), models.CheckConstraint(condition=models.Q(('follower', models.F('followee')), _negated=True), name='nobody_follows_themselves')],
            },
        ),
    ]
