"""Pages of posts, and the forms to write, edit and delete them."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import unquote

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from socialapp.api.idempotency import made_anyway
from socialapp.api.pagination import paginate
from socialapp.posts import operations
from socialapp.posts.conversations import answered, beginner_of, summarise_as_listed
from socialapp.posts.forms import EditForm, PostForm
from socialapp.posts.framing import stays_sensitive
from socialapp.posts.galleries import pictures_of, show_pictures
from socialapp.posts.models import Post, own_hidden
from socialapp.posts.queries import (
    COUNTS,
    own_hidden_post,
    post_to_read,
    posts_tagged,
    private_mentions,
    summarise,
    versions,
    visible_post,
)
from socialapp.text.cleaning import lines
from socialapp.users.models import Person
from socialapp.users.operations import choose_posting
from socialapp.users.queries import mentioned
from socialapp.users.requests import AuthenticatedRequest
from socialapp.visibility import Visibility
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import back, errors_on, flash_sent, flash_with_undo, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: AuthenticatedRequest) -> HttpResponse:
    """The page to write a post. What was typed stays when the post is refused."""
    form = PostForm(request.POST or None, request.FILES or None).for_writer(request.user)
    if request.GET.get("for") in Visibility:
        form.initial["visibility"] = request.GET["for"]
    if form.is_bound:
        form.take_in(request.user.pk)
    if form.is_valid():
        with errors_on(form):
            made, is_new = made_anyway(partial(_publish, request.user, form), form.cleaned_data["key"])
            if made.waits:
                flash_sent(request, _("A moderator looks at this before others see it."), "post")
                return redirect("posts:post", made.pk)
            flash_sent(request, _("Posted.") if is_new else _("You had posted this already."), "post")
            return back(request, "feeds:home")
    return render(request, "posts/new.html", {"form": form}, status=400 if form.errors else 200)


def _publish(author: Person, form: PostForm, key: str) -> tuple[Post, bool]:
    """Publish the form's post; returns it, and whether it is new. The next one begins with what was chosen now."""
    made, is_new = operations.publish_post(
        author=author,
        body=form.cleaned_data["body"],
        key=key,
        digest=form.digest,
        pictures=form.attachments,
        framing=form.framing,
    )
    # One private post does not mean that its author wants all later ones to be private.
    usual = {} if made.visibility == Visibility.DIRECT else {"post_visibility": made.visibility}
    choose_posting(person=author, post_language=made.language or author.post_language, **usual)
    return made, is_new


@require_safe
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """The page of a post: its conversation. Its author still reads one that is hidden or waits, and why."""
    try:
        return post_page(request, post_id)
    except Post.DoesNotExist:
        hidden = show_pictures(own_hidden_post(post_id, request.user.pk), request.user.pk)
        return render(request, "posts/hidden.html", {"post": hidden})


def counted(answer: HttpResponse, post_ids: Collection[int], viewer_id: int | None) -> HttpResponse:
    """Add the counts of these posts to an answer to htmx; the page updates them wherever it shows them."""
    posts = summarise(Post.objects.visible_to(viewer_id).filter(pk__in=post_ids), viewer_id)
    counts = {post.pk: {name: post.summary[name] for name in COUNTS if name in post.summary} for post in posts}
    return trigger_client_event(answer, "counts", {"posts": counts})


def post_page(request: HttpRequest, post_id: int, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Render the page of a post; `extra` reaches the slots in it. Raises Post.DoesNotExist."""
    (found,) = summarise_as_listed([visible_post(post_id, request.user.pk)], request.user.pk)
    above = answered(found, request.user.pk)
    context = {"post": found, "above": above, "beginner_id": beginner_of(found), **extra}
    return render(request, "posts/post.html", context, status=status)


@require_safe
def gallery(request: HttpRequest, post_id: int) -> HttpResponse:
    """The pictures of a post alone, for a page on which one of them was being prepared."""
    found = show_pictures(post_to_read(post_id, request.user.pk), request.user.pk)
    return render(request, "posts/gallery.html", {"post": found})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """Edit a post; only for its author. What was typed is kept, whatever became of the post meanwhile."""
    try:
        found = visible_post(post_id, request.user.pk)
    except Post.DoesNotExist:
        if not request.POST.get("body", "").strip():
            raise
        return _written_for_what_is_gone(request, post_id)
    if found.author_id != request.user.pk:
        raise PermissionDenied(_("You can only change your own posts."))
    initial = asdict(operations.framing_of(found)) | {"body": found.body, "version": operations.version_of(found)}
    form = EditForm(request.POST or None, initial=initial, pictures=pictures_of(post_id, request.user.pk))
    if stays_sensitive(found):
        form.keep_blurred()
    now = ""
    if form.is_valid():
        with errors_on(form):
            try:
                edited = operations.edit_post(
                    post_id=post_id,
                    by=request.user,
                    body=form.cleaned_data["body"],
                    pictures=form.attachments,
                    framing=form.framing,
                    version=form.cleaned_data["version"] or None,
                )
            except operations.EditedMeanwhile:
                form.data = request.POST.copy()
                form.data["version"], now = initial["version"], found.body
                raise
            waits = _("A moderator looks at this before others see it.")
            flash_sent(request, waits if edited.waits else _("Saved."), f"edit-post-{post_id}")
            return redirect("posts:post", post_id)
    context = {"post": found, "form": form, "now": now}
    return render(request, "posts/edit.html", context, status=400 if form.errors else 200)


def _written_for_what_is_gone(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """Offer the text as a new post, which is not sent yet; show the post that waits with just this text."""
    with suppress(Post.DoesNotExist, ValidationError):
        waiting = operations.held_as_edited(post_id=post_id, by=request.user, body=lines(request.POST["body"]))
        return redirect("posts:post", waiting.pk)
    messages.error(request, _("The post is not there any more. What you wrote is here, and may be posted anew."))
    form = PostForm(initial={"body": request.POST["body"]}).for_writer(request.user)
    return render(request, "posts/new.html", {"form": form}, status=410)


@require_POST
@signed_in
def delete(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """Delete a post at once, with an undo on the page that follows, unless it was hidden."""
    was_hidden = Post.objects.filter(own_hidden(request.user.pk), pk=post_id).exists()
    operations.delete_post(post_id=post_id, by=request.user)
    if was_hidden:  # What no one else sees is not brought back.
        messages.success(request, _("The post is deleted."))
        return redirect("feeds:home")
    flash_with_undo(request, _("The post is deleted."), reverse("posts:restore", args=[post_id]))
    if htmx_of(request):
        return _with_counts(request, trigger_client_event(HttpResponse(), "gone", {"id": f"post-{post_id}"}), post_id)
    return back(request, "feeds:home")


@require_POST
@signed_in
def restore(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """Undo a delete."""
    operations.restore_post(post_id=post_id, by=request.user)
    messages.success(request, _("The post is back."))
    if htmx_of(request):
        answer = trigger_client_event(HttpResponse(), "restored", {"id": f"post-{post_id}"})
        return _with_counts(request, answer, post_id)
    return redirect("posts:post", post_id)


def _with_counts(request: AuthenticatedRequest, answer: HttpResponse, post_id: int) -> HttpResponse:
    """Add the counts of the post that this one answers, now that it disappeared or came back."""
    answered_id = Post.objects.filter(pk=post_id).values_list("reply_to", flat=True).first()
    return counted(answer, [answered_id], request.user.pk) if answered_id else answer


@require_safe
def history(request: HttpRequest, post_id: int) -> HttpResponse:
    """The earlier texts of a post, newest first."""
    found = visible_post(post_id, request.user.pk)
    page = paginate(versions(found), ["-id"], request.GET.get("page"))
    names = mentioned([found.body, *(version.body for version in page.items)])
    return render(request, "posts/history.html", {"post": found, "page": page, "mentioned": names})


@require_POST
@signed_in
def remove_version(request: AuthenticatedRequest, post_id: int, version_id: int) -> HttpResponse:
    """Remove an earlier text; only for the author, without undo."""
    operations.remove_version(post_id=post_id, version_id=version_id, by=request.user)
    messages.success(request, _("This version is removed."))
    return redirect("posts:history", post_id)


@require_safe
@signed_in
@never_cache
def private(request: AuthenticatedRequest) -> HttpResponse:
    """The direct posts that the viewer wrote, and those that are for them, newest first."""
    page = private_mentions(request.user.pk, request.GET.get("page"))
    return render(request, "posts/private.html", {"page": page})


@require_safe
def tag(request: HttpRequest, name: str) -> HttpResponse:
    """The posts with a hashtag, newest first. Any possible hashtag has a page, used or not.

    Other spellings, in capitals or as tags were stored once, redirect to the one address.
    """
    address = reverse("posts:tag", args=[name])
    if request.path != unquote(address):
        query = request.GET.urlencode()
        return redirect(f"{address}?{query}" if query else address, permanent=True)
    page = posts_tagged(name, request.GET.get("page"), viewer_id=request.user.pk)
    summarise(page.items, request.user.pk)
    return render(request, "posts/tag.html", {"name": name, "page": page})
