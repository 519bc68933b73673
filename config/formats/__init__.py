"""How dates and times are written, in each language. Django's own come after these.

Templates name a format rather than spell it: {{ at|date:"DATE_FORMAT" }}. Two names are ours: MOMENT_FORMAT, a line
of a log, and WHOLE_FORMAT, all of a time, shown on hover.
"""
