"""A picture that somebody uploaded, and where it stands on its way."""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from socialapp.media.files import absolute, url_of
from socialapp.media.imaging import Fault


class Kind(models.TextChoices):
    """What a picture is for."""

    POST = "post", _("in a post")
    AVATAR = "avatar", _("of a person")


class State(models.TextChoices):
    """How far the preparation of a picture is."""

    WAITING = "waiting", _("being prepared")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


# The widths of a post's picture, the sides of an avatar. A file's name ends in one of them.
SIZES: dict[str, tuple[int, ...]] = {Kind.POST: (480, 960, 1_600), Kind.AVATAR: (96, 288)}


class Picture(models.Model):
    """One picture, from its upload until its files are gone.

    waiting → ready, or failed with its fault, by a worker that holds it until `due_at`
    used by nothing, until `expires_at` → kept (`expires_at` is null) → used by nothing any more
    when `expires_at` is past: the files are removed, and then the row
    """

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    # A person with pictures cannot be removed from under them: their files would stay for ever.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "owner"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    kind = models.CharField(pgettext_lazy("admin", "kind"), max_length=10, choices=Kind)
    # 128 random bits: the files cannot be found without it.
    token = models.CharField(pgettext_lazy("admin", "token"), max_length=32, unique=True, editable=False)
    state = models.CharField(pgettext_lazy("admin", "state"), max_length=10, choices=State, default=State.WAITING)
    fault = models.CharField(pgettext_lazy("admin", "fault"), max_length=20, choices=Fault, blank=True, default="")
    # The dimensions of the largest size; until the picture is ready, those in the header of the upload.
    width = models.PositiveIntegerField(pgettext_lazy("admin", "width"))
    height = models.PositiveIntegerField(pgettext_lazy("admin", "height"))
    # What was sent still lies in the storage "uploads", under `token`.
    has_upload = models.BooleanField(pgettext_lazy("admin", "has upload"), default=False)
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(pgettext_lazy("admin", "due at"), null=True, editable=False)
    # How often a worker claimed it and did not finish.
    claims = models.SmallIntegerField(pgettext_lazy("admin", "claims"), db_default=0, default=0, editable=False)
    expires_at = models.DateTimeField(pgettext_lazy("admin", "expires at"), null=True, editable=False)
    # Its post is hidden, deleted or not open to all, or its owner suspended: its files must not be served to anybody.
    # They are moved aside, into the storage "uploads", or back. `is_aside` is where they are.
    withheld = models.BooleanField(pgettext_lazy("admin", "withheld"), default=False, db_default=False, editable=False)
    is_aside = models.BooleanField(pgettext_lazy("admin", "is aside"), default=False, db_default=False, editable=False)
    # It is evidence of a report: its files stay, aside, when nothing else uses it any more.
    held = models.BooleanField(pgettext_lazy("admin", "held"), default=False, db_default=False, editable=False)
    # It takes long to prepare, so a worker of its own does it.
    heavy = models.BooleanField(pgettext_lazy("admin", "heavy"), default=False, db_default=False, editable=False)

    # Set where its files are not for everybody: the address of the file of a size.
    address: Callable[[int], str] | None = None

    class Meta:
        verbose_name = pgettext_lazy("admin", "picture")
        verbose_name_plural = pgettext_lazy("admin", "pictures")
        indexes = [
            # tidy: files that are not where they should be
            models.Index(fields=["id"], name="picture_to_move", condition=~models.Q(withheld=models.F("is_aside"))),
            # claim, sweep: what waits for a worker
            models.Index(fields=["due_at"], name="picture_due", condition=models.Q(state="waiting")),
            # tidy: what nothing uses
            models.Index(fields=["expires_at"], name="picture_expires", condition=models.Q(expires_at__isnull=False)),
            # tidy: uploads that a killed worker did not remove
            models.Index(
                fields=["id"],
                name="picture_upload_left",
                condition=models.Q(has_upload=True) & ~models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_state_display()}"

    @property
    def is_ready(self) -> bool:
        return self.state == State.READY

    @property
    def is_waiting(self) -> bool:
        return self.state == State.WAITING

    @property
    def src(self) -> str:
        """The address for browsers that do not support srcset: the middle size."""
        return self.urls[960]

    @property
    def large(self) -> str:
        """The address of the largest size."""
        return self.urls[SIZES[self.kind][-1]]

    @property
    def srcset(self) -> str:
        """Each file there is, with its true width."""
        files = {url: min(size, self.width) for size, url in self.urls.items()}
        return ", ".join(f"{url} {width}w" for url, width in files.items())

    @property
    def urls(self) -> dict[int, str]:
        """{size: address}, where sizes that the picture does not reach lead to the largest there is."""
        sizes, address = SIZES[self.kind], self.address or partial(url_of, self.token)
        return {size: address(size if size < self.width else sizes[-1]) for size in sizes}

    @property
    def absolute_urls(self) -> dict[str, str]:
        """{size as text: absolute URL}, for programs."""
        return {str(size): absolute(url) for size, url in self.urls.items()}
