"""Endpoints in the API: where a person is notified outside of the inbox, their logs, and dead letters for admins."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.utils.translation import gettext, gettext_lazy
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.channels.push import application_server_key
from notifications.deliveries import notices, plan, redelivery
from notifications.endpoints import browsers, operations
from notifications.models import Attempt, Delivery, Endpoint, Reason
from socialapp.api.endpoints import PAGE_PARAMETERS, checked, checked_query, page_of, page_query, paged
from socialapp.api.fields import Flag, MomentField, TextField
from socialapp.api.pagination import paginate
from socialapp.api.problems import problems
from socialapp.users.api import UsernameField
from socialapp.users.passwords import PasswordTypedLately, token_id_of
from socialapp.users.requests import MemberApiRequest

# How an address begins; notifications.channels.safe_http looks at the rest.
WEB_ADDRESS = RegexValidator(
    r"^[hH][tT][tT][pP][sS]?://",
    gettext_lazy("This is not a web address. It must look like https://example.org/hook."),
)


class ReasonField(serializers.ChoiceField):
    """A code of a reason. Codes of newer versions are passed on unchanged."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Reason.choices, **kwargs)


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """Where a person is notified: their mail address, a browser, or a webhook.

    `failing` is true while deliveries to it fail, for the reason in `last_error`, a code, which
    `last_error_text` puts into words. While `enabled` is false, nothing is sent to it, for `disabled_reason`.
    """

    enabled = serializers.SerializerMethodField()
    failing = serializers.SerializerMethodField()
    disabled_reason = ReasonField(read_only=True, allow_blank=True)
    last_error = ReasonField(read_only=True, allow_blank=True)

    class Meta:
        model = Endpoint
        fields = (
            "id", "channel", "name", "address", "enabled", "disabled_reason", "disabled_reason_text", "failing",
            "last_error", "last_error_text", "last_sent_at", "created_at",
        )  # fmt: skip

    def get_enabled(self, endpoint: Endpoint) -> bool:
        return endpoint.disabled_at is None

    def get_failing(self, endpoint: Endpoint) -> bool:
        return bool(endpoint.last_error)


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One attempt to send a delivery: what was sent, what was answered, and when it is tried again.

    `reason` is the code of why it failed, `reason_text` the same in words, and `answer` what the other side answered.
    """

    reason = ReasonField(read_only=True, allow_blank=True)

    class Meta:
        model = Attempt
        fields = (
            "number", "at", "took_ms", "outcome", "reason", "reason_text", "code", "answer", "request",
            "next_attempt_at",
        )  # fmt: skip


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One notification on its way to one endpoint. `attempts` is how many there were so far.

    `reason` is the code of why it was suppressed, given up or is held, and `reason_text` the same in words.
    """

    reason = ReasonField(read_only=True, allow_blank=True)

    class Meta:
        model = Delivery
        fields = (
            "id", "kind", "channel", "endpoint", "state", "reason", "reason_text", "attempts", "accepted_at",
            "next_attempt_at", "expires_at", "finished_at",
        )  # fmt: skip


class DeliveryStorySerializer(DeliverySerializer):
    """A delivery, with a log of its attempts."""

    log = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (*DeliverySerializer.Meta.fields, "log")

    def get_log(self, delivery: Delivery) -> list[dict[str, Any]]:
        """The attempts, oldest first."""
        attempts = Attempt.objects.filter(delivery=delivery).order_by("id")
        return list(AttemptSerializer(attempts, many=True).data)


class Subscription(serializers.Serializer[Any]):
    """A push subscription, as `pushManager.subscribe()` returns it."""

    endpoint = TextField(max_length=2_000, validators=[WEB_ADDRESS])
    keys = inline_serializer(
        "SubscriptionKeys",
        {"p256dh": TextField(max_length=200), "auth": TextField(max_length=100)},
    )
    name = TextField(max_length=80, required=False, default="A program")


class NewWebhook(serializers.Serializer[Any]):
    """A new webhook: a name of the caller's choice, and a public https URL."""

    name = TextField(max_length=80)
    address = TextField(max_length=2_000, validators=[WEB_ADDRESS])


class Enabled(serializers.Serializer[Any]):
    """Whether notifications are sent to the endpoint."""

    enabled = Flag()


class Span(serializers.Serializer[Any]):
    """A range of time."""

    since = MomentField()
    until = MomentField()


class Filter(serializers.Serializer[Any]):
    """A filter for dead letters. What is left out is not filtered by."""

    channel = TextField(required=False, default=None, max_length=20, help_text="The channel: email, push or webhook.")
    kind = TextField(required=False, default=None, max_length=20, help_text="The kind of notification, such as like.")
    reason = ReasonField(
        required=False, default=None, help_text="The code of the reason, or of that for which it was given up."
    )
    recipient = UsernameField(required=False, default=None, help_text="The username of the recipient.")
    since = MomentField(help_text="Those that ended at this time or later.", required=False, default=None)
    until = MomentField(required=False, default=None, help_text="Those that ended before this time.")


class Redelivery(Filter):
    """Dead letters to send again. With `dry_run`, which is the default, they are only counted."""

    dry_run = Flag(required=False, default=True)


SECRET = inline_serializer("WebhookSecret", {"id": serializers.IntegerField(), "secret": serializers.CharField()})
COUNT = inline_serializer("Count", {"count": serializers.IntegerField()})
COUNTED = inline_serializer("Redelivered", {"count": serializers.IntegerField(), "dry_run": serializers.BooleanField()})


def _mine(request: MemberApiRequest, endpoint_id: int) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint_id, person=request.user)


class EndpointsView(APIView):
    """The caller's endpoints."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="notifications_endpoints_list", parameters=PAGE_PARAMETERS, responses=page_of(EndpointSerializer)
    )
    def get(self, request: MemberApiRequest) -> Response:
        """List where the caller is notified: mail address, browsers and webhooks, the newest first."""
        plan.ensure_mail_endpoints([request.user.pk])
        cursor, size = page_query(request)
        page = paginate(Endpoint.objects.filter(person=request.user), ["-id"], cursor, size)
        return paged(request, page, EndpointSerializer)


class PushView(APIView):
    """Push subscriptions of browsers."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=inline_serializer("PushKey", {"key": serializers.CharField()}))
    def get(self, request: MemberApiRequest) -> Response:  # noqa: ARG002
        """Return the key to subscribe a browser with, as `applicationServerKey` of `pushManager.subscribe()`."""
        return Response({"key": application_server_key()})

    @extend_schema(request=Subscription, responses={201: EndpointSerializer})
    def post(self, request: MemberApiRequest) -> Response:
        """Register a push subscription, so that the caller is notified by it.

        Answers 201 with the endpoint. The same subscription sent again stays one endpoint; it is turned on and belongs
        to the caller alone. 400 when its keys cannot be used or the caller has 20 already.
        """
        subscription = checked(Subscription, request.data)
        endpoint = operations.add_push_endpoint(
            person=request.user,
            name=subscription["name"],
            address=subscription["endpoint"],
            keys=dict(subscription["keys"]),
            token_id=token_id_of(request),
        )
        if request.auth is None:  # by a session, with which it ends
            browsers.bind(endpoint, request.session, request.user)
        return Response(EndpointSerializer(endpoint).data, status=201)


class WebhookView(APIView):
    """New webhooks."""

    permission_classes = (IsAuthenticated, PasswordTypedLately)

    @extend_schema(request=NewWebhook, responses={201: SECRET})
    def post(self, request: MemberApiRequest) -> Response:
        """Register a webhook: a public https URL that receives the caller's notifications, signed with a secret.

        Answers 201 with its id and the secret, which is not shown again. Repeating the request makes another webhook.
        Needs a token, or a session whose password was typed again in the last five minutes; 403 otherwise.
        """
        endpoint, secret = operations.add_webhook(
            person=request.user, **checked(NewWebhook, request.data), token_id=token_id_of(request)
        )
        return Response({"id": endpoint.pk, "secret": secret}, status=201)


class EndpointView(APIView):
    """One of the caller's endpoints."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=EndpointSerializer)
    def get(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Return one of the caller's endpoints, with its state and last error."""
        return Response(EndpointSerializer(_mine(request, endpoint_id)).data)

    @extend_schema(request=Enabled, responses=EndpointSerializer)
    def patch(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Turn one of the caller's endpoints on or off. Nothing is sent while it is off, nor later for that time."""
        endpoint = _mine(request, endpoint_id)
        (operations.enable if checked(Enabled, request.data)["enabled"] else operations.disable)(endpoint=endpoint)
        return self.get(request, endpoint_id)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Remove one of the caller's endpoints, with its log of deliveries.

        Answers 204. 400 for the mail address: it can be turned off, not removed.
        """
        operations.remove_endpoint(endpoint=_mine(request, endpoint_id))
        return Response(status=204)


class TestView(APIView):
    """Test deliveries."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    def post(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Send a test notification to this endpoint at once, even in quiet hours.

        Answers 202 with the delivery; read it again to see how it went. Each request sends another test. 400 when the
        endpoint is turned off.
        """
        delivery = notices.send_test(endpoint=_mine(request, endpoint_id))
        return Response(DeliverySerializer(delivery).data, status=202)


class SecretView(APIView):
    """The secret of a webhook."""

    permission_classes = (IsAuthenticated, PasswordTypedLately)

    @extend_schema(request=None, responses={201: SECRET})
    def post(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Make a new secret for a webhook. For a day, messages are signed with the earlier one as well.

        Answers 201 with the secret; each request makes another, at most nine a day. A token can do this only for
        webhooks that it made itself; a session needs the password typed again in the last five minutes.
        """
        endpoint = Endpoint.objects.get(pk=endpoint_id, person=request.user, channel="webhook")
        token_id = token_id_of(request)
        if token_id is not None and token_id != endpoint.token_id:
            raise PermissionDenied(
                gettext("Only the token that made a webhook gets its secret. Rotate it on the page.")
            )
        return Response({"id": endpoint.pk, "secret": operations.rotate_secret(endpoint=endpoint)}, status=201)


class LogView(APIView):
    """The log of an endpoint."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(DeliverySerializer))
    def get(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """List the deliveries to this endpoint, the newest first."""
        cursor, size = page_query(request)
        page = paginate(redelivery.deliveries_of(_mine(request, endpoint_id)), ["-id"], cursor, size)
        return paged(request, page, DeliverySerializer)


class ReplayView(APIView):
    """Sending a range of time again."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=Span, responses={202: COUNT})
    def post(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Send again all deliveries to this endpoint that ended in a range of time, sent or given up.

        Answers 202 with their number. They keep their ids, so that a receiver can recognize repetitions. While they
        wait, repeating the request does nothing; later it sends them once more. 400 when they are more than 10,000.
        """
        span = checked(Span, request.data)
        return Response({"count": redelivery.replay(endpoint=_mine(request, endpoint_id), **span)}, status=202)


class DeliveryView(APIView):
    """One of the caller's deliveries."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=DeliveryStorySerializer)
    def get(self, request: MemberApiRequest, delivery_id: int) -> Response:
        """Return one of the caller's deliveries, with its attempts."""
        delivery = Delivery.objects.get(pk=delivery_id, recipient=request.user)
        return Response(DeliveryStorySerializer(delivery).data)


class ResendView(APIView):
    """Sending a delivery again."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    def post(self, request: MemberApiRequest, delivery_id: int) -> Response:
        """Send one of the caller's deliveries again, under the same id.

        Answers 202 with the delivery, which waits again. While it waits, repeating the request does nothing; later it
        sends it once more. 400 when it was suppressed, because the caller did not want it.
        """
        delivery = Delivery.objects.select_related("endpoint").get(pk=delivery_id, recipient=request.user)
        redelivery.resend(endpoint=delivery.endpoint, delivery_id=delivery.pk)
        delivery.refresh_from_db()
        return Response(DeliverySerializer(delivery).data, status=202)


class MayTendDeliveries(IsAdminUser):
    """Allows staff who may view deliveries, and for a POST those who may change them."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        right = "view" if request.method in SAFE_METHODS else "change"
        return super().has_permission(request, view) and request.user.has_perm(f"notifications.{right}_delivery")


class DeadLettersView(APIView):
    """Deliveries that were given up, for admins."""

    permission_classes = (MayTendDeliveries,)

    @extend_schema(
        parameters=[Filter, *PAGE_PARAMETERS],
        responses={200: page_of(DeliverySerializer), **problems(403)},
    )
    def get(self, request: MemberApiRequest) -> Response:
        """List dead letters, the newest first. Only for staff who may view deliveries."""
        cursor, size = page_query(request)
        page = paginate(_dead(checked_query(Filter, request)), ["-id"], cursor, size)
        return paged(request, page, DeliverySerializer)

    @extend_schema(request=Redelivery, responses=COUNTED)
    def post(self, request: MemberApiRequest) -> Response:
        """Send dead letters again, under the same ids; with `dry_run`, which is the default, only count them.

        Only for staff who may change deliveries. What is sent again is no dead letter any more, so repeating the
        request does not send it twice.
        """
        filters = checked(Redelivery, request.data)
        dry_run = filters.pop("dry_run")
        found = _dead(filters)
        return Response({"count": found.count() if dry_run else redelivery.redeliver(found), "dry_run": dry_run})


def _dead(filters: dict[str, Any]) -> Any:
    return redelivery.dead_letters(name=filters.pop("channel"), **filters)
