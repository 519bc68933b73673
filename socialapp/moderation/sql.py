"""What every inbox must hold of moderation (for `manage.py audit`): a notice is from nobody in particular."""

from socialapp.messaging.messages import NOBODY, ActivityKind

FACTS = f"""
SELECT person_id AS recipient_id, '{ActivityKind.MODERATION}' AS kind, NULL::bigint AS post_id,
       {NOBODY}::bigint AS actor_id, id AS reply_id
FROM moderation_notice
"""
