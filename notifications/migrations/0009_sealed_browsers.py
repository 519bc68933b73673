from django.db import migrations

# Browsers in which push was turned on before end with their session from now on, whoever ends it: as
# notifications.browsers.sealed.
SEAL = """
UPDATE notifications_endpoint AS endpoint SET keys = endpoint.keys || jsonb_build_object('sealed', encode(sha256(
    convert_to(person.password || ' ' || person.sessions_ended, 'UTF8')), 'hex'))
FROM users_person AS person
WHERE person.id = endpoint.person_id AND endpoint.keys ? 'session' AND NOT endpoint.keys ? 'sealed'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0008_pace"),
        ("users", "0005_retired_names_and_ended_sessions"),
    ]

    operations = [migrations.RunSQL(SEAL, migrations.RunSQL.noop)]
