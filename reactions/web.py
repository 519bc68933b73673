"""Forms that react, and pages of who did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from reactions import operations
from reactions.forms import CommentForm
from reactions.models import Comment
from reactions.queries import likes_of, shares_of, summaries, visible_comment
from reactions.threads import THREAD_PAGE, answered_by, place_of, thread_page
from socialapp.http.htmx import htmx_of, page_of, refused_form
from socialapp.http.keys import made_anyway
from socialapp.http.keyset import paginate
from socialapp.http.pages import back, errors_on, say_sent, say_with_undo, signed_in
from socialapp.posts.models import Post
from socialapp.posts.queries import visible_post
from socialapp.posts.web import post_page
from socialapp.users.models import Person
from socialapp.users.requests import MemberRequest


def _reaction(react: Callable[..., bool], verb: str) -> Callable[..., HttpResponse]:
    """A form that does this to a post and goes back to where it was sent from. May be repeated."""

    @require_POST
    @signed_in
    def view(request: MemberRequest, post_id: int) -> HttpResponse:
        with _refusal_explained(post_id):
            react(post_id=post_id, person_id=request.user.pk)
        if htmx_of(request):
            post = {"pk": post_id, "summary": summaries([post_id], request.user.pk)[post_id]}
            alone = page_of(request).startswith(reverse("posts:post", args=[post_id]))
            return render(request, "reactions/reacted.html", {"post": post, "verb": verb, "alone": alone})
        return back(request, reverse("posts:post", args=[post_id]))

    return view


@contextmanager
def _refusal_explained(post_id: int) -> Iterator[None]:
    """Tell why the reaction to a post that can be seen is refused. Raises ValidationError, Post.DoesNotExist."""
    try:
        yield
    except Post.DoesNotExist as error:
        author = visible_post(post_id).author
        sentence = _("You cannot react to what %(name)s writes, because one of you has blocked the other.")
        raise ValidationError(sentence % {"name": author.display_name}) from error


like = _reaction(operations.like, "like")
unlike = _reaction(operations.unlike, "like")
share = _reaction(operations.share, "share")
unshare = _reaction(operations.unshare, "share")


@require_GET
def likes(request: HttpRequest, post_id: int) -> HttpResponse:
    """Who liked a post, the newest first."""
    post = visible_post(post_id)
    page = paginate(likes_of(post_id, request.user.pk), ["-id"], request.GET.get("page"))
    people = [like.person for like in page.items]
    return render(request, "reactions/likes.html", {"post": post, "page": page, "people": people})


@require_GET
def shares(request: HttpRequest, post_id: int) -> HttpResponse:
    """Who shared a post, the newest first."""
    post = visible_post(post_id)
    page = paginate(shares_of(post_id, request.user.pk), ["-id"], request.GET.get("page"))
    people = [share.person for share in page.items]
    return render(request, "reactions/shares.html", {"post": post, "page": page, "people": people})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def comment(request: MemberRequest, post_id: int) -> HttpResponse:
    """A new comment or reply. What cannot be taken comes back on the post's page, as it was typed."""
    if request.method != "POST":
        return redirect("posts:post", post_id)
    form = CommentForm(request.POST)
    if form.is_valid():
        with errors_on(form), _refusal_explained(post_id):
            made, is_new = made_anyway(partial(_comment, request.user, post_id, form), form.cleaned_data["key"])
            sentence = _("Your comment is there.") if is_new else _("You had sent this already.")
            say_sent(request, sentence, f"comment-on-{post_id}")
            return _with_the_new(request, made)
    if htmx_of(request):
        context = {"post": visible_post(post_id), "form": form, "answered": answered_by(request, post_id)}
        return refused_form(request, "reactions/reply.html", context, at="#reply")
    return post_page(request, post_id, status=400, comment_form=form)


def _comment(author: Person, post_id: int, form: CommentForm, key: str) -> tuple[Comment, bool]:
    """The comment, and whether it is new."""
    values = form.cleaned_data
    return operations.comment(
        post_id=post_id, author=author, body=values["body"], reply_to_id=values["reply_to"], key=key
    )


def _with_the_new(request: MemberRequest, made: Comment) -> HttpResponse:
    """To the comment; to htmx the whole thread, if it fits the page that is looked at."""
    counts = summaries([made.post_id], None)[made.post_id]
    if not htmx_of(request) or counts["comments"] > THREAD_PAGE:
        return redirect(place_of(made, counts["comments"]))
    post = visible_post(made.post_id)
    post.summary = counts
    context = {"post": post, "page": thread_page(post.pk, None), "form": CommentForm(), "answered": None}
    response = render(request, "reactions/thread.html", context)
    return trigger_client_event(response, "arrived", {"id": f"comment-{made.pk}"}, after="swap")


def _place_of(found: Comment) -> str:
    """Where a comment is read, on whichever page of the thread."""
    return place_of(found, summaries([found.post_id], None)[found.post_id]["comments"])


@require_GET
def show_comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Its place in the thread; to htmx, the comment alone."""
    found = visible_comment(comment_id)
    if htmx_of(request):
        return render(request, "reactions/comment.html", {"comment": found})
    return redirect(_place_of(found))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_comment(request: MemberRequest, comment_id: int) -> HttpResponse:
    """Only for the author. To htmx the form stands in the place of the comment."""
    found = visible_comment(comment_id)
    if found.author_id != request.user.pk:
        raise PermissionDenied(_("This comment is not yours."))
    form = CommentForm(request.POST or None, initial={"body": found.body}, auto_id=f"id_%s_{comment_id}")
    if form.is_valid():
        with errors_on(form):
            edited = operations.edit_comment(comment_id=comment_id, by=request.user, body=form.cleaned_data["body"])
            if htmx_of(request):
                return render(request, "reactions/comment.html", {"comment": edited})
            say_sent(request, _("Saved."), f"edit-comment-{comment_id}")
            return redirect(_place_of(found))
    context = {"comment": found, "form": form}
    if htmx_of(request) and form.errors:
        return refused_form(request, "reactions/edit_form.html", context, at=f"#edit-{comment_id}")
    template = "reactions/edit_in_place.html" if htmx_of(request) else "reactions/edit_comment.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_POST
@signed_in
def delete_comment(request: MemberRequest, comment_id: int) -> HttpResponse:
    """At once, with a way to undo it. Its replies stay."""
    found = visible_comment(comment_id)
    operations.delete_comment(comment_id=comment_id, by=request.user)
    say_with_undo(request, _("The comment is deleted."), reverse("reactions:restore_comment", args=[comment_id]))
    if htmx_of(request):
        return _with_count(request, found.post_id, "gone", comment_id)
    return redirect(reverse("posts:post", args=[found.post_id]) + "#comments")


@require_POST
@signed_in
def restore_comment(request: MemberRequest, comment_id: int) -> HttpResponse:
    """Undo of delete."""
    found = operations.restore_comment(comment_id=comment_id, by=request.user)
    messages.success(request, _("The comment is back."))
    if htmx_of(request):
        return _with_count(request, found.post_id, "restored", comment_id)
    return redirect(_place_of(found))


def _with_count(request: MemberRequest, post_id: int, event: str, comment_id: int) -> HttpResponse:
    """To htmx: how many comments there are now, and what became of one of them."""
    post = {"pk": post_id, "summary": summaries([post_id], None)[post_id]}
    response = render(request, "reactions/thread_head.html", {"post": post, "beside": True})
    return trigger_client_event(response, event, {"id": f"comment-{comment_id}"})
