"""Listens to live updates in Redis: one connection for the whole process."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings

from socialapp import broker
from socialapp.messaging.live_updates import CHANNEL

logger = logging.getLogger(__name__)

# A connection that is silent for this long, even after a ping, is dead.
SILENCE_S = 4.0
PING_S = 2.0


async def listen(on_wakeup: Callable[[dict[str, Any]], None], connected: Callable[[], None]) -> None:
    """Listen for ever. `connected` is called whenever messages may have been missed: at first, and after each break."""
    pause = 0.1
    while True:
        try:
            async with (
                broker.async_client(settings.REDIS_URL, socket_connect_timeout=2) as client,
                client.pubsub() as subscription,
            ):
                async with asyncio.timeout(SILENCE_S):
                    await subscription.subscribe(CHANNEL)
                connected()
                pause = 0.1
                await _receive(subscription, on_wakeup)
        # Also ValueError, which redis-py raises of a socket that was closed under it: it goes on, whatever it was.
        except Exception as error:  # noqa: BLE001
            logger.warning("No wake-ups from Redis (%s); looking every few seconds instead.", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)


async def _receive(subscription: Any, on_wakeup: Callable[[dict[str, Any]], None]) -> None:
    loop = asyncio.get_running_loop()
    received_at = pinged_at = loop.time()
    while True:
        message = await subscription.get_message(timeout=1.0)
        now = loop.time()
        if message:
            received_at = now
            if message["type"] == "message":
                _pass_on(message["data"], on_wakeup)
        if now - received_at > SILENCE_S:
            raise TimeoutError
        if now - pinged_at > PING_S:
            pinged_at = now
            async with asyncio.timeout(SILENCE_S):
                await subscription.ping()


def _pass_on(data: bytes, on_wakeup: Callable[[dict[str, Any]], None]) -> None:
    """Pass a message on. One that cannot be read is dropped; the check finds what it announced."""
    try:
        on_wakeup(json.loads(data))
    except (ValueError, TypeError, AttributeError) as error:
        logger.warning("A wake-up cannot be read: %s", error)
