"""Pages of a person's notices from moderators, and the form to appeal, which is open to suspended people too."""

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from socialapp.api.pagination import paginate
from socialapp.moderation.forms import AppealForm
from socialapp.moderation.models import Notice
from socialapp.moderation.notices import may_appeal, notice_of
from socialapp.moderation.operations.appeals import appeal
from socialapp.moderation.queries import held_posts, notices_of
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import errors_on, signed_in


@require_safe
@signed_in
@never_cache
def show(request: AuthenticatedRequest) -> HttpResponse:
    """List this person's notices, the newest first."""
    page = paginate(notices_of(request.user), ["-id"], request.GET.get("page"))
    held = [] if request.GET.get("page") else held_posts(request.user)
    return render(request, "moderation/notices.html", {"page": page, "held": held})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def notice(request: HttpRequest, token: str) -> HttpResponse:
    """One of these, by a link that needs no log-in; its form appeals."""
    try:
        found = notice_of(token)
    except signing.BadSignature as error:
        raise Http404("This link was not made here.") from error
    form = AppealForm(request.POST or None)
    if form.is_valid() and found.action:
        with errors_on(form):
            appeal(action=found.action, person=found.person, words=form.cleaned_data["words"])
            messages.success(request, _("Your appeal is sent. You hear what became of it as you heard of this."))
            return redirect("moderation:notice", token)
    return _page(request, found, form)


def _page(request: HttpRequest, found: Notice, form: AppealForm) -> HttpResponse:
    context = {"notice": found, "action": found.action, "form": form, "may_appeal": may_appeal(found)}
    return render(request, "moderation/notice.html", context, status=400 if form.errors else 200)
