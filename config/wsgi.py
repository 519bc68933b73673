"""The WSGI application that granian serves: pages and API. (ASGI costs four times the CPU.)"""

import os

from django.core.wsgi import get_wsgi_application

from socialapp.web.slow_bodies import SlowBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = SlowBodies(get_wsgi_application())
