"""Words that people have muted."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import socialapp.text.cleaning
from django.conf import settings
from django.db import migrations, models

PLACES = [
    ('home', 'Home'),
    ('public', 'Public feed, hashtags and search'),
    ('conversations', 'Conversations'),
    ('notifications', 'Notifications, mail and push'),
    ('profiles', 'Profiles'),
]
ACTIONS = [('fold', 'Fold it, and say which phrase it has'), ('hide', 'Leave it out')]


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WordFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phrase', socialapp.text.cleaning.LineField(max_length=100)),
                ('whole_word', models.BooleanField(default=True)),
                ('places', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=PLACES, max_length=20), default=list, size=None)),
                ('action', models.CharField(choices=ACTIONS, default='fold', max_length=10)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('person'), models.F('phrase'), name='one_filter_per_person_and_phrase')],
            },
        ),
    ]
