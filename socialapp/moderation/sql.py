"""What every inbox must hold of moderation, for `manage.py audit`; and what is looked up of a post that may be spam."""

from socialapp.messaging.messages import NOBODY, ActivityKind
from socialapp.sql import Prepared, active, follows, shown

# A notice has no particular actor.
FACTS = f"""
SELECT person_id AS recipient_id, '{ActivityKind.MODERATION}' AS kind, NULL::bigint AS post_id,
       {NOBODY}::bigint AS actor_id, id AS reply_id
FROM moderation_notice
"""

# How many of the author's newest posts, and of their replies, are compared.
_COMPARED = 20


def _newest(which: str) -> str:
    return (
        f"(SELECT body FROM posts_post WHERE author_id = %(author)s AND {shown('posts_post')}"
        f" AND id <> %(post)s AND reply_to_author {which} ORDER BY id DESC LIMIT {_COMPARED})"
    )


def _bare(text: str) -> str:
    """A text without names, tags, spaces and capitals, so that copies for different recipients are equal."""
    return f"regexp_replace(lower({text}), '[@#][[:alnum:]_]+|[[:space:]]+', '', 'g')"


# For a text that is about to be stored, as a new post or in place of the text of `post`: how many of the author's
# newest other posts have the same text, how many of the people it names do not follow the author, and whether the
# author has other posts. Each reads a few rows by an index.
_SIGNALS = f"""
WITH newest AS MATERIALIZED ({_newest("IS NULL")} UNION ALL {_newest("IS NOT NULL")})
SELECT (SELECT count(*) FROM newest WHERE {_bare("body")} = {_bare("%(body)s")}),
       (SELECT count(*) FROM users_person AS person WHERE username = ANY(%(names)s) AND id <> %(author)s
         AND {active("person")} AND NOT {follows("person.id", "%(author)s")}),
       EXISTS (SELECT FROM newest)
"""
SIGNALS = Prepared(_SIGNALS, author="bigint", post="bigint", body="text", names="text[]")
