"""Forms that react, and pages of who did."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reactions import operations
from reactions.forms import CommentForm
from reactions.models import Comment
from reactions.queries import likes_of, shares_of, summaries, visible_comment
from reactions.threads import THREAD_PAGE, token_of_page_with
from socialapp.http.keyset import paginate
from socialapp.http.pages import back, errors_on, signed_in
from socialapp.posts.queries import visible_post
from socialapp.posts.web import post_page
from socialapp.users.requests import MemberRequest


def _reaction(react: Callable[..., bool]) -> Callable[..., HttpResponse]:
    """A form that does this to a post and goes back to where it was sent from. May be repeated."""

    @require_POST
    @signed_in
    def view(request: MemberRequest, post_id: int) -> HttpResponse:
        react(post_id=post_id, person_id=request.user.pk)
        return back(request, reverse("posts:post", args=[post_id]))

    return view


like = _reaction(operations.like)
unlike = _reaction(operations.unlike)
share = _reaction(operations.share)
unshare = _reaction(operations.unshare)


@require_GET
def likes(request: HttpRequest, post_id: int) -> HttpResponse:
    """Who liked a post, the newest first."""
    post = visible_post(post_id)
    page = paginate(likes_of(post_id), ["-id"], request.GET.get("page"))
    people = [like.person for like in page.items]
    return render(request, "reactions/likes.html", {"post": post, "page": page, "people": people})


@require_GET
def shares(request: HttpRequest, post_id: int) -> HttpResponse:
    """Who shared a post, the newest first."""
    post = visible_post(post_id)
    page = paginate(shares_of(post_id), ["-id"], request.GET.get("page"))
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
        with errors_on(form):
            made, is_new = operations.comment(
                post_id=post_id,
                author=request.user,
                body=form.cleaned_data["body"],
                reply_to_id=form.cleaned_data["reply_to"],
                key=form.cleaned_data["key"],
            )
            messages.success(request, "Your comment is there." if is_new else "You had sent this already.")
            return redirect(_place_of(made))
    return post_page(request, post_id, status=400, comment_form=form)


def _place_of(made: Comment) -> str:
    """Where a comment is read: on a page of its own once the thread has more than one."""
    page = reverse("posts:post", args=[made.post_id])
    query = ""
    if summaries([made.post_id], None)[made.post_id]["comments"] > THREAD_PAGE:
        query = f"?page={token_of_page_with(made)}"
    return f"{page}{query}#comment-{made.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_comment(request: MemberRequest, comment_id: int) -> HttpResponse:
    """Only for the author."""
    found = visible_comment(comment_id)
    if found.author_id != request.user.pk:
        raise PermissionDenied("This comment is not yours.")
    form = CommentForm(request.POST or None, initial={"body": found.body})
    if form.is_valid():
        with errors_on(form):
            operations.edit_comment(comment_id=comment_id, by=request.user, body=form.cleaned_data["body"])
            messages.success(request, "Saved.")
            return redirect(_place_of(found))
    return render(
        request, "reactions/edit_comment.html", {"comment": found, "form": form}, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete_comment(request: MemberRequest, comment_id: int) -> HttpResponse:
    """Asks first: unlike a post, a comment does not come back."""
    found = visible_comment(comment_id)
    if found.author_id != request.user.pk:
        raise PermissionDenied("This comment is not yours.")
    if request.method != "POST":
        return render(request, "reactions/delete_comment.html", {"comment": found})
    operations.delete_comment(comment_id=comment_id, by=request.user)
    messages.success(request, "The comment is deleted.")
    return redirect(reverse("posts:post", args=[found.post_id]) + "#comments")
