"""Posts, with their earlier versions, hashtags, mentions and pictures."""

from collections.abc import Collection
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import pgettext_lazy

from socialapp.follows.models import Block, Follow
from socialapp.follows.queries import no_block
from socialapp.media.models import Picture
from socialapp.posts.ids import NextId
from socialapp.text.cleaning import LineField, LinesField
from socialapp.users.models import Person, active, findable
from socialapp.users.post_languages import LANGUAGE_LENGTH, is_language
from socialapp.users.text_entities import TAG_LENGTH
from socialapp.visibility import OPEN, Visibility

BODY_LENGTH = 5_000
PICTURES = 4
DESCRIPTION_LENGTH = 1_500
WARNING_LENGTH = 200


def standing(post: str = "") -> models.Q:
    """Neither deleted nor hidden, by an author neither suspended nor deleted. Its visibility is not checked.

    `post` is the path to the post from the queried model, "" for Post.
    """
    path = f"{post}__" if post else ""
    return models.Q(active(f"{path}author"), **{f"{path}deleted_at": None, f"{path}hidden_at": None})


def waiting(author_id: int) -> models.Q:
    """What this author wrote and what waits for a look: hidden, without a reason yet (posts.screening)."""
    return models.Q(author=author_id, hidden_at__isnull=False, hidden_reason="", deleted_at=None)


def own_hidden(author_id: int) -> models.Q:
    """This author's posts that moderators hid, and those that are `waiting`: their author can still read both."""
    return models.Q(active("author"), author=author_id, hidden_at__isnull=False, deleted_at=None)


def visible(post: str = "") -> models.Q:
    """What a stranger may see: `standing`, and open to all."""
    return standing(post) & models.Q(**{f"{post}__visibility__in" if post else "visibility__in": OPEN})


def listed(viewer_id: int | None, post: str = "") -> models.Q:
    """What the public feed, hashtags and searches show to this viewer: `standing`, public, by people they may find."""
    path = f"{post}__" if post else ""
    is_public = models.Q(**{f"{path}visibility": Visibility.PUBLIC})
    return standing(post) & is_public & findable(viewer_id, f"{path}author")


def in_feeds(post: str = "") -> models.Q:
    """Posts that followers have in their feeds, and that profiles show to people who may see them."""
    return ~models.Q(**{f"{post}__visibility" if post else "visibility": Visibility.DIRECT})


def visible_to(viewer: int | str | None, post: str = "") -> models.Q:
    """What this viewer may see. A string names the column of the queried model that has the viewer of each row."""
    return meant_for(viewer, post) & no_block(viewer, f"{post}__author" if post else "author")


def meant_for(viewer: int | str | None, post: str = "") -> models.Q:
    """What is for this viewer, whether or not they and its author have a block between them."""
    if viewer is None:
        return visible(post)
    path = f"{post}__" if post else ""
    each: Any = models.OuterRef(viewer) if isinstance(viewer, str) else viewer
    own: Any = models.F(viewer) if isinstance(viewer, str) else viewer
    followed = models.Exists(Follow.objects.filter(follower=each, followee=models.OuterRef(f"{path}author")))
    named = models.Exists(Mention.objects.filter(person=each, post=models.OuterRef(f"{path}pk")))
    is_for_them = models.Q(**{f"{path}visibility__in": OPEN}) | models.Q(**{f"{path}author": own})
    is_for_them |= models.Q(followed, **{f"{path}visibility": Visibility.FOLLOWERS}) | models.Q(named)
    return standing(post) & is_for_them


def reportable_by(viewer_id: int) -> models.Q:
    """What this viewer may report: what they may see; and after a block what anybody may see, or what names them.

    What names them was sent to them only if its text is older than the block.
    """
    pair = models.Q(blocker=viewer_id, blocked=models.OuterRef("author"))
    pair |= models.Q(blocked=viewer_id, blocker=models.OuterRef("author"))
    written_at = Coalesce(models.OuterRef("edited_at"), models.OuterRef("created_at"))
    blocked_before = models.Exists(Block.objects.filter(pair, created_at__lte=written_at))
    return meant_for(viewer_id) & (models.Q(visibility__in=OPEN) | models.Q(~blocked_before))


class PostQuerySet(models.QuerySet["Post"]):
    """Posts, by who may see them."""

    def standing(self) -> Self:
        """Those that are `standing`, of any visibility, with their `author`."""
        return self.select_related("author").filter(standing())

    def visible(self) -> Self:
        """Those that anyone may see without an account, with their `author`."""
        return self.visible_to(None)

    def visible_to(self, viewer_id: int | None) -> Self:
        """Those that this viewer may see, with their `author`: the one rule of visibility (docs/adr/0055)."""
        return self.select_related("author").filter(visible_to(viewer_id))

    def reportable_by(self, viewer_id: int) -> Self:
        """Those that this viewer may report, with their `author`: a block does not take that away."""
        return self.select_related("author").filter(reportable_by(viewer_id))

    def listed(self, viewer_id: int | None) -> Self:
        """Those that lists of everybody's posts show to this viewer, with their `author`."""
        return self.select_related("author").filter(listed(viewer_id), no_block(viewer_id, "author"))


class Post(models.Model):
    """A post that begins a thread, or a reply to another post. `visibility` says who may see it.

    visible → hidden (by a moderator, with a reason) → visible
    waiting (hidden without a reason yet: posts.screening) → visible, or hidden
    visible → deleted (by its author) → visible (undo), until it is purged after settings.KEEP_DELETED_POSTS

    PostgreSQL keeps one more column, `words`: the text as it is searched, made of `body` by itself. The first
    migration has it, and this model does not, so that no query carries it along.
    """

    id = models.BigIntegerField(pgettext_lazy("admin", "id"), primary_key=True, db_default=NextId(), editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "author"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    # Empty only for posts that are nothing but pictures.
    body = LinesField(
        pgettext_lazy("admin", "body"),
        blank=True,
        validators=[MaxLengthValidator(BODY_LENGTH), ProhibitNullCharactersValidator()],
    )
    # Who may see it. It never changes: what was shared, counted and notified stays so.
    visibility = models.CharField(
        pgettext_lazy("admin", "visibility"),
        max_length=10,
        choices=Visibility,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC,
        editable=False,
    )
    # What is shown in place of text and pictures until somebody opens them; "" for none.
    warning = LineField(
        pgettext_lazy("admin", "content warning"), max_length=WARNING_LENGTH, blank=True, default="", db_default=""
    )
    # Its pictures are blurred until somebody wants to see them.
    sensitive = models.BooleanField(pgettext_lazy("admin", "sensitive"), default=False, db_default=False)
    # The language it is written in, as BCP 47; "" if it is not known.
    language = models.CharField(
        pgettext_lazy("admin", "language"),
        max_length=LANGUAGE_LENGTH,
        blank=True,
        default="",
        db_default="",
        validators=[is_language],
    )
    # What it answers; null once that is removed for good, and for a post that begins a thread.
    reply_to = models.ForeignKey(
        "self",
        verbose_name=pgettext_lazy("admin", "reply to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    # The id of the post that began the thread, for each reply in it. It stays when that post is removed for good.
    thread = models.BigIntegerField(pgettext_lazy("admin", "thread"), null=True, blank=True, editable=False)
    # The author of the post that it answers, so that a feed need not look at that post.
    reply_to_author = models.BigIntegerField(
        pgettext_lazy("admin", "reply to author"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)
    edited_at = models.DateTimeField(pgettext_lazy("admin", "edited at"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(pgettext_lazy("admin", "deleted at"), null=True, blank=True, editable=False)
    hidden_at = models.DateTimeField(pgettext_lazy("admin", "hidden at"), null=True, blank=True, editable=False)
    hidden_reason = models.TextField(pgettext_lazy("admin", "hidden reason"), blank=True, default="", db_default="")
    # Chosen by the client, so that the same post sent twice is one post.
    client_key = models.CharField(
        pgettext_lazy("admin", "client key"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    # A digest of what came with that key (socialapp.api.idempotency).
    client_digest = models.CharField(
        pgettext_lazy("admin", "client digest"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    # True for a reply while `author` is suspended, and so not counted; null, which takes no room, for all others.
    uncounted = models.BooleanField(pgettext_lazy("admin", "uncounted"), null=True, editable=False)

    objects = PostQuerySet.as_manager()

    # Set by queries.summarise: likes, shares, comments, and whether the viewer liked or shared.
    summary: dict[str, Any]
    # Set there as well: the author of the post that it answers, if they may be seen.
    answered: Person | None = None
    # Set there as well, for `prose`: usernames that exist, of those in the bodies of a page.
    mentioned: Collection[str] | None = None
    # Set by filters.queries.sift: a phrase that the viewer has muted, and that folds it; "" if there is none.
    filtered: str = ""

    class Meta:
        verbose_name = pgettext_lazy("admin", "post")
        verbose_name_plural = pgettext_lazy("admin", "posts")
        constraints = [
            models.UniqueConstraint(
                "author", "client_key", name="one_post_per_client_key", condition=~models.Q(client_key="")
            ),
        ]
        indexes = [
            # each author's newest in a feed, on a profile and on the badge, from the index alone,
            # however much they reply
            models.Index(
                fields=["author", "-id"],
                include=["created_at", "visibility"],
                name="post_author_first",
                condition=models.Q(deleted_at=None, hidden_at=None, reply_to_author=None),
            ),
            # replies_by, and each author's newest replies in a feed
            models.Index(
                fields=["author", "-id"],
                include=["reply_to_author", "created_at", "visibility"],
                name="post_author_answers",
                condition=models.Q(deleted_at=None, hidden_at=None, reply_to_author__isnull=False),
            ),
            # feeds of people who follow many: anybody's newest, from the index alone
            models.Index(
                fields=["-id"],
                include=["author", "reply_to_author", "created_at", "visibility"],
                name="post_newest",
                condition=models.Q(deleted_at=None, hidden_at=None),
            ),
            # public_feed: what begins a thread
            models.Index(
                fields=["-id"],
                name="post_public",
                condition=models.Q(deleted_at=None, hidden_at=None, thread=None, visibility=Visibility.PUBLIC),
            ),
            # private_mentions: what somebody wrote to a few
            models.Index(
                fields=["author", "-id"], name="post_direct", condition=models.Q(visibility=Visibility.DIRECT)
            ),
            # conversation: the replies to a post; also for the foreign key
            models.Index(fields=["reply_to", "id"], name="post_replies", condition=models.Q(reply_to__isnull=False)),
            # branches: replies whose own post was removed for good
            models.Index(
                fields=["thread", "id"],
                name="post_orphans",
                condition=models.Q(thread__isnull=False, reply_to=None),
            ),
            # settle: the replies of a suspended person
            models.Index(fields=["author", "id"], name="post_uncounted", condition=models.Q(uncounted=True)),
            # purge: what was deleted long ago
            models.Index(fields=["deleted_at"], name="post_deleted", condition=models.Q(deleted_at__isnull=False)),
            # admin: what was hidden
            models.Index(fields=["hidden_at"], name="post_hidden", condition=models.Q(hidden_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def waits(self) -> bool:
        """Whether it is held until a moderator had a look, and seen by its author alone."""
        return self.hidden_at is not None and not self.hidden_reason and self.deleted_at is None

    @property
    def is_gone(self) -> bool:
        """Whether it is deleted, or moderators hid it."""
        return bool(self.deleted_at or self.hidden_at) and not self.waits

    @property
    def audience(self) -> Visibility:
        """Its visibility, for templates."""
        return Visibility(self.visibility)

    @property
    def shown_at_once(self) -> Picture | None:
        """The picture that may stand for the post unasked: none below a warning, none that is to be blurred."""
        pictures = self.summary.get("pictures") if not (self.warning or self.sensitive) else None
        return pictures[0].picture if pictures else None

    @property
    def preview(self) -> str:
        """What stands for the text where it is quoted, or shown without having been opened: a warning, or itself."""
        return self.warning or self.body


class PostVersion(models.Model):
    """The text of a post, and its content warning, from `created_at` until it was edited."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="versions")
    body = models.TextField()
    warning = models.CharField(max_length=WARNING_LENGTH, blank=True, default="", db_default="")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.body[:60]


class PostTag(models.Model):
    """`post` has the hashtag `name`, as `text_entities.as_tag` writes it."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=2 * TAG_LENGTH)

    class Meta:
        constraints = [
            # A post has a tag once. Also serves: which has this one?
            models.UniqueConstraint("post", "name", name="one_tag_per_post_and_name"),
        ]
        indexes = [
            # posts_tagged: newest first
            models.Index(fields=["name", "-post"], name="tag_newest"),
            # tags_beginning: each name once, by its beginning
            models.Index(OpClass("name", name="text_pattern_ops"), name="tag_prefix"),
        ]

    def __str__(self) -> str:
        return f"#{self.name} in {self.post_id}"


class Mention(models.Model):
    """`post` mentions `person`, who is notified of it. Its author is never among them.

    A reply that is not open to all is also for the author of the post it answers, named or not: it mentions them, and
    they are notified of the reply itself.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            # Somebody is notified of a post once, however often it names them.
            models.UniqueConstraint("post", "person", name="one_mention_per_post_and_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.post_id}"


class PostPicture(models.Model):
    """`picture` stands in `post`, with a description for people who cannot see it."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    # One post each, so that its files go when that post does.
    picture = models.OneToOneField(Picture, on_delete=models.CASCADE, related_name="+")
    position = models.SmallIntegerField()
    description = models.TextField(
        blank=True, validators=[MaxLengthValidator(DESCRIPTION_LENGTH), ProhibitNullCharactersValidator()]
    )

    class Meta:
        constraints = [
            # galleries: the pictures of some posts, in order
            models.UniqueConstraint("post", "position", name="one_picture_per_place_in_a_post"),
        ]

    def __str__(self) -> str:
        return self.description[:60]
