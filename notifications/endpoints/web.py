"""Pages of endpoints: mail, browsers and webhooks, with their state, tests and logs."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.channels.push import application_server_key
from notifications.channels.safe_http import check_url
from notifications.deliveries import notices, plan, redelivery
from notifications.endpoints import browsers, operations
from notifications.endpoints.forms import RangeForm, WebhookForm
from notifications.history.trace import of_deliveries, title_of
from notifications.models import ChannelName, Delivery, Endpoint, EndpointNotice
from socialapp.api.pagination import paginate
from socialapp.users.browsers import browser_name
from socialapp.users.passwords import need_password, with_password
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import errors_on, signed_in

LOG_SIZE = 20
# Names stand in the first two hundred characters or so; what is much longer costs time to search.


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
@with_password
def show(request: AuthenticatedRequest) -> HttpResponse:
    """List one's endpoints. POST makes a webhook, whose secret is in the answer."""
    plan.ensure_mail_endpoints([request.user.pk])
    form, secret = WebhookForm(request.POST or None), ""
    if form.is_valid():
        with errors_on(form):
            _endpoint, secret = operations.add_webhook(person=request.user, **form.cleaned_data)
    mine = Endpoint.objects.filter(person=request.user).select_related("circuit").order_by("channel", "pk")
    context = {
        "form": WebhookForm() if secret else form,
        "secret": secret,
        "endpoints": mine,
        "push_key": application_server_key(),
        "try_at": _try_at(request.user.pk),
    }
    return render(request, "notifications/endpoints.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def subscribe(request: AuthenticatedRequest) -> JsonResponse:
    """POST: this browser's subscription, as its pushManager gave it. GET: what its service worker needs for another."""
    if request.method != "POST":
        return JsonResponse({"key": application_server_key(), "csrf": get_token(request)})
    try:
        sent: Any = json.loads(request.body)
        endpoint = operations.add_push_endpoint(
            person=request.user,
            name=browser_name(request.headers.get("User-Agent", "")),
            address=str(sent["endpoint"]),
            keys={"p256dh": str(sent["keys"]["p256dh"]), "auth": str(sent["keys"]["auth"])},
            made_for=str(sent.get("applicationServerKey") or ""),
            replaces=str(sent.get("replaces") or ""),
        )
    except ValidationError as error:
        return JsonResponse({"detail": error.messages[0]}, status=400)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return JsonResponse({"detail": _("This is not a push subscription.")}, status=400)
    browsers.bind(endpoint, request.session, request.user)
    return JsonResponse({"id": endpoint.pk}, status=201)


@require_POST
@signed_in
def push_state(request: AuthenticatedRequest) -> JsonResponse:
    """Whether push is on for this person at this browser's subscription: a browser alone does not know."""
    try:
        address = str(json.loads(request.body)["endpoint"])
        check_url(address)
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"detail": _("This is not a push subscription.")}, status=400)
    on = browsers.is_on(person=request.user, address=address, session=request.session)
    return JsonResponse({"on": on})


@require_POST
@signed_in
def change(request: AuthenticatedRequest, endpoint_id: int, verb: str) -> HttpResponse:
    """Turn on or off, remove, try, or give a new secret."""
    endpoint = Endpoint.objects.get(pk=endpoint_id, person=request.user)
    if verb == "test":
        return redirect("notifications:test", notices.send_test(endpoint=endpoint).pk)
    if verb == "rotate":
        need_password(request)
        endpoint = Endpoint.objects.get(pk=endpoint.pk, channel=ChannelName.WEBHOOK)
        secret = operations.rotate_secret(endpoint=endpoint)
        return render(request, "notifications/secret.html", {"secret": secret, "endpoint": endpoint})
    {"on": operations.enable, "off": operations.disable, "remove": operations.remove_endpoint}[verb](endpoint=endpoint)
    messages.success(request, {"on": _("Turned on."), "off": _("Turned off."), "remove": _("Removed.")}[verb])
    return redirect("notifications:endpoints")


@require_safe
@signed_in
@never_cache
def test(request: AuthenticatedRequest, delivery_id: int) -> HttpResponse:
    """How a test went: the page looks again until it is known."""
    delivery = Delivery.objects.select_related("endpoint").get(
        pk=delivery_id, recipient=request.user, kind=EndpointNotice.TEST
    )
    context = {"delivery": delivery, "title": title_of(delivery.endpoint), "stories": of_deliveries([delivery])}
    response = render(request, "notifications/test.html", context)
    if delivery.state == Delivery.State.WAITING:
        response["Refresh"] = "1"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def show_log(request: AuthenticatedRequest, endpoint_id: int) -> HttpResponse:
    """Each delivery with its attempts. POST sends a range of time again."""
    endpoint = Endpoint.objects.get(pk=endpoint_id, person=request.user)
    form = RangeForm(request.POST or None)
    if form.is_valid():
        with errors_on(form):
            count = redelivery.replay(endpoint=endpoint, **form.cleaned_data)
            text = ngettext("%(n)s delivery is sent again.", "%(n)s deliveries are sent again.", count)
            messages.success(request, text % {"n": number_format(count, force_grouping=True)})
            return redirect("notifications:log", endpoint.pk)
    page = paginate(redelivery.deliveries_of(endpoint), ["-id"], request.GET.get("page"), LOG_SIZE)
    attempts = redelivery.attempts_of(page.items)
    context = {
        "endpoint": endpoint,
        "title": title_of(endpoint),
        "form": form,
        "page": page,
        "rows": [(delivery, attempts[delivery.pk]) for delivery in page.items],
    }
    return render(request, "notifications/log.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def resend(request: AuthenticatedRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """Once more, under the same id."""
    redelivery.resend(endpoint=Endpoint.objects.get(pk=endpoint_id, person=request.user), delivery_id=delivery_id)
    messages.success(request, _("It is sent again."))
    return redirect("notifications:log", endpoint_id)


def _try_at(person_id: int) -> str:
    """A receiver of their own on this machine, while the fakes run there; else empty."""
    if not settings.TRY_WEBHOOKS_AT:
        return ""
    return f"{settings.TRY_WEBHOOKS_AT}{salted_hmac('notifications.try', str(person_id)).hexdigest()[:20]}"
