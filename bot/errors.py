"""Every error Bellhop raises on purpose. A class's docstring is what a person is told when nothing better is known.

BellhopError
├── BadInput            what was given cannot be used: says what and where
│   ├── BadArguments    a call's arguments do not fit its action
│   └── BadSettings     a setting is missing or malformed
├── Unknown             no such person, ticket, plan, action …
├── NotAllowed          the person may not do this
├── Stale               the world moved since the question was asked
├── Busy                another process holds this company's record
└── VendorError         a vendor did not do what it was asked
    ├── NotFound        the vendor knows no such thing
    ├── Refused         the vendor will not do it; trying again changes nothing
    ├── TryLater        the vendor cannot do it now; try again after a while
    └── Misconfigured   the vendor needs an administrator before it can do anything
"""

from __future__ import annotations

import traceback


class BellhopError(Exception):
    """Something went wrong, and nothing was changed."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip().splitlines()[0]


class BadInput(BellhopError):
    """I could not read what was given."""


class BadArguments(BadInput):
    """Some details of this request are missing or do not fit."""


class BadSettings(BadInput):
    """A setting is missing or malformed."""


class Unknown(BellhopError):
    """I could not find that."""


class NotAllowed(BellhopError):
    """You may not do this."""


class Stale(BellhopError):
    """This has changed since it was asked, so nothing was done."""


class Busy(BellhopError):
    """Another Bellhop process is using this company's record."""


class VendorError(BellhopError):
    """An outside service did not do what it was asked."""


class NotFound(VendorError):
    """The service knows no such thing."""


class Refused(VendorError):
    """The service refused; trying again would change nothing."""


class TryLater(VendorError):
    """The service is not answering at the moment.

    ``after`` is how long to wait before trying again, in seconds; None where the service did not say.
    """

    def __init__(self, message: str = "", after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Misconfigured(VendorError):
    """The service needs an administrator's attention before it can be used."""


def traced(error: BaseException) -> str:
    """Where an error comes from and of which kind it is, for a log; not what it says, which may be somebody's own words."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
