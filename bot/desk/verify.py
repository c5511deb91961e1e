"""Proof of address: asks for a government ID, has a vendor read it, compares, and keeps only the verdict and a hash."""

from __future__ import annotations

import hashlib
from datetime import date

from bot.desk.outbox import REQUESTER, Outbox
from bot.desk.parts import Parts
from bot.desk.sentences import name
from bot.domain.capabilities import IdCheck, IdDocument
from bot.domain.directory import Directory
from bot.domain.messages import LARGEST_FILE, Field_, File, Form, Message, Status
from bot.domain.people import Person, Standing
from bot.domain.plans import Plan, PlanState
from bot.domain.tickets import Ticket
from bot.errors import BadInput, NotAllowed, Refused, Stale

VERIFICATION = "verification"
PROOF_KEPT = ("verification_because", "verification_sha256")
"""All that is kept of a document beside the verdict."""
UNPROVEN = "Reading a document does not prove that it is genuine."


class Verifier:
    """The `verification` requirement. The document is used in memory and dropped."""

    def __init__(self, parts: Parts, outbox: Outbox) -> None:
        self._parts = parts
        self._outbox = outbox

    async def ask(self, plan: Plan, ticket: Ticket, error: str = "") -> None:
        """Asks whoever the parcel is for; whoever made the request, where that person cannot be reached yet."""
        directory = await self._parts.ledger.directory()
        subject = self.subject(plan, directory)
        asked = self.asked(plan, directory)
        whose = "your" if asked.email == subject.email else f"{subject.name}'s"
        form = Form(
            id=f"verify:{plan.id}",
            title="Confirm the shipping address",
            text=(
                f"Before {ticket.id} ships to {self.address(plan)}, please add a photo of the back of {whose} driving licence or ID card, "
                f"with the barcode in view. It is read in memory, compared with the shipping address, and not kept. {UNPROVEN}"
            ),
            fields=(Field_(name="document", label="Photo of the ID", kind="file", help="PNG or JPEG, up to 10 MB", error=error),),
            submit="Check this document",
        )
        await self._outbox.post(ticket, asked.email, f"verify:{plan.id}", form)
        if asked.email != plan.requester:
            text = f"I've asked {asked.name} for a photo of an ID, to confirm the shipping address."
            await self._outbox.post(ticket, REQUESTER, f"proof:{plan.id}", Status(text=text))

    async def settle(self, plan: Plan, ticket: Ticket, how: str) -> None:
        """Replaces the open form by how it ended."""
        form = Form(id=f"verify:{plan.id}", title="Confirm the shipping address", fields=(), settled=how)
        for post in await self._parts.ledger.posts(ticket=ticket.id, key=f"verify:{plan.id}", limit=5):
            await self._outbox.post(ticket, post.audience, f"verify:{plan.id}", form)

    async def catch_up(self, plan: Plan) -> None:
        """Settles the form where a process died between the verdict and that."""
        posts = await self._parts.ledger.posts(ticket=plan.ticket, key=f"verify:{plan.id}", limit=5)
        if any(isinstance(p.reply, Form) and not p.reply.settled for p in posts):
            await self.settle(plan, await self._parts.ledger.ticket(plan.ticket), plan.known["verification_because"])

    def subject(self, plan: Plan, directory: Directory) -> Person:
        """Whose address is to be proven."""
        step = next(s for s in plan.steps if VERIFICATION in s.decision.requirements)
        return directory.person(str(step.call.arguments.get("person", plan.requester)))

    def asked(self, plan: Plan, directory: Directory) -> Person:
        """Who is asked for the document."""
        subject = self.subject(plan, directory)
        started = subject.start_date is None or subject.start_date <= self._parts.clock().date()
        reachable = subject.status is Standing.ACTIVE and started
        return subject if reachable else directory.person(plan.requester)

    def address(self, plan: Plan) -> str:
        step = next(s for s in plan.steps if VERIFICATION in s.decision.requirements)
        return str(step.call.arguments.get("ship_to", ""))

    async def read(self, plan: Plan, person: Person, message: Message) -> dict[str, str]:
        """The verdict on the document that came with a message: match, near or mismatch, why, and the document's SHA-256.

        NotAllowed from anyone but the one who was asked; BadInput where there is no readable document.
        """
        directory = await self._parts.ledger.directory()
        if plan.state is not PlanState.VERIFYING:
            raise Stale("The address is settled already; this document was not looked at.")
        asked = self.asked(plan, directory)
        if person.email not in (asked.email, self.subject(plan, directory).email):
            raise NotAllowed(f"This was asked of {name(asked.email, directory)}; your document was not looked at.")
        file = self._file(message)
        document = await self._document(file, directory)
        verdict, because = self.compare(document, plan, self.subject(plan, directory))
        return {
            VERIFICATION: verdict,
            "verification_because": f"{because} {UNPROVEN}",
            "verification_sha256": hashlib.sha256(file.content).hexdigest(),
        }

    @staticmethod
    def _file(message: Message) -> File:
        if not message.files:
            raise BadInput("There was no file with this. Please add a photo of the document.")
        file = message.files[0]
        if len(file.content) > LARGEST_FILE:
            raise BadInput("This file is larger than 10 MB. A smaller photo will do.")
        return file

    async def _document(self, file: File, directory: Directory) -> IdDocument:
        vendor = self._parts.vendors.serving(IdCheck, None, directory)
        if vendor is None:
            raise Refused("No service that reads IDs is set up; a human has to look at this.")
        document: IdDocument = await self._parts.vendors.offer(vendor, IdCheck).read(file.content, file.media_type)
        if not document.readable:
            raise BadInput(f"I could not read this document: {document.problem}")
        return document

    def compare(self, document: IdDocument, plan: Plan, subject: Person) -> tuple[str, str]:
        """The verdict and why. Expired documents and other people's are a mismatch, whatever their address."""
        today: date = self._parts.clock().date()
        if document.expires and document.expires < today:
            return "mismatch", f"The document expired on {document.expires}."
        if not _same_name(document.name, subject.name):
            return "mismatch", f"The document is in another name than {subject.name}."
        found = self._parts.addresses.compare(document.address, self.address(plan), document.country)
        if document.expires is None and found.verdict == "match":
            return "near", "The addresses agree, but the document does not say until when it is valid."
        return found.verdict, f"Compared with the shipping address: {found.because}."


def _same_name(printed: str, known: str) -> bool:
    """First and last name agree, whatever the order, case and middle names."""
    words = {w.strip(".,").casefold() for w in printed.replace(",", " ").split()}
    wanted = [w.casefold() for w in known.split()]
    return bool(wanted) and wanted[0] in words and wanted[-1] in words
