"""The terminal: a chat, scripts with expectations, and the machine-readable doors."""

from bot.channels.console.channel import ConsoleChannel
from bot.channels.console.doors import judge_door, replies_json, search_door, understand_door
from bot.channels.console.script import Checked, check_transcript, run_script

__all__ = ["Checked", "ConsoleChannel", "check_transcript", "judge_door", "replies_json", "run_script", "search_door", "understand_door"]
