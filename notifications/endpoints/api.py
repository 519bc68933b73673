"""Where people hear, through the API: browsers and webhooks, their logs; and dead letters, for admins."""

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
from notifications.models import Attempt, Delivery, Endpoint
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


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """`failing` with `last_error`: it does not work at the moment; `enabled` false: nothing is sent there."""

    enabled = serializers.SerializerMethodField()
    failing = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = (
            "id", "channel", "name", "address", "enabled", "disabled_reason", "failing", "last_error", "last_sent_at",
            "created_at",
        )  # fmt: skip

    def get_enabled(self, endpoint: Endpoint) -> bool:
        return endpoint.disabled_at is None

    def get_failing(self, endpoint: Endpoint) -> bool:
        return bool(endpoint.last_error)


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try: what was sent, what the other side said, and when it is tried again."""

    class Meta:
        model = Attempt
        fields = ("number", "at", "took_ms", "outcome", "code", "answer", "request", "next_attempt_at")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One delivery. `attempts` is how many there were."""

    class Meta:
        model = Delivery
        fields = (
            "id", "kind", "channel", "endpoint", "state", "reason", "attempts", "accepted_at", "next_attempt_at",
            "expires_at", "finished_at",
        )  # fmt: skip


class DeliveryStorySerializer(DeliverySerializer):
    """The same with its log."""

    log = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (*DeliverySerializer.Meta.fields, "log")

    def get_log(self, delivery: Delivery) -> list[dict[str, Any]]:
        """Each attempt, the first one first."""
        attempts = Attempt.objects.filter(delivery=delivery).order_by("id")
        return list(AttemptSerializer(attempts, many=True).data)


class Subscription(serializers.Serializer[Any]):
    """What pushManager.subscribe() gives."""

    endpoint = TextField(max_length=2_000, validators=[WEB_ADDRESS])
    keys = inline_serializer(
        "SubscriptionKeys",
        {"p256dh": TextField(max_length=200), "auth": TextField(max_length=100)},
    )
    name = TextField(max_length=80, required=False, default="A program")


class NewWebhook(serializers.Serializer[Any]):
    """A public https address."""

    name = TextField(max_length=80)
    address = TextField(max_length=2_000, validators=[WEB_ADDRESS])


class Enabled(serializers.Serializer[Any]):
    """Whether anything is sent there."""

    enabled = Flag()


class Span(serializers.Serializer[Any]):
    """From when to when."""

    since = MomentField()
    until = MomentField()


class Filter(serializers.Serializer[Any]):
    """Which dead letters; what is left out does not matter."""

    channel = TextField(required=False, default=None, max_length=20)
    kind = TextField(required=False, default=None, max_length=20)
    reason = TextField(required=False, default=None, max_length=200, help_text="A part of it.")
    recipient = UsernameField(required=False, default=None)
    since = MomentField(help_text="When it ended.", required=False, default=None)
    until = MomentField(required=False, default=None)


class Redelivery(Filter):
    """With `dry_run` (the default) they are only counted."""

    dry_run = Flag(required=False, default=True)


SECRET = inline_serializer("WebhookSecret", {"id": serializers.IntegerField(), "secret": serializers.CharField()})
COUNT = inline_serializer("Count", {"count": serializers.IntegerField()})
COUNTED = inline_serializer("Redelivered", {"count": serializers.IntegerField(), "dry_run": serializers.BooleanField()})


def _mine(request: MemberApiRequest, endpoint_id: int) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint_id, person=request.user)


class EndpointsView(APIView):
    """Where the caller hears."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="notifications_endpoints_list", parameters=PAGE_PARAMETERS, responses=page_of(EndpointSerializer)
    )
    def get(self, request: MemberApiRequest) -> Response:
        """The newest first."""
        plan.ensure_mail_endpoints([request.user.pk])
        cursor, size = page_query(request)
        page = paginate(Endpoint.objects.filter(person=request.user), ["-id"], cursor, size)
        return paged(request, page, EndpointSerializer)


class PushView(APIView):
    """Browsers."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=inline_serializer("PushKey", {"key": serializers.CharField()}))
    def get(self, request: MemberApiRequest) -> Response:  # noqa: ARG002
        """The applicationServerKey to subscribe with."""
        return Response({"key": application_server_key()})

    @extend_schema(request=Subscription, responses={201: EndpointSerializer})
    def post(self, request: MemberApiRequest) -> Response:
        """A subscription; sent again, it is the same one."""
        said = checked(Subscription, request.data)
        endpoint = operations.add_push_endpoint(
            person=request.user,
            name=said["name"],
            address=said["endpoint"],
            keys=dict(said["keys"]),
            token_id=token_id_of(request),
        )
        if request.auth is None:  # by a session, with which it ends
            browsers.bind(endpoint, request.session, request.user)
        return Response(EndpointSerializer(endpoint).data, status=201)


class WebhookView(APIView):
    """Webhooks."""

    permission_classes = (IsAuthenticated, PasswordTypedLately)

    @extend_schema(request=NewWebhook, responses={201: SECRET})
    def post(self, request: MemberApiRequest) -> Response:
        """The secret is in this answer and nowhere else."""
        endpoint, secret = operations.add_webhook(
            person=request.user, **checked(NewWebhook, request.data), token_id=token_id_of(request)
        )
        return Response({"id": endpoint.pk, "secret": secret}, status=201)


class EndpointView(APIView):
    """One endpoint."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=EndpointSerializer)
    def get(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Its health."""
        return Response(EndpointSerializer(_mine(request, endpoint_id)).data)

    @extend_schema(request=Enabled, responses=EndpointSerializer)
    def patch(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """Turn it on or off."""
        endpoint = _mine(request, endpoint_id)
        (operations.enable if checked(Enabled, request.data)["enabled"] else operations.disable)(endpoint=endpoint)
        return self.get(request, endpoint_id)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """With its log."""
        operations.remove_endpoint(endpoint=_mine(request, endpoint_id))
        return Response(status=204)


class TestView(APIView):
    """Send me a test."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    def post(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """The delivery, whose state tells how it went."""
        delivery = notices.send_test(endpoint=_mine(request, endpoint_id))
        return Response(DeliverySerializer(delivery).data, status=202)


class SecretView(APIView):
    """A webhook's secret."""

    permission_classes = (IsAuthenticated, PasswordTypedLately)

    @extend_schema(request=None, responses={201: SECRET})
    def post(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """A new one. For a day, what is sent is signed with the last one too.

        A token gets the secrets of the webhooks that it made, and of no others: they end with it.
        """
        endpoint = Endpoint.objects.get(pk=endpoint_id, person=request.user, channel="webhook")
        token_id = token_id_of(request)
        if token_id is not None and token_id != endpoint.token_id:
            raise PermissionDenied(
                gettext("Only the token that made a webhook gets its secret. Rotate it on the page.")
            )
        return Response({"id": endpoint.pk, "secret": operations.rotate_secret(endpoint=endpoint)}, status=201)


class LogView(APIView):
    """What was sent to an endpoint."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(DeliverySerializer))
    def get(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        page = paginate(redelivery.deliveries_of(_mine(request, endpoint_id)), ["-id"], cursor, size)
        return paged(request, page, DeliverySerializer)


class ReplayView(APIView):
    """A range of time, once more."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=Span, responses={202: COUNT})
    def post(self, request: MemberApiRequest, endpoint_id: int) -> Response:
        """All that was sent or given up in that time, under the same ids."""
        span = checked(Span, request.data)
        return Response({"count": redelivery.replay(endpoint=_mine(request, endpoint_id), **span)}, status=202)


class DeliveryView(APIView):
    """One delivery."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=DeliveryStorySerializer)
    def get(self, request: MemberApiRequest, delivery_id: int) -> Response:
        """With each attempt."""
        delivery = Delivery.objects.get(pk=delivery_id, recipient=request.user)
        return Response(DeliveryStorySerializer(delivery).data)


class ResendView(APIView):
    """One delivery, once more."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    def post(self, request: MemberApiRequest, delivery_id: int) -> Response:
        """Under the same id."""
        delivery = Delivery.objects.select_related("endpoint").get(pk=delivery_id, recipient=request.user)
        redelivery.resend(endpoint=delivery.endpoint, delivery_id=delivery.pk)
        delivery.refresh_from_db()
        return Response(DeliverySerializer(delivery).data, status=202)


class MayTendDeliveries(IsAdminUser):
    """Staff with the right to view deliveries, and for a POST to change them."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        right = "view" if request.method in SAFE_METHODS else "change"
        return super().has_permission(request, view) and request.user.has_perm(f"notifications.{right}_delivery")


class DeadLettersView(APIView):
    """Deliveries that ended badly, for admins."""

    permission_classes = (MayTendDeliveries,)

    @extend_schema(
        parameters=[Filter, *PAGE_PARAMETERS],
        responses={200: page_of(DeliverySerializer), **problems(403)},
    )
    def get(self, request: MemberApiRequest) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        page = paginate(_dead(checked_query(Filter, request)), ["-id"], cursor, size)
        return paged(request, page, DeliverySerializer)

    @extend_schema(request=Redelivery, responses=COUNTED)
    def post(self, request: MemberApiRequest) -> Response:
        """Send them again, under the same ids; unless told otherwise, only count them."""
        said = checked(Redelivery, request.data)
        dry_run = said.pop("dry_run")
        found = _dead(said)
        return Response({"count": found.count() if dry_run else redelivery.redeliver(found), "dry_run": dry_run})


def _dead(said: dict[str, Any]) -> Any:
    return redelivery.dead_letters(name=said.pop("channel"), **said)
