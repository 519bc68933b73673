#!/usr/bin/env python
"""Django's command line. Inside the checkout: `.venv/bin/python manage.py help`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

import socialapp

if __name__ == "__main__":
    # Django would tell its own.
    if sys.argv[1:] in (["version"], ["--version"]):
        sys.exit(print(f"socialapp {socialapp.__version__}"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")
