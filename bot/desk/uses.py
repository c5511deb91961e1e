"""The desk's use cases, wired to each other once."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.asking import Asking
from bot.desk.escalate import Escalation
from bot.desk.outbox import Outbox
from bot.desk.parts import Parts
from bot.desk.propose import Proposer
from bot.desk.state import Progress
from bot.desk.steps import Steps
from bot.desk.tickets import TicketActions
from bot.desk.verify import Verifier


@dataclass
class Uses:
    outbox: Outbox
    proposer: Proposer
    asking: Asking
    progress: Progress
    humans: Escalation
    verifier: Verifier
    steps: Steps


def wire(parts: Parts) -> Uses:
    """Everything the desk does, over these ports."""
    outbox = Outbox(parts)
    asking = Asking(parts, outbox)
    progress = Progress(parts, outbox, asking)
    humans = Escalation(parts, outbox, progress)
    return Uses(
        outbox=outbox,
        proposer=Proposer(parts),
        asking=asking,
        progress=progress,
        humans=humans,
        verifier=Verifier(parts, outbox),
        steps=Steps(parts, outbox, TicketActions(parts, humans)),
    )
