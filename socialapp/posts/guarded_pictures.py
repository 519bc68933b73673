"""Pictures of posts that are hidden or not open to all: a view serves their files, and checks who is looking.

Browsers and programs load pictures without a token. So an address names the person it was made for, signed for a day or
two; whether they may see the post is checked each time.
"""

import time
from collections.abc import Iterable
from functools import partial

from django.core.files.storage import default_storage
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from socialapp.media.files import name_of, uploads
from socialapp.media.models import SIZES, Kind, State
from socialapp.media.serving import serve
from socialapp.posts.models import PostPicture
from socialapp.posts.queries import post_to_read
from socialapp.visibility import OPEN

DAY_S = 86_400
HEADERS = {
    "Cache-Control": "private, max-age=600",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Cookie",
}
_SEAL = Signer(salt="socialapp.posts.guarded_pictures")


def guard(rows: Iterable[PostPicture], viewer_id: int | None) -> None:
    """Give pictures of posts that are not open to all, or hidden, addresses that are for this viewer.

    Each has its `post`.
    """
    for row in rows:
        if row.post.visibility not in OPEN or row.post.hidden_at:
            row.picture.address = partial(_address, row.post_id, row.picture_id, viewer_id)


def _address(post_id: int, picture_id: int, viewer_id: int | None, size: int) -> str:
    address = reverse("posts:picture", args=[post_id, picture_id, size])
    return f"{address}?for={_SEAL.sign(f'{viewer_id}.{_today()}.{picture_id}')}"


def viewer_of(sealed: str, picture_id: int) -> int | None:
    """Return the id of the person an address was made for; None if it is not one of ours, or is too old."""
    try:
        viewer_id, day, of = _SEAL.unsign(sealed).split(".")
    except BadSignature:
        return None
    is_fresh = int(day) in {_today(), _today() - 1}
    return int(viewer_id) if of == str(picture_id) and is_fresh and viewer_id.isdecimal() else None


def show(request: HttpRequest, post_id: int, picture_id: int, size: int) -> HttpResponse:
    """Answer with one file if the viewer may see the post. Raises Post.DoesNotExist, PostPicture.DoesNotExist."""
    post = post_to_read(post_id, request.user.pk or viewer_of(request.GET.get("for", ""), picture_id))
    shown = PostPicture.objects.select_related("picture").filter(picture__state=State.READY)
    picture = shown.get(post=post, picture_id=picture_id).picture
    if size not in SIZES[Kind.POST]:
        raise PostPicture.DoesNotExist("There is no such size.")
    return serve(request, name_of(picture.token, size), (uploads(), default_storage), HEADERS)


def _today() -> int:
    return int(time.time()) // DAY_S
