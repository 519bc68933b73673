"""The other side, for development and tests: a mail server, a push service, a webhook receiver that answer on command.

They speak the real protocols over real sockets, verify what they are sent
with other libraries than those that sent it, and keep it in memory.
"""
