"""Tickets: the desk itself keeps them, so nothing here needs a vendor."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.sdk import Arguments, Outcome, PersonRef, Risk, Text, TicketRef, action

Summary = Annotated[Text, Field(min_length=1, max_length=300)]


class Create(Arguments):
    summary: Summary
    person: PersonRef | None = None


class Status(Arguments):
    ticket_id: TicketRef | None = None


class Close(Arguments):
    ticket_id: TicketRef | None = None
    reason: Text | None = None


class Comment(Arguments):
    ticket_id: TicketRef
    text: Annotated[Text, Field(min_length=1)]


@action(
    "ticket.create",
    title="Open a ticket",
    sentence="Open a ticket[ for {person}]: {summary}",
    examples=(
        "open a ticket: {summary}",
        "create a ticket: {summary}",
        "create a ticket for {person}: {summary}",
        "log a ticket about {summary}",
        "please raise a ticket for {summary}",
        "file an incident: {summary}",
        "report a problem: {summary}",
        "new ticket: {summary}",
    ),
    risk=Risk.LOW,
    undo="ticket.close",
)
async def create(args: Create) -> Outcome:
    return Outcome.done(f"Ticket opened: {args.summary}", after=args.summary)


@action(
    "ticket.status",
    title="Look up a ticket",
    sentence="Look up how the ticket[ {ticket_id}] stands",
    examples=(
        "what is the status of {ticket_id}",
        "how is {ticket_id} going",
        "any news on {ticket_id}",
        "status of my ticket",
        "what happened to my request",
        "is {ticket_id} done yet",
        "show my tickets",
        "where does my request stand",
    ),
    risk=Risk.LOW,
    subject="ticket_id",
)
async def status(args: Status) -> Outcome:
    return Outcome.done(f"Status of {args.ticket_id or 'this ticket'}.")


@action(
    "ticket.close",
    title="Close a ticket",
    sentence="Close the ticket[ {ticket_id}][: {reason}]",
    examples=(
        "close {ticket_id}",
        "close ticket {ticket_id}",
        "close {ticket_id}: {reason}",
        "close my ticket",
        "you can close {ticket_id}",
        "{ticket_id} is solved, close it",
        "resolve {ticket_id}",
        "please close this ticket, {reason}",
    ),
    risk=Risk.LOW,
    subject="ticket_id",
)
async def close(args: Close) -> Outcome:
    return Outcome.done(f"{args.ticket_id or 'This ticket'} is closed.", before="open", after="closed")


@action(
    "ticket.comment",
    title="Add to a ticket",
    sentence="Add to {ticket_id}: {text}",
    examples=(
        "add to {ticket_id}: {text}",
        "comment on {ticket_id}: {text}",
        "add a note to {ticket_id}: {text}",
        "note on {ticket_id}: {text}",
        "update {ticket_id} with {text}",
        "tell the desk on {ticket_id} that {text}",
    ),
    risk=Risk.LOW,
    subject="ticket_id",
)
async def comment(args: Comment) -> Outcome:
    return Outcome.done(f"Added to {args.ticket_id}.", after=args.text)
