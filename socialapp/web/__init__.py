# What `bin/up` gives each web process. Here, because its supervisor needs nothing else of these modules.
WEB_THREADS = 8
