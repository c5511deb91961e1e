"""The company's own names, indexed once per directory version."""

from __future__ import annotations

import re
from collections import defaultdict

from bot.domain.calls import Kind
from bot.domain.directory import Directory
from bot.domain.people import Employment, Person, Standing
from bot.language.phrases.names import Names, spelled_out
from bot.language.phrases.text import fold, script, tokens
from bot.language.phrases.wording import Wording, texts

_MAIL = ("mail", "email", "e-mail")
"""How the only system for mail is called, whatever its own name."""


class Index:
    """People, systems, groups, departments, places, titles and devices of one directory."""

    def __init__(self, directory: Directory, wording: Wording) -> None:
        self.directory = directory
        self.wording = wording
        self.people, self.systems, self.groups = Names(Kind.PERSON), Names(Kind.SYSTEM), Names(Kind.GROUP)
        self.titles: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self.departments: dict[tuple[str, ...], str] = {}
        self.locations: dict[tuple[str, ...], str] = {}
        self.devices: dict[str, str] = {}
        self.leading: set[str] = set()
        """First words of systems' names: "adobe" of Adobe Sign."""
        self.nicknames = {fold(full): [fold(n) for n in short] for full, short in wording.data["nicknames"].items()}
        for person in directory.people.values():
            self._add_person(person)
        self._add_systems()
        self._add_groups()
        for names in (self.people, self.systems, self.groups):
            names.freeze()

    def _add_person(self, person: Person) -> None:
        for device in person.devices:
            self.devices[fold(device.serial)] = device.serial
        if person.type is not Employment.SERVICE:
            self._add_names(person)
        else:
            self.people.add(person.name, person.email)
        self.people.phrases[fold(person.email),].add(person.email)
        if person.department:
            self.departments.setdefault(tuple(texts(tokens(person.department))), person.department)
        if person.location:
            self.locations.setdefault(tuple(texts(tokens(person.location))), person.location)
            self.locations.setdefault(tuple(texts(tokens(person.location.split(",")[0]))), person.location)
        if person.title and person.status is not Standing.OFFBOARDED:
            self._add_title(person)

    def _add_title(self, person: Person) -> None:
        words = tuple(texts(tokens(person.title)))
        self.titles[words].add(person.email)
        if words[:1] == ("chief",) and words[-1] == "officer":
            self.titles[("".join(w[0] for w in words),)].add(person.email)

    def _add_names(self, person: Person) -> None:
        names = [t.text for t in tokens(person.name) if t.text != "'s"]
        if not names:
            return
        self._add_spelled(person)
        add, email = self.people.add, person.email
        add(person.name, email)
        if len(names) > 1:
            self.people.real[tuple(names)].add(email)
        first, last = names[0], names[1:]
        also = [str(v) for k, v in person.attributes.items() if k in ("nickname", "preferred_name", "known_as") and v]
        plain = spelled_out(person.name)
        if plain != person.name:
            add(plain, email)
            for word in (plain.split()[0], plain.split()[-1]):
                add(word, email)
        shorts = [first, *self.nicknames.get(first, ()), *map(fold, also), *first.split("-")[:1]]
        for short in shorts:
            add(short, email)
            if last:
                add(f"{short} {' '.join(last)}", email)
                add(f"{short} {last[-1]}", email)
                add(f"{short} {last[-1][0]}", email)
                add(f"{last[-1]} {short}", email)
        if last:
            add(" ".join(last), email)
            add(last[-1], email)
            add(f"{first[0]} {last[-1]}", email)
        local = fold(email.split("@")[0])
        if len(local) >= 3:
            self.people.phrases[(local,)].add(email)

    def _add_spelled(self, person: Person) -> None:
        """A name in another script as the address spells it: "takahashi"."""
        if any(script(c) == "LATIN" for c in person.name):
            return
        spelled = [w for w in re.split(r"[^a-z]+", fold(person.email.split("@")[0])) if len(w) > 1]
        for wording in (*spelled, " ".join(spelled), " ".join(reversed(spelled))):
            self.people.add(wording, person.email)

    def _add_systems(self) -> None:
        by_category: dict[str, list[str]] = defaultdict(list)
        for system in self.directory.systems.values():
            for name in (system.id, system.name):
                self.leading.update(texts(tokens(name.replace("-", " ")))[:1])
            for name in (system.id, system.name, *system.aliases):
                self.systems.add(name, system.id)
                for word in texts(tokens(name.replace("-", " ").replace("_", " "))):
                    if len(word) >= 3 and word not in self.wording.generic:
                        self.systems.partial[word].add(system.id)
            by_category[fold(system.category)].append(system.id)
        for category, ids in by_category.items():
            if category and len(ids) == 1 and self._telling(category):
                for said in (name for name in {category, *_MAIL} if not self.systems.find((name,))):
                    self.systems.add(said, ids[0])

    def _telling(self, category: str) -> bool:
        """Whether a category may stand for its only system: "email" may; "meetings", "facilities" and "sales" mean other things too."""
        ideas = {name for name, _ in self.wording.phrases.get((category,), ())}
        return "mail." in ideas and (category,) not in self.departments

    def _add_groups(self) -> None:
        for group in self.directory.groups.values():
            name = group.id.replace("-", " ").replace("_", " ").replace(".", " ")
            for wording in (group.id, name, *([group.description] if len(group.description.split()) <= 4 else ())):
                self.groups.add(wording, group.id)
            if len(name.split()) > 1 and name.endswith("s"):
                self.groups.add(name[:-1], group.id)  # "a payroll approver" of payroll-approvers
            for word in texts(tokens(f"{name} {group.description}")):
                if len(word) >= 2 and word not in self.wording.generic:
                    self.groups.partial[word].add(group.id)
