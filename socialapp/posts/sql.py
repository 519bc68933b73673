"""The statements of posts: their tags and mentions, their conversations, and whether their pictures are served."""

from socialapp.counters import sql as counters
from socialapp.messaging.messages import ActivityKind, PostPublished, ReactionAdded, ReactionRemoved
from socialapp.messaging.outbox import publish_sql
from socialapp.sql import (
    Prepared,
    acting,
    active,
    blocks_with,
    in_feeds,
    is_open,
    meant_for,
    shown,
    standing,
)

# The counter of posts that begin a thread.
POSTS_OF_PERSON = "person.posts"

# What was chosen for a post beside its text, and the types of it.
FRAMING = ("visibility", "warning", "sensitive", "language")
FRAMING_TYPES = {**dict.fromkeys(FRAMING, "text"), "sensitive": "boolean"}
# Since when a post is hidden, that is stored now.
HELD = "CASE WHEN %(held)s THEN statement_timestamp() END"

# A post for a few is neither counted on its author's profile nor announced to followers; nor is one that is held.
_PUBLISH = f"""
WITH added AS (
    INSERT INTO posts_post (author_id, body, client_key, client_digest, hidden_at, {", ".join(FRAMING)})
    SELECT id, %(body)s, %(key)s, %(digest)s, {HELD}, %(visibility)s, %(warning)s, %(sensitive)s, %(language)s
    FROM ({acting("%(author)s")}) AS actor
    ON CONFLICT (author_id, client_key) WHERE client_key <> '' DO NOTHING
    RETURNING id AS post_id, author_id, created_at AS at,
              {in_feeds("posts_post")} AND hidden_at IS NULL AS is_in_feeds
), announced AS (SELECT post_id, author_id, at FROM added WHERE is_in_feeds
), counter AS ({counters.change(POSTS_OF_PERSON, "author_id", 1, "announced")}
), message AS ({publish_sql(PostPublished, "announced")})
SELECT post_id, at FROM added
"""
PUBLISH = Prepared(
    _PUBLISH,
    author="bigint",
    body="text",
    key="text",
    digest="text",
    request_id="text",
    held="boolean",
    **FRAMING_TYPES,
)

# The people a text names, except its author and people who may not be seen.
NAMED = f"""
    SELECT id AS person_id FROM users_person
    WHERE username = ANY(%(names)s) AND id <> %(author)s AND {active("users_person")}
"""
TAGS = "SELECT DISTINCT name FROM unnest(%(tags)s::text[]) AS name"

_MENTIONED = f"""SELECT person_id AS recipient_id, %(author)s AS actor_id, '{ActivityKind.MENTION}' AS kind,
           %(post)s AS post_id, 0 AS reply_id, clock_timestamp() AS at"""

# Make the tags and mentions of a post these, and notify those mentioned. One round trip, after a post was
# written or changed; none for a text without either.
#
# A mention that stays when a text is edited does not notify again. The author of the post that is answered is notified
# of the reply itself, which is for them whether it names them or not; so is the author of the thread, if it is open.
_NAME = f"""
WITH gone_tags AS (
    DELETE FROM posts_posttag WHERE post_id = %(post)s AND name <> ALL(%(tags)s)
), new_tags AS (
    INSERT INTO posts_posttag (post_id, name) SELECT %(post)s, name FROM ({TAGS}) AS tag
    ON CONFLICT DO NOTHING
), gone AS (
    DELETE FROM posts_mention AS mention USING users_person AS person
    WHERE mention.post_id = %(post)s AND person.id = mention.person_id AND person.username <> ALL(%(names)s)
      AND person.id IS DISTINCT FROM (SELECT reply_to_author FROM posts_post WHERE id = %(post)s)
    RETURNING mention.person_id
), fresh AS (
    INSERT INTO posts_mention (post_id, person_id)
    SELECT %(post)s, person_id FROM ({NAMED}) AS named
    WHERE NOT EXISTS (
        SELECT FROM posts_post AS post LEFT JOIN posts_post AS beginning ON beginning.id = post.thread
        WHERE post.id = %(post)s AND (
            person_id = post.reply_to_author OR ({is_open("post")} AND person_id = beginning.author_id))
    )
    ORDER BY person_id ON CONFLICT DO NOTHING
    RETURNING person_id
), added AS (
    {_MENTIONED} FROM fresh
), removed AS (
    {_MENTIONED} FROM gone
), published AS ({publish_sql(ReactionAdded, "added")}
), taken_back AS ({publish_sql(ReactionRemoved, "removed")})
SELECT EXISTS (SELECT FROM fresh) OR EXISTS (SELECT FROM gone)
"""
NAME = Prepared(_NAME, post="bigint", author="bigint", tags="text[]", names="text[]", request_id="text")

# What every inbox must hold of mentions (for `manage.py audit`): each row notifies one person, except of replies.
FACTS = f"""
SELECT mention.person_id AS recipient_id, '{ActivityKind.MENTION}' AS kind, post.id AS post_id,
       post.author_id AS actor_id, 0::bigint AS reply_id
FROM posts_mention AS mention JOIN posts_post AS post ON post.id = mention.post_id
WHERE mention.person_id IS DISTINCT FROM post.reply_to_author
"""

BRANCHES = 20
# How many replies to each reply are shown on a page, and how deep: others are on the reply's own page.
_REPLIES = 3
_DEPTH = 3
# So far from one post to another a page looks, and so many replies it has at most.
FAR = 30
_MOST = 1_000

ANSWERED = """
WITH RECURSIVE above(id, reply_to_id, place) AS (
    SELECT id, reply_to_id, 0 FROM posts_post WHERE id = %(post)s
    UNION ALL
    SELECT post.id, post.reply_to_id, place + 1 FROM above JOIN posts_post AS post ON post.id = above.reply_to_id
    WHERE place < %(most)s
)
SELECT id, reply_to_id FROM above WHERE place > 0 ORDER BY place DESC
"""


def _seen(post: str) -> str:
    """Whether this post, as a statement names it, may be seen by %(viewer)s: as `visible_to`, one probe for each."""
    return f"""({shown(post)} AND {post}.author_id NOT IN ({blocks_with("%(viewer)s")})
    AND {meant_for("%(viewer)s", post)}
    AND EXISTS (SELECT FROM users_person AS author WHERE author.id = {post}.author_id AND {active("author")}))"""


def _kept(post: str) -> str:
    """Whether it keeps its place: it may be seen, or something may that answers it, or answers that, and so on."""
    return f"""({_seen(post)} OR EXISTS (
    WITH RECURSIVE under(id, is_seen, depth) AS (
        SELECT reply.id, {_seen("reply")}, 1 FROM posts_post AS reply WHERE reply.reply_to_id = {post}.id
        UNION ALL
        SELECT reply.id, {_seen("reply")}, depth + 1
        FROM under JOIN posts_post AS reply ON reply.reply_to_id = under.id WHERE NOT is_seen AND depth < {FAR}
    ) SELECT FROM under WHERE is_seen))"""


# For each of these posts, how many more or fewer replies its list has for %(viewer)s than are counted for everybody.
# The list leaves out replies by people who block the viewer or are blocked by them. It has replies that are not open to
# all, if the viewer may see them; these are not counted. The first post of a thread also lists the replies whose own
# post was removed for good.
LISTED_BESIDES = f"""
SELECT id, sum(n) FROM (
    SELECT reply_to_id AS id, -1 AS n FROM posts_post AS reply
    WHERE reply_to_id = ANY(%(posts)s) AND {shown("reply")} AND {is_open("reply")} AND uncounted IS NULL
      AND author_id IN ({blocks_with("%(viewer)s")})
    UNION ALL
    SELECT reply_to_id, 1 FROM posts_post AS reply
    WHERE reply_to_id = ANY(%(posts)s) AND NOT {is_open("reply")} AND {_seen("reply")}
    UNION ALL
    SELECT thread, 1 FROM posts_post AS reply
    WHERE thread = ANY(%(posts)s) AND reply_to_id IS NULL AND {_seen("reply")}
) AS reply GROUP BY id
"""


def places(where: str, *, backwards: bool) -> str:
    """A SELECT of the first posts `where`, a condition, that keep their place beyond %(place)s."""
    order, beyond = ("DESC", "<") if backwards else ("ASC", ">")
    return f"""
SELECT post.id FROM posts_post AS post
WHERE {where} AND post.id {beyond} %(place)s AND {_kept("post")} ORDER BY post.id {order} LIMIT {BRANCHES + 1}
"""


# One that may not be seen has no page of its own: more of its replies are here, however deep it stands.
BELOW = f"""
WITH RECURSIVE below(id, reply_to_id, depth, is_seen) AS (
    SELECT post.id, NULL::bigint, 0, {_seen("post")} FROM posts_post AS post WHERE post.id = ANY(%(posts)s)
    UNION ALL
    SELECT child.id, below.id, depth + 1, child.is_seen
    FROM below CROSS JOIN LATERAL (
        SELECT post.id, {_seen("post")} AS is_seen FROM posts_post AS post
        WHERE post.reply_to_id = below.id AND {_kept("post")}
        ORDER BY post.id LIMIT CASE WHEN below.is_seen THEN {_REPLIES} ELSE {BRANCHES} END
    ) AS child WHERE depth < CASE WHEN below.is_seen THEN {_DEPTH} ELSE {FAR} END
)
SELECT id, reply_to_id FROM below WHERE reply_to_id IS NOT NULL LIMIT {_MOST}
"""


def withhold(which: str) -> str:
    """Mark of `which` pictures, a condition, up to %(limit)s as everything is now that decides if they are served.

    Yields the ids of those that changed.
    """
    return f"""
WITH wanted AS (
    SELECT picture.id, NOT ({standing("post", "person")} AND (post.id IS NULL OR {is_open("post")}))
           OR (picture.held AND picture.expires_at IS NOT NULL) AS withheld
    FROM media_picture AS picture JOIN users_person AS person ON person.id = picture.owner_id
    LEFT JOIN posts_postpicture AS hung ON hung.picture_id = picture.id
    LEFT JOIN posts_post AS post ON post.id = hung.post_id
    WHERE {which}
), changed AS (
    SELECT wanted.id, wanted.withheld FROM wanted JOIN media_picture AS picture USING (id)
    WHERE picture.withheld <> wanted.withheld ORDER BY id LIMIT %(limit)s
)
UPDATE media_picture AS picture SET withheld = changed.withheld FROM changed WHERE picture.id = changed.id
RETURNING picture.id
"""
