"""A frozen picture of the company, quick to look things up in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot.domain.people import DESK, Grant, Group, Person, Standing, System
from bot.errors import Unknown

DESK_GROUPS = {"it": "it-helpdesk", "security": "security", "hr": "hr", "legal": "legal"}
"""The group whose members answer approvals of each kind; see docs/glossary.md."""


class Directory:
    """People by e-mail, systems and groups by id, and current grants, as of one moment. Never changes: ask for a new one."""

    def __init__(
        self,
        people: Iterable[Person] = (),
        systems: Iterable[System] = (),
        groups: Iterable[Group] = (),
        grants: Iterable[Grant] = (),
        version: int = 0,
    ) -> None:
        self.people = {p.email: p for p in people}
        self.systems = {s.id: s for s in systems}
        self.groups = {g.id: g for g in groups}
        self.version = version
        self._grants: dict[str, list[Grant]] = defaultdict(list)
        for grant in grants:
            self._grants[grant.person].append(grant)
        self._reports: dict[str, list[Person]] = defaultdict(list)
        for person in self.people.values():
            if person.manager:
                self._reports[person.manager].append(person)
        self._groups_of: dict[str, set[str]] = defaultdict(set)
        for group in self.groups.values():
            for member in group.members:
                self._groups_of[member].add(group.id)

    def person(self, email: str) -> Person:
        """The person with this e-mail address; Unknown if there is none."""
        if email == DESK.email:
            return DESK
        try:
            return self.people[email.strip().lower()]
        except KeyError:
            raise Unknown(f"There is nobody with the address {email!r} in the directory.") from None

    def system(self, system_id: str) -> System:
        """The system with this id; Unknown if there is none."""
        try:
            return self.systems[system_id]
        except KeyError:
            raise Unknown(f"There is no system {system_id!r} in the catalogue.") from None

    def group(self, group_id: str) -> Group:
        """The group with this id; Unknown if there is none."""
        try:
            return self.groups[group_id]
        except KeyError:
            raise Unknown(f"There is no group {group_id!r} in the directory.") from None

    def manager_of(self, email: str) -> Person | None:
        """The person's active manager, or the next active one above; None at the top or where the chain loops."""
        seen = {email}
        person = self.people.get(email)
        while person and person.manager and person.manager not in seen:
            seen.add(person.manager)
            person = self.people.get(person.manager)
            if person and person.status is Standing.ACTIVE:
                return person
        return None

    def managers_of(self, email: str) -> Iterator[Person]:
        """Everyone above a person, nearest first, active ones only."""
        seen = {email}
        while (above := self.manager_of(email)) and above.email not in seen:
            seen.add(above.email)
            yield above
            email = above.email

    def reports_of(self, email: str) -> list[Person]:
        """Those whose manager this person is."""
        return list(self._reports.get(email, ()))

    def groups_of(self, email: str) -> frozenset[str]:
        """Ids of the groups the person is a member of."""
        return frozenset(self._groups_of.get(email, ()))

    def grants_of(self, email: str) -> tuple[Grant, ...]:
        """The person's current grants."""
        return tuple(self._grants.get(email, ()))

    def holders_of(self, system_id: str) -> list[Grant]:
        """Current grants of one system."""
        return [g for grants in self._grants.values() for g in grants if g.system == system_id]

    def is_analyst(self, email: str) -> bool:
        """Whether the person works at the help desk: an active member of its group."""
        person = self.people.get(email)
        return bool(person and person.status is Standing.ACTIVE and DESK_GROUPS["it"] in self.groups_of(email))

    def device(self, serial: str) -> tuple[Person, int] | None:
        """Who has the device with this serial, and its place in their `devices`."""
        for person in self.people.values():
            for n, device in enumerate(person.devices):
                if device.serial.casefold() == serial.casefold():
                    return person, n
        return None
