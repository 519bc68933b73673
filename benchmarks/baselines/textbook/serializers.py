"""What the API takes and answers."""

from rest_framework import serializers

from benchmarks.baselines.textbook.models import Like


class LikeSerializer(serializers.ModelSerializer[Like]):
    """A like. Who likes is who asks, and takes part in the check that they do so once: the second is a 400."""

    user = serializers.HiddenField(default=serializers.CurrentUserDefault())

    class Meta:
        model = Like
        fields = ["id", "user", "post", "created_at"]
