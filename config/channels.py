"""The ways out of the product, each with a Celery queue of its name, and the threads that serve such queues."""

import os

CHANNELS = {
    "email": "notifications.channels.mail.Mail",
    "push": "notifications.channels.push.Push",
    "webhook": "notifications.channels.webhook.Webhook",
}
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
# One worker serves all these queues. This many tasks of a queue run in it at once, so that each finds a thread, however
# long others take. Pictures are decoded in processes of their own, each of which takes a core.
QUEUE_THREADS = {
    **dict.fromkeys(CHANNELS, 8),
    "pictures": max(1, CORES // 2),
    "heavy-pictures": max(1, CORES // 4),
    # For exports, each of which keeps a core and the storage busy.
    "takeout": 1,
}
