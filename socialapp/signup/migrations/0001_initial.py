"""Rules of sign-up, invitations, applications and blocks."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import socialapp.signup.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('users', '0008_person_skeleton'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('username', models.CharField(max_length=30, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-zA-Z0-9_]{1,30}\\Z', 'A username has 1 to 30 letters (a to z), digits and underscores, nothing else.')], verbose_name='username')),
                ('email', models.EmailField(max_length=254, verbose_name='mail address')),
                ('password', models.CharField(editable=False, max_length=128)),
                ('language', models.CharField(blank=True, default='', max_length=10, verbose_name='language')),
                ('question', models.CharField(blank=True, default='', max_length=200, verbose_name='question')),
                ('answer', models.TextField(verbose_name='answer')),
                ('address', models.GenericIPAddressField(editable=False, null=True, verbose_name='address')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
            ],
            options={
                'verbose_name': 'application',
                'verbose_name_plural': 'applications',
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('domain', 'mail domain, with its subdomains'), ('mail', 'mail address'), ('network', 'address or network')], max_length=10, verbose_name='kind')),
                ('value', models.CharField(help_text='example.com · eve@example.com · 192.0.2.0/24', max_length=254, verbose_name='what')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('ends_at', models.DateTimeField(blank=True, help_text='Empty: for good.', null=True, verbose_name='until')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
            ],
            options={
                'verbose_name': 'block of sign-ups',
                'verbose_name_plural': 'blocks of sign-ups',
                'constraints': [models.UniqueConstraint(models.F('kind'), models.F('value'), name='one_block_of_sign_ups_per_value')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=socialapp.signup.models.new_code, editable=False, max_length=32, unique=True, verbose_name='code')),
                ('note', models.CharField(blank=True, default='', max_length=60, verbose_name='for whom')),
                ('limit', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='how many people')),
                ('uses', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='who joined')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='made')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='revoked')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
            },
        ),
        migrations.CreateModel(
            name='Invitee',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('invitation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitees', to='signup.invitation')),
            ],
            options={
                'verbose_name': 'invited person',
                'verbose_name_plural': 'invited people',
            },
        ),
        migrations.CreateModel(
            name='SignupRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('open', 'anybody'), ('approval', 'whoever is approved, or was invited'), ('invitation', 'whoever was invited'), ('closed', 'nobody')], max_length=10, verbose_name='who may join')),
                ('inviters', models.CharField(choices=[('everybody', 'everybody whose account is no longer new'), ('staff', 'those who may open the admin'), ('nobody', 'nobody')], default='everybody', max_length=10, verbose_name='who may invite')),
                ('question', models.CharField(blank=True, default='', help_text='Asked where somebody has to approve. Empty: why they would like to join.', max_length=200, verbose_name='question to applicants')),
            ],
            options={
                'verbose_name': 'rules of sign-up',
                'verbose_name_plural': 'rules of sign-up',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='signup_has_one_row_of_rules')],
            },
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('uses__lte', models.F('limit'))), name='invitation_lets_in_no_more_than_its_limit'),
        ),
    ]
