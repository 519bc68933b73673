"""The page of moves: name an account of before, move to another one, and watch the followers go along."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialapp.follows import moves
from socialapp.follows.models import Alias, Move
from socialapp.follows.move_forms import AliasForm, MoveForm
from socialapp.follows.queries import moved_to
from socialapp.users.mails import notify
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import errors_on, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def show(request: AuthenticatedRequest) -> HttpResponse:
    """Where this account has moved to, and which accounts may move here. POST names one of these."""
    form = AliasForm(request.POST or None)
    if form.is_valid():
        with errors_on(form):
            moves.name_alias(person=request.user, former=form.cleaned_data["former"])
            messages.success(request, _("Saved. Now log in to that account and move."))
            return redirect("follows:moves")
    return _page(request, form, MoveForm(request.user))


@require_POST
@signed_in
def move(request: AuthenticatedRequest) -> HttpResponse:
    """Move, with the password."""
    form = MoveForm(request.user, request.POST)
    if form.is_valid():
        with errors_on(form):
            moves.move(person=request.user, target=form.cleaned_data["target"])
            notify(request.user, "account_moved", target=form.cleaned_data["target"])
            return redirect("follows:moves")
    return _page(request, AliasForm(), form)


@require_POST
@signed_in
def end(request: AuthenticatedRequest) -> HttpResponse:
    """Redirect no longer."""
    if moves.end_move(person=request.user):
        messages.success(request, _("Your profile does not lead elsewhere any more. Followers who moved stay there."))
    return redirect("follows:moves")


@require_POST
@signed_in
def remove_alias(request: AuthenticatedRequest, alias_id: int) -> HttpResponse:
    """Name an account no longer."""
    moves.remove_alias(person=request.user, alias_id=alias_id)
    messages.success(request, _("That account can no longer move here."))
    return redirect("follows:moves")


@require_safe
@signed_in
@never_cache
def progress(request: AuthenticatedRequest) -> HttpResponse:
    """How far the move is: a part that the page asks for again while it runs."""
    if not htmx_of(request):
        return redirect("follows:moves")
    return render(request, "follows/move_state.html", _state(request))


def _page(request: AuthenticatedRequest, alias_form: AliasForm, form: MoveForm) -> HttpResponse:
    aliases = Alias.objects.filter(person=request.user, former__deleted_at=None).select_related("former")
    context = {"alias_form": alias_form, "form": form, "aliases": aliases.order_by("-pk"), **_state(request)}
    return render(request, "follows/moves.html", context, status=400 if alias_form.errors or form.errors else 200)


def _state(request: AuthenticatedRequest) -> dict[str, object]:
    found = Move.objects.filter(person=request.user).exclude(state=Move.State.ENDED).first()
    return {"move": found, "target": moved_to(request.user)}
