from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("follows", "0004_one_index"),
    ]

    operations = [
        migrations.AddField("follow", "follower_uncounted", models.BooleanField(editable=False, null=True)),
        migrations.AddField("follow", "followee_uncounted", models.BooleanField(editable=False, null=True)),
    ]
