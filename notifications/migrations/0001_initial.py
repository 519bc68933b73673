"""Inboxes, choices, endpoints and deliveries."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('posts', '0001_initial'),
        ('users', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('took_ms', models.IntegerField()),
                ('is_well', models.BooleanField()),
                ('findings', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='Circuit',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300, unique=True, verbose_name='name')),
                ('failures', models.IntegerField(db_default=0, default=0, verbose_name='failures')),
                ('failing_since', models.DateTimeField(null=True, verbose_name='failing since')),
                ('open_until', models.DateTimeField(null=True, verbose_name='open until')),
                ('warned_at', models.DateTimeField(null=True, verbose_name='warned at')),
                ('last_error', models.CharField(blank=True, db_default='', default='', max_length=30, verbose_name='last error')),
                ('last_error_values', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='last error values')),
            ],
            options={
                'verbose_name': 'circuit',
                'verbose_name_plural': 'circuits',
            },
        ),
        migrations.CreateModel(
            name='Inbox',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('seq', models.BigIntegerField(db_default=0, default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ReadMark',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('seq', models.BigIntegerField(db_default=0, default=0)),
                ('posts_at', models.DateTimeField(null=True)),
                ('version', models.BigIntegerField(db_default=0, default=0)),
                ('previous_seq', models.BigIntegerField(null=True)),
                ('previous_posts_at', models.DateTimeField(null=True)),
                ('shown_seq', models.BigIntegerField(null=True)),
                ('shown_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=10, verbose_name='channel')),
                ('name', models.CharField(blank=True, default='', max_length=80, verbose_name='name')),
                ('address', models.TextField(verbose_name='address')),
                ('keys', models.JSONField(blank=True, default=dict, verbose_name='keys')),
                ('host', models.TextField(verbose_name='host')),
                ('token_id', models.BigIntegerField(blank=True, editable=False, null=True, verbose_name='token id')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created at')),
                ('disabled_at', models.DateTimeField(blank=True, null=True, verbose_name='disabled at')),
                ('disabled_reason', models.CharField(blank=True, db_default='', default='', max_length=30, verbose_name='disabled reason')),
                ('disabled_reason_values', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='disabled reason values')),
                ('last_sent_at', models.DateTimeField(blank=True, null=True, verbose_name='last sent at')),
                ('last_error', models.CharField(blank=True, db_default='', default='', max_length=30, verbose_name='last error')),
                ('last_error_values', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='last error values')),
                ('circuit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notifications.circuit', verbose_name='circuit')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'endpoint',
                'verbose_name_plural': 'endpoints',
            },
        ),
        migrations.CreateModel(
            name='Era',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=16)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_era')],
            },
        ),
        migrations.CreateModel(
            name='FanOut',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('accepted_at', models.DateTimeField(verbose_name='accepted at')),
                ('total', models.IntegerField(verbose_name='total')),
                ('done', models.IntegerField(db_default=0, default=0, verbose_name='done')),
                ('last_bell', models.BigIntegerField(db_default=0, default=0, verbose_name='last bell')),
                ('state', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('cancelled', 'Cancelled'), ('done', 'Done')], db_default='running', default='running', max_length=10, verbose_name='state')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('post', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post', verbose_name='post')),
            ],
            options={
                'verbose_name': 'fan out',
                'verbose_name_plural': 'fan outs',
            },
        ),
        migrations.CreateModel(
            name='NotificationGroup',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('like', 'Like'), ('share', 'Share'), ('comment', 'Comment'), ('reply', 'Reply'), ('mention', 'Mention'), ('follow', 'Follow'), ('post', 'Post')], max_length=10, verbose_name='kind')),
                ('count', models.IntegerField(db_default=0, default=0, verbose_name='count')),
                ('newest_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), db_default=[], default=list, size=None, verbose_name='newest ids')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('seq', models.BigIntegerField(db_default=0, default=0, verbose_name='seq')),
                ('unread_seq', models.BigIntegerField(blank=True, null=True, verbose_name='unread seq')),
                ('read_seq', models.BigIntegerField(db_default=0, default=0, verbose_name='read seq')),
                ('marked_seq', models.BigIntegerField(blank=True, null=True, verbose_name='marked seq')),
                ('post', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post', verbose_name='post')),
                ('recipient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recipient')),
            ],
            options={'verbose_name': 'group',
                'verbose_name_plural': 'groups', 'db_table': 'notifications_group'},
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=10, verbose_name='channel')),
                ('host', models.TextField(verbose_name='host')),
                ('kind', models.CharField(max_length=10, verbose_name='kind')),
                ('text', models.TextField(blank=True, db_default='', default='', verbose_name='text')),
                ('first_member', models.BigIntegerField(db_default=0, default=0, verbose_name='first member')),
                ('last_member', models.BigIntegerField(db_default=0, default=0, verbose_name='last member')),
                ('bulk', models.BooleanField(db_default=False, default=False, verbose_name='bulk')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('suppressed', 'Suppressed'), ('dead', 'Dead')], db_default='waiting', default='waiting', max_length=10, verbose_name='state')),
                ('reason', models.CharField(blank=True, db_default='', default='', max_length=30, verbose_name='reason')),
                ('reason_values', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='reason values')),
                ('accepted_at', models.DateTimeField(verbose_name='accepted at')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created at')),
                ('next_attempt_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='next attempt at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('attempts', models.SmallIntegerField(db_default=0, default=0, verbose_name='attempts')),
                ('batch', models.BigIntegerField(null=True, verbose_name='batch')),
                ('lease', models.UUIDField(null=True, verbose_name='lease')),
                ('post', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post', verbose_name='post')),
                ('recipient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recipient')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.endpoint', verbose_name='endpoint')),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.notificationgroup', verbose_name='group')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('reply_id', models.BigIntegerField(db_default=0, default=0, verbose_name='reply id')),
                ('active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                ('suppressed_reason', models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='suppressed reason')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('delivered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='delivered at')),
                ('seq', models.BigIntegerField(db_default=0, default=0, null=True, verbose_name='seq')),
                ('actor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='actor')),
                ('group', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='notifications.notificationgroup', verbose_name='group')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
            },
        ),
        migrations.CreateModel(
            name='Mute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.BigIntegerField(null=True)),
                ('kind', models.CharField(blank=True, choices=[('like', 'Like'), ('share', 'Share'), ('comment', 'Comment'), ('reply', 'Reply'), ('mention', 'Mention'), ('follow', 'Follow'), ('post', 'Post')], default='', max_length=10)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('muted', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=10)),
                ('slow_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PostMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unread', models.BooleanField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='posts.post')),
            ],
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('like', 'Like'), ('share', 'Share'), ('comment', 'Comment'), ('reply', 'Reply'), ('mention', 'Mention'), ('follow', 'Follow'), ('post', 'Post')], max_length=10)),
                ('channel', models.CharField(max_length=10)),
                ('from_whom', models.CharField(choices=[('everyone', 'Everyone'), ('following', 'People I follow'), ('no_one', 'No one')], max_length=10)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PushKey',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('pem', models.TextField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_push_key')],
            },
        ),
        migrations.CreateModel(
            name='DeliverySchedule',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('time_zone', models.CharField(default='UTC', max_length=50)),
                ('quiet_from', models.TimeField(blank=True, null=True)),
                ('quiet_to', models.TimeField(blank=True, null=True)),
                ('mail_rhythm', models.CharField(choices=[('immediate', 'Within a few minutes'), ('daily', 'Once a day'), ('weekly', 'Once a week, on Mondays')], default='immediate', max_length=10)),
                ('digest_at', models.TimeField(default=datetime.time(8, 0))),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_to', None)), models.Q(('quiet_from__isnull', False), ('quiet_to__isnull', False)), _connector='OR'), name='quiet_hours_are_whole')],
            },
        ),
        migrations.CreateModel(
            name='Bell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('author', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['author', 'id'], name='bell_holders')],
                'constraints': [models.UniqueConstraint(models.F('person'), models.F('author'), name='one_bell_per_pair')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.SmallIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('took_ms', models.IntegerField()),
                ('outcome', models.CharField(choices=[('sent', 'Sent'), ('temporary', 'failed, to be tried again'), ('permanent', 'failed for good')], max_length=10)),
                ('code', models.IntegerField(null=True)),
                ('reason', models.CharField(blank=True, db_default='', default='', max_length=30)),
                ('reason_values', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='reason values')),
                ('answer', models.TextField(blank=True, default='')),
                ('request', models.TextField(blank=True, default='')),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.delivery')),
            ],
            options={
                'verbose_name_plural': 'attempts',
                'indexes': [models.Index(fields=['delivery', 'id'], name='attempt_log')],
            },
        ),
        migrations.AddIndex(
            model_name='endpoint',
            index=models.Index(fields=['person', 'channel'], name='endpoint_of_person'),
        ),
        migrations.AddIndex(
            model_name='endpoint',
            index=models.Index(fields=['address'], name='endpoint_address'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.UniqueConstraint(models.F('person'), condition=models.Q(('channel', 'email')), name='one_mail_endpoint'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.UniqueConstraint(models.F('address'), condition=models.Q(('channel', 'push'), models.Q(('address', ''), _negated=True)), name='one_push_endpoint'),
        ),
        migrations.AddIndex(
            model_name='fanout',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['state', 'id'], name='fan_out_open'),
        ),
        migrations.AddIndex(
            model_name='notificationgroup',
            index=models.Index(condition=models.Q(('count__gt', 0)), fields=['recipient', '-seq'], name='group_inbox'),
        ),
        migrations.AddIndex(
            model_name='notificationgroup',
            index=models.Index(condition=models.Q(('count__gt', 0), ('unread_seq__isnull', False)), fields=['recipient', 'unread_seq'], name='group_unread'),
        ),
        migrations.AddIndex(
            model_name='notificationgroup',
            index=models.Index(condition=models.Q(('post__isnull', False)), fields=['post'], name='group_post'),
        ),
        migrations.AddConstraint(
            model_name='notificationgroup',
            constraint=models.UniqueConstraint(models.F('recipient'), models.F('kind'), models.F('post'), name='one_group_per_kind_and_post', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['channel', 'bulk', 'next_attempt_at'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['endpoint'], name='delivery_waiting'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('lease__isnull', False), ('state', 'waiting')), fields=['channel', 'host'], name='delivery_leased'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['group'], name='delivery_group'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['endpoint', '-id'], name='delivery_log'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'dead')), fields=['channel', 'finished_at'], name='delivery_dead'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['finished_at'], name='delivery_finished'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['recipient', '-id'], name='delivery_recipient'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(models.F('endpoint'), models.F('group'), models.F('last_member'), condition=models.Q(('group__isnull', False)), name='one_delivery_per_version'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(models.F('endpoint'), models.F('post'), condition=models.Q(('group', None), ('kind', 'post')), name='one_delivery_per_post'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(models.F('endpoint'), models.F('group'), condition=models.Q(('batch', None), ('state', 'waiting')), name='one_open_delivery'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('state', 'waiting')), models.Q(('finished_at__isnull', False), ('state', 'sent')), models.Q(('finished_at__isnull', False), ('state__in', ['suppressed', 'dead']), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='delivery_ends_whole'),
        ),
        migrations.AddIndex(
            model_name='groupmember',
            index=models.Index(condition=models.Q(('active', True)), fields=['group', '-at', '-id'], name='member_newest'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.UniqueConstraint(models.F('group'), models.F('actor'), models.F('reply_id'), name='one_member_per_deed'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.CheckConstraint(condition=models.Q(('suppressed_reason', ''), ('active', False), _connector='OR'), name='withheld_is_not_active'),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.UniqueConstraint(models.F('person'), models.F('muted'), models.F('thread'), models.F('kind'), name='one_mute_per_thing', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', ''), ('muted__isnull', False), ('thread', None)), models.Q(('muted', None), ('thread__isnull', False)), _connector='OR'), name='mute_of_person_or_thread'),
        ),
        migrations.AddConstraint(
            model_name='pace',
            constraint=models.UniqueConstraint(models.F('person'), models.F('channel'), name='one_pace_per_channel'),
        ),
        migrations.AddConstraint(
            model_name='postmark',
            constraint=models.UniqueConstraint(models.F('person'), models.F('post'), name='one_mark_per_person_and_post'),
        ),
        migrations.AddConstraint(
            model_name='preference',
            constraint=models.UniqueConstraint(models.F('person'), models.F('kind'), models.F('channel'), name='one_preference_per_cell'),
        ),
    ]
