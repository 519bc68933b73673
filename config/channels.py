"""The ways out of the product. Each has a Celery queue of its name, and `bin/up` starts a worker for it."""

CHANNELS = {
    "email": "notifications.channels.mail.Mail",
    "push": "notifications.channels.push.Push",
    "webhook": "notifications.channels.webhook.Webhook",
}
