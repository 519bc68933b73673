"""A delivery, and a job for many of them, know which request led to them."""

from django.db import migrations, models

_REQUEST_ID = models.CharField(
    blank=True, db_default="", default="", editable=False, max_length=128, verbose_name="request id"
)


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_follow_requests")]

    operations = [
        migrations.AddField(model_name="fanout", name="request_id", field=_REQUEST_ID),
        migrations.AddField(model_name="delivery", name="request_id", field=_REQUEST_ID),
    ]
