"""The statements of the search: each ends by itself, whatever is asked."""

from socialapp.sql import active, blocks_with, findable, listed

# A long phrase of words that every post has is held against each of them. In the same round trip; until the transaction
# ends, which without one is the statement's end.
PATIENCE = "SET LOCAL statement_timeout = '3s';"
LISTED = listed("post", "author")
LISTED_TO_VIEWER = f"{listed('post', 'author', '%(viewer)s')} AND author.id NOT IN ({blocks_with('%(viewer)s')})"
WORDS = "post.words @@ %(words)s::tsquery"
AUTHORS = "author.username = ANY(%(authors)s)"


def tagged(number: int) -> str:
    """`post` has the tag that is the value of that number."""
    return f"EXISTS (SELECT FROM posts_posttag AS tag WHERE tag.post_id = post.id AND tag.name = %(tag{number})s)"


# A page of the newest: what many posts say is found among the newest few thousand, read by their ids; else it is rare,
# and read by the index of words. PostgreSQL, asked for the newest 21 in one, thinks that any word will turn up soon,
# and reads all posts by their ids for one that no post has: `id + 0` prevents that plan.
def posts(wanted: str, *, backwards: bool) -> str:
    """A SELECT of the ids of a page of posts that are `wanted`, a condition on `post` and `author`."""
    order, beyond = ("ASC", "id > %(place)s") if backwards else ("DESC", "id < %(place)s")
    return f"""
WITH near AS MATERIALIZED (
    SELECT post.id FROM (
        SELECT id, author_id, words, deleted_at, hidden_at, visibility FROM posts_post WHERE {beyond}
        ORDER BY id {order} LIMIT %(window)s
    ) AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE {wanted} ORDER BY post.id {order} LIMIT %(limit)s
), far AS (
    SELECT post.id FROM posts_post AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE (SELECT count(*) FROM near) < %(limit)s AND {wanted} AND post.{beyond}
    ORDER BY post.id + 0 {order} LIMIT %(limit)s
)
SELECT id FROM near UNION SELECT id FROM far ORDER BY id {order} LIMIT %(limit)s
"""


def _tagged(name: str) -> str:
    """A SELECT of a row for each public post with the tag of that name."""
    return f"""
    SELECT FROM posts_posttag AS tag JOIN posts_post AS post ON post.id = tag.post_id
    JOIN users_person AS author ON author.id = post.author_id
    WHERE tag.name = {name} AND {LISTED}
"""


# From each name to the next one by the index: what it costs are the names, not their posts.
TAGS = f"""
WITH RECURSIVE known(name, place) AS (
    (SELECT name, 1 FROM posts_posttag WHERE name LIKE %(like)s ORDER BY name USING ~<~ LIMIT 1)
    UNION ALL
    SELECT later.name, known.place + 1 FROM known CROSS JOIN LATERAL (
        SELECT tag.name FROM posts_posttag AS tag WHERE tag.name LIKE %(like)s AND tag.name ~>~ known.name
        ORDER BY tag.name USING ~<~ LIMIT 1
    ) AS later WHERE known.place < %(looked_at)s
)
SELECT known.name, (SELECT count(*) FROM ({_tagged("known.name")} LIMIT %(counted)s) AS posts)
FROM known WHERE EXISTS ({_tagged("known.name")}) ORDER BY known.place LIMIT %(limit)s
"""


# Each branch reads its index in its order and stops after a few rows, however many names begin so. Of several words
# PostgreSQL chooses the rarest to begin with.
def people(words: int) -> str:
    """A SELECT of the ids of people in whose names so many words begin; those that the viewer follows come first."""
    named = [
        f"person.id IN (SELECT person_id FROM users_nameword WHERE word LIKE %(word{number})s)"
        for number in range(words)
    ]
    in_order = "ORDER BY name.word USING ~<~, person.id" if words == 1 else ""
    return f"""
WITH shut_out AS MATERIALIZED ({blocks_with("%(viewer)s")}
), followed AS (
    SELECT person.id, person.username FROM follows_follow JOIN users_person AS person ON person.id = followee_id
    WHERE follower_id = %(viewer)s AND (person.username LIKE %(username)s OR ({" AND ".join(named)}))
      AND {active("person")}
    ORDER BY person.username LIMIT %(limit)s
), by_username AS (
    SELECT id, username FROM users_person
    WHERE username LIKE %(username)s AND {active("users_person")} AND {findable("users_person", "%(viewer)s")}
      AND id NOT IN (SELECT id FROM shut_out)
    ORDER BY username USING ~<~ LIMIT 2 * %(limit)s
), by_name AS (
    SELECT person.id, person.username FROM users_nameword AS name
    JOIN users_person AS person ON person.id = name.person_id
    WHERE name.word LIKE %(word0)s AND {" AND ".join(named[1:]) or "true"} AND {active("person")}
      AND {findable("person", "%(viewer)s")} AND person.id NOT IN (SELECT id FROM shut_out)
    {in_order} LIMIT 2 * %(limit)s
)
SELECT id FROM (
    SELECT *, 1 AS place FROM followed UNION ALL SELECT *, 2 FROM by_username UNION ALL SELECT *, 3 FROM by_name
) AS found GROUP BY id, username ORDER BY min(place), username LIMIT %(limit)s
"""
