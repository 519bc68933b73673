// What else the service worker does, filled in by config/templates.
