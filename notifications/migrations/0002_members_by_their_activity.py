"""A member has one key, its activity, and no foreign keys in the database.

Each reaction stores a member: an index and two foreign keys less. The table changes in the catalogue alone, however many
rows it has, and in an order (members, then what they point at) in which a batch of activities takes its locks. The
column `id` stays as it is, without an index: a release that is still running writes and reads it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_KEY = """
ALTER TABLE notifications_groupmember DROP CONSTRAINT notifications_groupmember_pkey,
    ADD CONSTRAINT notifications_groupmember_pkey PRIMARY KEY USING INDEX one_member_per_deed
"""
# The unique index is made first, so that an activity takes effect once at each moment.
_KEY_BACK = """
CREATE UNIQUE INDEX one_member_per_deed ON notifications_groupmember (group_id, actor_id, reply_id);
ALTER TABLE notifications_groupmember DROP CONSTRAINT notifications_groupmember_pkey,
    ADD CONSTRAINT notifications_groupmember_pkey PRIMARY KEY (id)
"""


# Undone, the group is a foreign key again. A member may be without one: ADR 43.
_LONE = """
DELETE FROM notifications_groupmember AS member
WHERE NOT EXISTS (SELECT FROM notifications_group WHERE id = member.group_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_KEY, _KEY_BACK)],
            state_operations=[
                migrations.RemoveConstraint(model_name="groupmember", name="one_member_per_deed"),
                migrations.RemoveIndex(model_name="groupmember", name="member_newest"),
                migrations.RemoveField(model_name="groupmember", name="id"),
                migrations.AddField(
                    model_name="groupmember",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "group", "actor", "reply_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                migrations.AddField(
                    model_name="groupmember",
                    name="ordinal",
                    field=models.BigIntegerField(
                        db_column="id",
                        db_default=models.Func(models.Value("notifications_groupmember_id_seq"), function="nextval"),
                    ),
                ),
                migrations.AddIndex(
                    model_name="groupmember",
                    index=models.Index(
                        condition=models.Q(("active", True)),
                        fields=["group", "-at", "-ordinal"],
                        name="member_newest",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="groupmember",
            name="actor",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="actor",
            ),
        ),
        migrations.AlterField(
            model_name="groupmember",
            name="group",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="members",
                to="notifications.notificationgroup",
                verbose_name="group",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, _LONE),
    ]
