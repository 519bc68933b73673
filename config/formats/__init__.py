"""How dates and times are written, in each language. Django's own come after these.

Templates name a format rather than spell it: {{ at|date:"DATE_FORMAT" }}. MOMENT_FORMAT is ours: a line of a log.
"""
