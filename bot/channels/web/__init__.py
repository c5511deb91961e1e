"""The web chat: one page for one employee's chat and the help desk's channel, fed by server-sent events."""

from bot.channels.web.channel import WebChannel
from bot.channels.web.guard import check_address
from bot.channels.web.listen import mount, routes

__all__ = ["WebChannel", "check_address", "mount", "routes"]
