"""The page of a case: evidence, history, and what to do about it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialapp.media.files import CONTENT_TYPE, name_of, uploads
from socialapp.media.models import SIZES
from socialapp.moderation.forms import ACTS, ActForm, EraseForm, NoteForm, WordsForm
from socialapp.moderation.models import Action, Case, EvidencePicture, Verb
from socialapp.moderation.operations import acts, appeals, cases, notes
from socialapp.moderation.operations.holds import waiting_in
from socialapp.moderation.queries import evidence_of, history_of
from socialapp.moderation.roles import for_moderators, may_erase
from socialapp.users.models import Person
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import back, errors_on, flash_with_undo


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def show(request: AuthenticatedRequest, case_id: int) -> HttpResponse:
    """A case; its form acts, and leads to the next one."""
    case = _case(request, case_id)
    pieces = evidence_of(case)
    form = ActForm(request.POST or None, post_ids=[each.evidence.post_id for each in pieces])
    if form.is_valid():
        with errors_on(form):
            done = _decide(request.user, case_id, form)
            if len(done) == 1 and Verb(done[0].verb) in acts.UNDONE_BY:
                flash_with_undo(request, _("Done."), reverse("moderation:undo", args=[done[0].pk]))
            else:
                messages.success(request, _("Done."))
            if form.cleaned_data["stays_open"]:
                return redirect("moderation:case", case_id)
            return redirect("moderation:next", case_id)
    return _page(request, case, pieces=pieces, form=form)


@transaction.atomic
def _decide(moderator: Person, case_id: int, form: ActForm) -> list[Action]:
    """Act in the case. Raises ValidationError, also when it was closed meanwhile."""
    return acts.decide(case=cases.locked_case(case_id), moderator=moderator, **form.decision())


def _case(request: AuthenticatedRequest, case_id: int) -> Case:
    """A case that this moderator may see: one about themselves is not there for them."""
    found = Case.objects.select_related("person", "claimed_by").exclude(person=request.user)
    return found.get(pk=case_id)


def _page(request: AuthenticatedRequest, case: Case, *, form: ActForm, **more: Any) -> HttpResponse:
    waits = bool(waiting_in(case))
    waiting = case.appeals.select_related("action__moderator", "action__rule", "decided_by").order_by("pk")
    context = {
        "case": case,
        "person": case.person,
        "reports": case.reports.select_related("reporter", "rule").order_by("-pk"),
        "appeals": [(each, appeals.may_decide(each, request.user)) for each in waiting],
        "history": history_of(case.person, case),
        "form": form,
        "note_form": NoteForm(),
        "acts": _offered(request.user, waits=waits),
        "waits": waits,
        **more,
    }
    return render(request, "moderation/case.html", context, status=400 if form.errors else 200)


def _offered(moderator: Person, *, waits: bool) -> list[tuple[str, Verb]]:
    """The key and the act, for each that this moderator may choose; to publish is one where something waits."""
    offered = [verb for verb in ACTS if verb not in acts.FOR_GOOD or may_erase(moderator)]
    if waits:
        offered.insert(0, Verb.RELEASE)
    return [(str(number), verb) for number, verb in enumerate(offered, 1)]


@require_POST
@for_moderators
def claim(request: AuthenticatedRequest, case_id: int) -> HttpResponse:
    """Take a case, also from another moderator, who sees it."""
    cases.claim(case_id=case_id, moderator=request.user)
    return redirect("moderation:case", case_id)


@require_POST
@for_moderators
def release(_request: AuthenticatedRequest, case_id: int) -> HttpResponse:
    """Leave a case to others."""
    cases.release(case_id=case_id)
    return redirect("moderation:case", case_id)


@require_POST
@for_moderators
def dismiss(request: AuthenticatedRequest, case_id: int) -> HttpResponse:
    """Close a case without an act, and go to the next one."""
    acts.dismiss(case_id=case_id, moderator=request.user)
    messages.success(request, _("The case is closed without an act."))
    return redirect("moderation:next", case_id)


@require_POST
@for_moderators
def decide_appeal(request: AuthenticatedRequest, appeal_id: int, verb: str) -> HttpResponse:
    """Grant or reject an appeal."""
    words, granted = _typed(WordsForm(request.POST), "words"), verb == "grant"
    appeals.decide_appeal(appeal_id=appeal_id, moderator=request.user, granted=granted, words=words)
    messages.success(request, _("The appeal is granted.") if granted else _("The appeal is rejected."))
    return back(request, "moderation:queue")


def _typed(form: NoteForm | WordsForm, name: str) -> str:
    """Return the text of a form that is no page of its own. Raises ValidationError."""
    if not form.is_valid():
        raise ValidationError(form.errors[name].as_data())
    return str(form.cleaned_data[name])


@require_POST
@for_moderators
def undo(request: AuthenticatedRequest, action_id: int) -> HttpResponse:
    """Take an act back."""
    action = Action.objects.select_related("person").get(pk=action_id)
    acts.undo(action=action, moderator=request.user)
    messages.success(request, _("It is undone."))
    return back(request, "moderation:queue")


@require_safe
@for_moderators
def person(request: AuthenticatedRequest, person_id: int) -> HttpResponse:
    """What is known of a person, with or without a case; an open one is gone to."""
    found = Person.objects.exclude(pk=request.user.pk).get(pk=person_id)
    case = Case.objects.filter(person=found, closed_at=None).first()
    if case:
        return redirect("moderation:case", case.pk)
    context = {"person": found, "history": history_of(found), "note_form": NoteForm()}
    return render(request, "moderation/person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def erase(request: AuthenticatedRequest, person_id: int) -> HttpResponse:
    """Delete a suspended account for good, once its name is typed."""
    if not may_erase(request.user):
        raise PermissionDenied(_("You may not delete anything for good."))
    found = Person.objects.exclude(pk=request.user.pk).get(pk=person_id, deleted_at=None)
    form = EraseForm(request.POST or None, username=found.username)
    if form.is_valid():
        with errors_on(form):
            values = form.cleaned_data
            acts.erase(moderator=request.user, person=found, rule=values["rule"], words=values["words"])
            messages.success(request, _("The account is deleted for good."))
            return redirect("moderation:queue")
    context = {"form": form, "person": found, "evidence_days": settings.KEEP_EVIDENCE.days}
    return render(request, "moderation/erase.html", context, status=400 if form.errors else 200)


@require_POST
@for_moderators
def add_note(request: AuthenticatedRequest, person_id: int) -> HttpResponse:
    """Add a note about a person."""
    found = Person.objects.exclude(pk=request.user.pk).get(pk=person_id)
    notes.add_note(person=found, moderator=request.user, text=_typed(NoteForm(request.POST), "text"))
    return back(request, reverse("moderation:person", args=[person_id]))


@require_POST
@for_moderators
def remove_note(request: AuthenticatedRequest, note_id: int) -> HttpResponse:
    """Remove a note."""
    about = notes.remove_note(note_id=note_id, moderator=request.user)
    return back(request, reverse("moderation:person", args=[about.pk]))


@require_safe
@for_moderators
def picture(_request: AuthenticatedRequest, picture_id: int) -> HttpResponse:
    """A picture of some evidence, wherever its file is now."""
    found = EvidencePicture.objects.select_related("picture").get(pk=picture_id).picture
    for storage in (uploads(), default_storage) if found.is_aside else (default_storage, uploads()):
        for size in SIZES[found.kind][1::-1]:
            try:
                with storage.open(name_of(found.token, size)) as file:
                    return HttpResponse(file.read(), content_type=CONTENT_TYPE)
            except FileNotFoundError:
                continue
    raise Http404("The picture was never prepared.")
