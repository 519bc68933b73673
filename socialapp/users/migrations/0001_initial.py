"""People, their tokens, and the words of their names, by which they are found (docs/adr/0031)."""

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import socialapp.users.models
from django.conf import settings
from django.db import migrations, models

from socialapp.text import folding

# O'Brien is found by "brien", and by "obrien".
WORDS = (
    r"""folded_words({row}.name || ' ' || translate({row}.name, U&'''\2019\2018\02bc-', '') || ' ' || {row}.username)"""
)
# Kept by PostgreSQL, whichever door a name is written by: pages, the API, the admin, a command, a statement by hand.
KEEP = f"""
CREATE FUNCTION users_keep_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM users_nameword WHERE person_id = NEW.id;
    END IF;
    INSERT INTO users_nameword (person_id, word)
    SELECT DISTINCT NEW.id, word FROM unnest({WORDS.format(row="NEW")}) AS word;
    RETURN NULL;
END $$;
CREATE TRIGGER users_new_name_words AFTER INSERT ON users_person FOR EACH ROW EXECUTE FUNCTION users_keep_name_words();
CREATE TRIGGER users_changed_name_words AFTER UPDATE OF name, username ON users_person FOR EACH ROW
WHEN (OLD.name <> NEW.name OR OLD.username <> NEW.username) EXECUTE FUNCTION users_keep_name_words();
"""
LEAVE = """
DROP TRIGGER users_new_name_words ON users_person;
DROP TRIGGER users_changed_name_words ON users_person;
DROP FUNCTION users_keep_name_words();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.RunSQL(folding.SQL, "DROP FUNCTION folded_vector(text); DROP FUNCTION folded_words(text)"),
        migrations.CreateModel(
            name='RetiredUsername',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(max_length=30, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-zA-Z0-9_]{1,30}\\Z', 'A username has 1 to 30 letters (a to z), digits and underscores, nothing else.'), socialapp.users.models.check_not_retired], verbose_name='username')),
                ('name', models.CharField(blank=True, default='', max_length=60, verbose_name='name')),
                ('bio', models.TextField(blank=True, default='', validators=[django.core.validators.MaxLengthValidator(500)], verbose_name='bio')),
                ('avatar', models.CharField(blank=True, db_default='', default='', editable=False, max_length=32, verbose_name='avatar')),
                ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='email')),
                ('language', models.CharField(blank=True, db_default='', default='', max_length=10, verbose_name='language')),
                ('is_staff', models.BooleanField(default=False, verbose_name='may open the admin')),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='joined at')),
                ('suspended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='suspended at')),
                ('suspended_reason', models.TextField(blank=True, default='', verbose_name='suspended reason')),
                ('deleted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='deleted at')),
                ('sessions_ended', models.IntegerField(db_default=0, default=0, editable=False, verbose_name='sessions ended')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
            },
        ),
        migrations.CreateModel(
            name='NameWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.TextField()),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='name_words', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Token',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True, verbose_name='digest')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('last_used_on', models.DateField(blank=True, editable=False, null=True, verbose_name='last used on')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'token',
                'verbose_name_plural': 'tokens',
            },
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('suspended_at__isnull', False)), fields=['suspended_at'], name='person_suspended'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(django.db.models.functions.text.Lower('email'), name='person_email'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('username', django.db.models.functions.text.Lower('username'))), name='username_is_lower_case'),
        ),
        migrations.AddIndex(
            model_name='nameword',
            index=models.Index(django.contrib.postgres.indexes.OpClass(models.F('word'), name='text_pattern_ops'), models.F('person'), name='name_word_prefix'),
        ),
        migrations.AddConstraint(
            model_name='nameword',
            constraint=models.UniqueConstraint(fields=('person', 'word'), name='one_row_per_person_and_name_word'),
        ),
        migrations.RunSQL(KEEP, LEAVE),
    ]
