"""What a vendor may offer. A vendor offers a capability by implementing its class; the contract tests then run over it.

Reading methods change nothing. Every writing method is repeatable: the same `key` twice is the same as once, and a state that is
already as asked is left alone and said so by returning False. All raise NotFound, Refused, TryLater or Misconfigured.
People are e-mail addresses, systems catalogue ids; times are aware datetimes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from bot.domain.base import Value
from bot.domain.people import Person


class Capability(ABC):
    """Base of all. `client` is the vendor's own; `key` is this step's idempotency key ("" when only reading)."""

    name: ClassVar[str]

    def __init__(self, client: Any, key: str = "") -> None:
        self.client = client
        self.key = key


class Account(Value):
    """A directory account at the identity vendor."""

    email: str
    enabled: bool
    locked: bool = False
    mfa: bool = True
    admin: bool = False


class Identity(Capability):
    """Directory accounts: who can sign in at all."""

    name = "identity"

    @abstractmethod
    async def account(self, email: str) -> Account: ...
    @abstractmethod
    async def admins(self) -> Sequence[str]:
        """E-mail addresses of the enabled administrators."""

    @abstractmethod
    async def create(self, person: Person) -> bool:
        """Creates the account, enabled; the first password goes to the person by the vendor's own way, never through us."""

    @abstractmethod
    async def delete(self, email: str) -> bool:
        """Takes back an account that `create` made."""

    @abstractmethod
    async def enable(self, email: str) -> bool: ...
    @abstractmethod
    async def disable(self, email: str) -> bool:
        """Blocks sign-in and ends all sessions."""

    @abstractmethod
    async def unlock(self, email: str) -> bool: ...
    @abstractmethod
    async def reset_password(self, email: str) -> bool:
        """Makes the person choose a new password by the vendor's own way; no password passes through us."""

    @abstractmethod
    async def reset_mfa(self, email: str) -> bool:
        """Makes the person enrol their second factor anew."""


class Groups(Capability):
    """Group membership at the identity vendor."""

    name = "groups"

    @abstractmethod
    async def members(self, group: str) -> Sequence[str]: ...
    @abstractmethod
    async def add(self, email: str, group: str) -> bool: ...
    @abstractmethod
    async def remove(self, email: str, group: str) -> bool: ...


class Holding(Value):
    """Access a person holds at a system."""

    level: str
    until: datetime | None = None
    last_used: datetime | None = None


class Seats(Value):
    """Licences of a system: `total` None means no limit."""

    total: int | None
    used: int


class Access(Capability):
    """Access to the systems that this vendor serves."""

    name = "access"

    @abstractmethod
    async def holding(self, email: str, system: str) -> Holding | None:
        """What the person holds now; None where they have no access or it is disabled."""

    @abstractmethod
    async def grant(self, email: str, system: str, level: str, until: datetime | None) -> bool: ...
    @abstractmethod
    async def revoke(self, email: str, system: str) -> bool:
        """Disables the person's account at the system; what is in it stays."""

    @abstractmethod
    async def seats(self, system: str) -> Seats: ...


class Meeting(Value):
    """A calendar entry. `customer` says that somebody outside the company takes part."""

    id: str
    organizer: str
    title: str
    starts: datetime
    ends: datetime
    customer: bool = False


class Calendar(Capability):
    """Meetings and who organises them."""

    name = "calendar"

    @abstractmethod
    async def meetings(self, email: str, since: datetime, until: datetime) -> Sequence[Meeting]:
        """Meetings the person organises that overlap the span, by start."""

    @abstractmethod
    async def hand_over(self, meetings: Sequence[str], to: str) -> bool:
        """Makes `to` the organiser of these meetings (ids)."""


class MailboxState(Value):
    """How a mailbox is set up."""

    email: str
    forward_to: str | None = None
    delegates: tuple[str, ...] = ()
    legal_hold: bool = False


class Mailbox(Capability):
    """Forwarding and delegation of mailboxes."""

    name = "mailbox"

    @abstractmethod
    async def state(self, email: str) -> MailboxState: ...
    @abstractmethod
    async def forward(self, email: str, to: str | None) -> bool:
        """Forwards a copy of new mail; None stops it."""

    @abstractmethod
    async def delegate(self, email: str, to: str) -> bool:
        """Lets `to` read and answer the mailbox."""

    @abstractmethod
    async def undelegate(self, email: str, to: str) -> bool: ...


class DeviceState(Value):
    """A device as the management vendor sees it. `owner` None: in stock."""

    serial: str
    model: str
    kind: str = "laptop"
    owner: str | None = None
    profile: str | None = None
    locked: bool = False
    wiped: bool = False
    last_seen: datetime | None = None
    encrypted: bool = True
    software: tuple[str, ...] = ()


class Devices(Capability):
    """Hardware under management, and the stock of it."""

    name = "devices"

    @abstractmethod
    async def device(self, serial: str) -> DeviceState: ...
    @abstractmethod
    async def owned(self, email: str) -> Sequence[DeviceState]: ...
    @abstractmethod
    async def stock(self, model: str = "") -> Sequence[DeviceState]:
        """Devices ready to hand out, of one model or of any."""

    @abstractmethod
    async def assign(self, serial: str, email: str | None) -> bool:
        """Reserves a device for somebody; None puts it back into stock. Refused if another person has it."""

    @abstractmethod
    async def enroll(self, serial: str, profile: str | None, apps: Sequence[str]) -> bool:
        """Sets the management profile and the apps it installs; None takes the device out of management."""

    @abstractmethod
    async def lock(self, serial: str) -> bool: ...
    @abstractmethod
    async def unlock(self, serial: str) -> bool: ...
    @abstractmethod
    async def wipe(self, serial: str) -> bool:
        """Erases the device. Nothing brings it back."""


class Software(Capability):
    """Apps on managed devices."""

    name = "software"

    @abstractmethod
    async def installed(self, serial: str) -> Sequence[str]: ...
    @abstractmethod
    async def install(self, serial: str, app: str) -> bool: ...
    @abstractmethod
    async def remove(self, serial: str, app: str) -> bool: ...


class Shipment(Value):
    """A parcel under way."""

    tracking: str
    carrier: str
    status: str = "label created"


class Shipping(Capability):
    """Parcels."""

    name = "shipping"

    @abstractmethod
    async def home_address(self, email: str) -> str | None:
        """The home address on file for this person, as one line; None where there is none."""

    @abstractmethod
    async def office_address(self, location: str) -> str | None:
        """The postal address of an office, as one line; None where it is not known."""

    @abstractmethod
    async def find(self, serial: str) -> Shipment | None:
        """The open shipment of this device."""

    @abstractmethod
    async def ship(self, serial: str, recipient: str, address: str) -> Shipment:
        """Books the parcel; the same `key` gives the same shipment."""

    @abstractmethod
    async def cancel(self, tracking: str) -> bool: ...


class IdDocument(Value):
    """What a government ID says, as printed. `readable` is False where nothing could be made out; `problem` then says why.

    Reading it proves no authenticity: a barcode can be printed by anyone.
    """

    readable: bool
    name: str = ""
    address: str = ""
    country: str = ""
    expires: date | None = None
    kind: str = ""
    problem: str = ""


class IdCheck(Capability):
    """Reads government IDs. The document is used in memory and kept by nobody."""

    name = "id_check"

    @abstractmethod
    async def read(self, document: bytes, media_type: str) -> IdDocument: ...


CAPABILITIES: tuple[type[Capability], ...] = (Identity, Groups, Access, Calendar, Mailbox, Devices, Software, Shipping, IdCheck)
