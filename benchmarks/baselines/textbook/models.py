"""Posts, likes, notifications."""

from django.conf import settings
from django.db import models


class Post(models.Model):
    """What someone wrote."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts")
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "textbook"

    def __str__(self) -> str:
        return self.body[:60]


class Like(models.Model):
    """`user` likes `post`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="likes")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="likes")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "textbook"
        constraints = [models.UniqueConstraint(fields=["user", "post"], name="one_like_per_user_and_post")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.post_id}"


class Notification(models.Model):
    """`recipient` is told that `actor` did `verb` to `post`. The key makes a task that runs twice tell once."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=20)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    is_read = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "textbook"
        constraints = [
            models.UniqueConstraint(fields=["recipient", "actor", "verb", "post"], name="one_notification_per_deed"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.verb} {self.post_id}"
