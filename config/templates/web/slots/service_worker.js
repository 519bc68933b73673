{% include "notifications/push_worker.js" %}
