"""The WSGI application that granian serves: pages and API. (ASGI costs four times the CPU: DESIGN.md.)"""

import os

from django.core.wsgi import get_wsgi_application

from socialapp.http.arrivals import Arrivals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = Arrivals(get_wsgi_application())
