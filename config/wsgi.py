"""The WSGI application that granian serves: pages and API. (ASGI costs four times the CPU: DESIGN.md.)"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
