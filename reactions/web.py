"""Forms that react, and pages of the people who reacted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from re import fullmatch
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from reactions import operations
from reactions.forms import ReplyForm
from reactions.queries import likes_of, shares_of, summaries
from reactions.threads import reply_context
from socialapp.api.converters import IdConverter
from socialapp.api.idempotency import made_anyway
from socialapp.api.pagination import BadCursor, paginate, read_token
from socialapp.follows.queries import has_blocked
from socialapp.posts.conversations import beginner_of, branch_of, branches_after, listed_besides
from socialapp.posts.models import Post, visible, visible_to
from socialapp.posts.queries import visible_post
from socialapp.posts.sql import BRANCHES
from socialapp.posts.web import post_page
from socialapp.users.models import Person
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of, page_of, refused_form
from socialapp.web.pages import back, errors_on, flash_sent, signed_in


def _reaction(react: Callable[..., bool], verb: str, *, asks_first: bool = False) -> Callable[..., HttpResponse]:
    """Make a view that does this to a post and returns to where the form was sent from. May be repeated.

    What takes back a reaction does so on any post; `asks_first` whether its counts may be seen.
    """

    @require_POST
    @signed_in
    def view(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
        with _refusal_explained(post_id, request.user.pk):
            react(post_id=post_id, person_id=request.user.pk)
        if htmx_of(request):
            if asks_first:
                visible_post(post_id, request.user.pk)
            post = {"pk": post_id, "summary": summaries([post_id], request.user.pk)[post_id]}
            alone = page_of(request).startswith(reverse("posts:post", args=[post_id]))
            context = {"post": post, "button": f"reactions/{verb}.html", "alone": alone}
            return render(request, "reactions/reacted.html", context)
        return back(request, reverse("posts:post", args=[post_id]))

    return view


@contextmanager
def _refusal_explained(post_id: int, person_id: int) -> Iterator[None]:
    """Explain why a reaction to a visible post is refused. Raises ValidationError, Post.DoesNotExist."""
    try:
        yield
    except Post.DoesNotExist as error:
        post = _known_post(post_id, person_id)
        blocker_id: int | None = post.author_id
        if not (has_blocked(post.author_id, person_id) or has_blocked(person_id, post.author_id)):
            blocker_id = beginner_of(post)  # of the whole conversation
        blocker = Person.objects.get(pk=blocker_id or post.author_id)
        sentence = _("You cannot react to what %(name)s writes, because one of you has blocked the other.")
        raise ValidationError(sentence % {"name": blocker.display_name}) from error


def _known_post(post_id: int, person_id: int) -> Post:
    """A post that this person may see, or that is open to all, blocks aside. Raises Post.DoesNotExist."""
    return Post.objects.standing().get(visible() | visible_to(person_id), pk=post_id)


like = _reaction(operations.like, "like")
unlike = _reaction(operations.unlike, "like", asks_first=True)
share = _reaction(operations.share, "share")
unshare = _reaction(operations.unshare, "share", asks_first=True)


@require_safe
def likes(request: HttpRequest, post_id: int) -> HttpResponse:
    """List the people who liked a post, the newest first."""
    post = visible_post(post_id, request.user.pk)
    page = paginate(likes_of(post_id, request.user.pk), ["-id"], request.GET.get("page"))
    people = [like.person for like in page.items]
    return render(request, "reactions/likes.html", {"post": post, "page": page, "people": people})


@require_safe
def shares(request: HttpRequest, post_id: int) -> HttpResponse:
    """List the people who shared a post, the newest first."""
    post = visible_post(post_id, request.user.pk)
    page = paginate(shares_of(post_id, request.user.pk), ["-id"], request.GET.get("page"))
    people = [share.person for share in page.items]
    return render(request, "reactions/shares.html", {"post": post, "page": page, "people": people})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def comment(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """The form to reply to a post, and a new reply. What cannot be taken comes back as it was typed.

    With `?after=ID`, the replies to it that are newer than that one.
    """
    if request.method != "POST":
        if not htmx_of(request):
            return redirect(reverse("posts:post", args=[post_id]) + "#reply")
        if "after" in request.GET:
            return _newer_replies(request, visible_post(post_id, request.user.pk))
        return render(request, "reactions/reply.html", _form_context(request, visible_post(post_id, request.user.pk)))
    form = ReplyForm(request.POST, request.FILES, auto_id=f"id_%s_{post_id}")
    form.take_in(request.user.pk)
    if form.is_valid():
        with errors_on(form), _refusal_explained(post_id, request.user.pk):
            made, is_new = made_anyway(partial(_comment, request.user, post_id, form), form.cleaned_data["key"])
            if made.waits:
                flash_sent(request, _("A moderator looks at this before others see it."), f"comment-on-{post_id}")
                return _to_the_waiting(request, made)
            sentence = _("Your comment is there.") if is_new else _("You had sent this already.")
            flash_sent(request, sentence, f"comment-on-{post_id}")
            return _with_the_new(request, made)
    return _refused(request, post_id, form)


def _refused(request: AuthenticatedRequest, post_id: int, form: ReplyForm) -> HttpResponse:
    """The form as it was typed, with what is wrong."""
    post = _known_post(post_id, request.user.pk)
    if htmx_of(request):
        return refused_form(
            request, "reactions/reply.html", _form_context(request, post, form=form), at=f"#reply-to-{post_id}"
        )
    if not Post.objects.visible_to(request.user.pk).contains(post):
        # The page is not theirs to see, since somebody blocked the other; their text is, and may be posted by itself.
        return render(request, "posts/new.html", {"form": form}, status=400)
    return post_page(request, post_id, status=400, comment_form=form)


def _newer_replies(request: AuthenticatedRequest, post: Post) -> HttpResponse:
    after = request.GET["after"]
    if not fullmatch(IdConverter.regex, after):
        raise BadCursor
    page = branches_after(post, int(after), request.user.pk)
    response = render(request, "reactions/branches.html", {"page": page, "beginner_id": beginner_of(post)})
    if end := read_token(page.next, [int]):
        response["X-Up-To"] = str(end.key[0])  # there are more beyond this one, which may be gone since
    response["X-Besides"] = str(listed_besides([post.pk], request.user.pk).get(post.pk, 0))
    return response


def _form_context(request: AuthenticatedRequest, post: Post, form: ReplyForm | None = None) -> dict[str, Any]:
    """`in_place`: below a reply on the page of another post, where it can be closed."""
    is_own_page = page_of(request).startswith(reverse("posts:post", args=[post.pk]))
    return reply_context(post, request.user, form) | {"in_place": not is_own_page}


def _comment(author: Person, post_id: int, form: ReplyForm, key: str) -> tuple[Post, bool]:
    """The reply, and whether it is new."""
    return operations.comment(
        post_id=post_id,
        author=author,
        body=form.cleaned_data["body"],
        key=key,
        digest=form.digest,
        pictures=form.attachments,
        framing=form.framing,
    )


def _to_the_waiting(request: AuthenticatedRequest, made: Post) -> HttpResponse:
    """To a reply that others do not see yet."""
    address = reverse("posts:post", args=[made.pk])
    return HttpResponseClientRedirect(address) if htmx_of(request) else redirect(address)


def _with_the_new(request: AuthenticatedRequest, made: Post) -> HttpResponse:
    """Lead to the reply: on the page of what it answers, or its own; htmx gets the reply itself, and a new form."""
    seen = Post.objects.visible_to(request.user.pk)
    answered = seen.filter(pk=made.reply_to_id).first() if made.reply_to_id else None
    if answered is None:  # it is gone since; the reply stays
        return redirect("posts:post", made.pk)
    comments = summaries([answered.pk], None)[answered.pk]["comments"]
    if not htmx_of(request):
        if comments > BRANCHES:
            return redirect("posts:post", made.pk)
        return redirect(reverse("posts:post", args=[answered.pk]) + f"#branch-{made.pk}")
    context = _form_context(request, answered)
    context |= {"branch": branch_of(made, request.user.pk), "beginner_id": beginner_of(made)}
    answer = render(request, "reactions/replied.html", context)
    arrived = {"id": f"branch-{made.pk}", "post": answered.pk, "comments": comments}
    return trigger_client_event(answer, "arrived", arrived, after="settle")
