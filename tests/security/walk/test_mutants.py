"""The walk is walked: with one `visible` left out, in each app in turn, it finds what leaks."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db.models import Q

import config.urls  # noqa: F401  all pages, before anything is left out: they would keep it
import notifications.inbox.queries as inbox
import notifications.live.sql as live
import reactions.api as reactions_api
import reactions.operations as reacting
import reactions.sql as reactions
import reactions.web as reactions_web
import socialapp.bookmarks.queries as bookmarks
import socialapp.bookmarks.sql as keeping
import socialapp.feeds.sql as rows
import socialapp.posts.api as posts_api
import socialapp.posts.guarded_pictures as pictures
import socialapp.posts.models as posts
import socialapp.posts.queries as seen
import socialapp.posts.web as posts_web
import socialapp.search.sql as searching
from notifications.deliveries.sql import lease
from socialapp.messaging.messages import ActivityKind
from socialapp.posts.models import Post, PostQuerySet
from socialapp.sql import Prepared, meant_for
from tests.notifications.fakes import Other, other
from tests.security.walk.stage import VIEWERS, set_up
from tests.security.walk.table import API, PAGES
from tests.security.walk.test_walk import got_and_said, walk

__all__ = ["other"]
pytestmark = pytest.mark.django_db

ROWS = PAGES | API
Patch = pytest.MonkeyPatch


def standing_only(_viewer: object, post: str = "") -> Q:
    """A rule that forgot for whom a post is."""
    return posts.standing(post)


def whoever(queryset: PostQuerySet, _viewer: object = None) -> PostQuerySet:
    return queryset.standing()


def forget(patch: Patch, module: object, name: str, rule: str, **types: str) -> None:
    """Take a rule out of a statement."""
    before = str(getattr(module, name))
    assert rule in before, f"{name} does not ask {rule}"
    after = before.replace(rule, "true")
    patch.setattr(module, name, Prepared(after, **types) if types else after)


def visible_post_forgets(patch: Patch) -> None:
    patch.setattr(seen, "visible_post", lambda post_id, _viewer: Post.objects.standing().get(pk=post_id))
    patch.setattr(posts_api, "post_to_read", seen.visible_post)
    for module in (posts_web, reactions_web, reactions_api):  # imported before anything is left out
        patch.setattr(module, "visible_post", seen.visible_post)


def tags_forget(patch: Patch) -> None:
    patch.setattr(seen, "listed", lambda _viewer, post: posts.standing(post))


def conversations_forget(patch: Patch) -> None:
    patch.setattr(Post.objects.__class__, "visible_to", whoever, raising=False)


def pictures_forget(patch: Patch) -> None:
    patch.setattr(pictures, "post_to_read", lambda post_id, _viewer: Post.objects.standing().get(pk=post_id))


def feeds_forget(patch: Patch) -> None:
    patch.setattr(rows, "meant_for", lambda _viewer, _post: "true")
    patch.setattr(Post.objects.__class__, "visible_to", whoever, raising=False)
    rows.newest_rows.cache_clear()


def search_forgets(patch: Patch) -> None:
    patch.setattr(searching, "LISTED", "true")
    patch.setattr(searching, "LISTED_TO_VIEWER", "true")
    patch.setattr(Post.objects.__class__, "listed", whoever, raising=False)


def bookmarks_forget(patch: Patch) -> None:
    patch.setattr(bookmarks, "visible_to", standing_only)


def keeping_forgets(patch: Patch) -> None:
    forget(patch, keeping, "SAVE", meant_for("%(person)s", "post"))


def likes_forget(patch: Patch) -> None:
    statement = reactions.add("reactions_like", ActivityKind.LIKE)
    rule = meant_for("actor.id", "post")
    assert rule in statement
    forgetful = Prepared(statement.replace(rule, "true"), **reacting._MANY)
    patch.setattr(reacting._likes, "_store_alone", lambda reaction: reacting._store_alone(forgetful, reaction))
    patch.setattr(reacting._likes, "_store_batch", lambda batch: reacting._store_batch(forgetful, batch))


def inbox_forgets(patch: Patch) -> None:
    patch.setattr(inbox, "visible_to", standing_only)


def live_forgets(patch: Patch) -> None:
    forget(patch, live, "VISIBLE", meant_for("who.id", "post"), people="bigint[]", posts="bigint[]")


@dataclass(frozen=True)
class Mutant:
    """What is left out, and the routes at which it must be found."""

    leave_out: Callable[[Patch], None]
    routes: tuple[str, ...]


MUTANTS = {
    "posts: the page": Mutant(visible_post_forgets, ("posts:post", "posts:history", "api:post")),
    "posts: hashtags": Mutant(tags_forget, ("posts:tag", "api:tag")),
    "posts: pictures": Mutant(pictures_forget, ("posts:picture",)),
    "feeds": Mutant(feeds_forget, ("feeds:profile", "api:person-posts")),
    "search": Mutant(search_forgets, ("search:search", "api:search-posts")),
    "bookmarks: the list": Mutant(bookmarks_forget, ("bookmarks:show", "api:bookmarks")),
    "bookmarks: keeping": Mutant(keeping_forgets, ("bookmarks:save", "api:bookmark")),
    "reactions": Mutant(likes_forget, ("reactions:like", "api:like")),
    "notifications: the inbox": Mutant(
        inbox_forgets, ("notifications:inbox", "api:notifications", "notifications:why")
    ),
    "notifications: live": Mutant(live_forgets, ("api:news",)),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_rule_that_is_left_out_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant, stage = MUTANTS[name], set_up()
    with monkeypatch.context() as patch:
        mutant.leave_out(patch)
        found = {
            route
            for route in mutant.routes
            for viewer in VIEWERS
            for row in ROWS[route]
            for _wrong in walk(stage, route, viewer, row)
        }
    rows.newest_rows.cache_clear()  # what was made without the rule is for nobody else
    assert found == set(mutant.routes)


@pytest.mark.parametrize("channel", settings.CHANNELS)
def test_a_delivery_that_does_not_look_again_is_found(
    other: Other, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    """What was planned while it could be seen, and is sent when it cannot. The text asks once more."""
    forget(monkeypatch, lease, "CHECK", meant_for("delivery.recipient_id", "post"))
    inbox_forgets(monkeypatch)
    got, said = got_and_said(other, channel)
    assert got != said
