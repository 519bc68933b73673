"""Pictures."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('post', 'in a post'), ('avatar', 'of a person')], max_length=10, verbose_name='kind')),
                ('token', models.CharField(editable=False, max_length=32, unique=True, verbose_name='token')),
                ('state', models.CharField(choices=[('waiting', 'being prepared'), ('ready', 'ready'), ('failed', 'failed')], default='waiting', max_length=10, verbose_name='state')),
                ('fault', models.CharField(blank=True, choices=[('unreadable', 'This file could not be read. It is damaged, or no JPEG, PNG, WebP, GIF or AVIF.'), ('too many pixels', 'This picture has more than 64 million pixels. Send a smaller one.'), ('too much work', 'This picture is too large. Send one with fewer pixels.'), ('cut off', 'The upload was cut off. Add the picture again.'), ('ours', 'The picture could not be prepared, through no fault of yours. Add it again.')], default='', max_length=20, verbose_name='fault')),
                ('width', models.PositiveIntegerField(verbose_name='width')),
                ('height', models.PositiveIntegerField(verbose_name='height')),
                ('has_upload', models.BooleanField(default=False, verbose_name='has upload')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('due_at', models.DateTimeField(editable=False, null=True, verbose_name='due at')),
                ('claims', models.SmallIntegerField(db_default=0, default=0, editable=False, verbose_name='claims')),
                ('expires_at', models.DateTimeField(editable=False, null=True, verbose_name='expires at')),
                ('withheld', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='withheld')),
                ('is_aside', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='is aside')),
                ('heavy', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='heavy')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
            },
        ),
    ]
