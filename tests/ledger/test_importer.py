"""Imports: everything or nothing, every problem by file, row and field."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.people import Device, Employment
from bot.errors import BadInput
from bot.ledger.importer import company_files, directory_of, import_company, import_rows
from bot.ledger.store import SqlLedger, open_ledger, read_company
from tests.ledger.world import ANN, BOB, CAT, COMPANY, NOW

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file to import."""

    def write(name: str, content: object) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode())
        return path

    return write


def person(n: int, **more: Any) -> dict[str, Any]:
    return {"id": f"p{n}", "name": f"P {n}", "email": f"p{n}@corp.example", **more}


async def test_the_same_import_again_changes_nothing(ledger: SqlLedger) -> None:
    first = await import_rows(ledger, COMPANY, now=NOW)
    assert str(first.kinds["people"]) == "3 added, 0 changed, 0 unchanged"
    second = await import_rows(ledger, COMPANY, now=NOW)
    assert {kind: str(tally) for kind, tally in second.kinds.items()} == {
        "people": "0 added, 0 changed, 3 unchanged",
        "systems": "0 added, 0 changed, 2 unchanged",
        "groups": "0 added, 0 changed, 1 unchanged",
        "grants": "0 added, 0 changed, 1 unchanged",
    }
    entries = await ledger.entries()
    assert [e.kind for e in entries] == ["company.imported"]
    assert entries[0].data["people"] == {"added": 3, "changed": 0, "unchanged": 0}


async def test_the_report_names_what_changed_and_what_the_file_lacks(company: SqlLedger) -> None:
    report = await import_rows(company, {"people": [{**COMPANY["people"][1], "title": "Chief", "flags": ["legal-hold"]}, person(9)]})
    assert report.kinds["people"].added == ["p9@corp.example"]
    assert report.kinds["people"].changed == {BOB: ["title", "flags"]}
    assert report.kinds["people"].absent == [ANN, CAT]
    assert "? ann@corp.example is not in the file; left as it is" in str(report)
    assert "~ bob@corp.example: title, flags" in str(report)
    directory = await company.directory()
    assert {ANN, BOB, CAT, "p9@corp.example"} == directory.people.keys()


async def test_racing_imports_come_one_after_the_other(ledger: SqlLedger, where: str) -> None:
    other = open_ledger(where)
    reports = await asyncio.gather(*(import_rows((ledger, other)[n % 2], COMPANY, now=NOW) for n in range(6)))
    assert sorted(len(r.kinds["people"].added) for r in reports) == [0, 0, 0, 0, 0, 3]
    other.close()


async def test_csv_says_the_same_as_json(tmp_path: Path, file: Callable[..., Path]) -> None:
    file("people.csv", "\ufeffid,name,email,manager,type,start_date,flags,devices,conflicts,floor\r\n"
         "1,\"Able, Ann\",ANN@Corp.Example,,employee,2020-01-02,protected;vip,laptop:SN:1;phone:SN2,a;b,4\r\n"
         "\r\n2,Bob,bob@corp.example,Ann@corp.example,contractor,,,,one;,\r\n")  # fmt: skip
    file(
        "systems.csv",
        "id,name,aliases,owner,seats,approval,sensitivity\nvault,Vault,safe;the vault,ann@corp.example,5,manager+owner,restricted\n",
    )
    file("groups.csv", "id,owner,members\nops,ann@corp.example,ann@corp.example;BOB@corp.example\n")
    file("grants.csv", "person,system,level,since,until\nbob@corp.example,vault,admin,2026-01-02,2026-12-31\n")
    directory = read_company(tmp_path)
    ann, bob = directory.person(ANN), directory.person(BOB)
    assert (ann.name, ann.flags, ann.attributes) == ("Able, Ann", ("protected", "vip"), {"conflicts": ["a", "b"], "floor": "4"})
    assert ann.devices == (Device(kind="laptop", serial="SN", model="1"), Device(kind="phone", serial="SN2"))
    assert (bob.manager, bob.type, bob.attributes) == (ANN, Employment.CONTRACTOR, {"conflicts": ["one"]})
    vault = directory.system("vault")
    assert (vault.aliases, vault.seats, vault.approval, vault.sensitivity) == (("safe", "the vault"), 5, ("manager", "owner"), "restricted")
    assert directory.group("ops").members == (ANN, BOB)
    grant = directory.grants_of(BOB)[0]
    assert (grant.since, grant.until) == (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    ledger = open_ledger(tmp_path / "out.db")
    await import_company(ledger, **company_files(tmp_path))
    imported = await ledger.directory()
    assert (imported.people, imported.systems, imported.groups) == (directory.people, directory.systems, directory.groups)
    ledger.close()


BAD_PEOPLE = [
    person(1),
    person(2, manager="x@y.example"),
    person(3, email="not an address"),
    {"name": "No Id", "email": "n@corp.example"},
    person(1, email="other@corp.example"),
    person(6, email="P1@corp.example"),
    person(7, type="robot", status="gone", start_date="2026-02-30"),
    person(8, start_date="2026-02-03", end_date="2026-02-01"),
    person(9, name="Ev\u202eil"),
    person(10, name="x" * 301),
    person(11, title="a\x07b"),
    person(12, note="z" * 20_001),
    person(13, devices=[{"kind": "laptop"}]),
    person(14, manager="p15@corp.example"),
    person(15, manager="p14@corp.example"),
    person(16, devices=["laptop:S1"]),
    person(17, devices=["phone:s1"]),
    "not an object",
    person(18, name=["a", "list"]),
    person(19, email="bellhop@desk.internal"),
    person(20, name="half \ud83d"),
]
EXPECTED = [
    "people.json row 2: manager 'x@y.example' is not in the directory",
    "people.json row 3: email 'not an address' is not an e-mail address",
    "people.json row 4: id is missing",
    "people.json row 5: id 'p1' is given already in people.json row 1",
    "people.json row 6: email 'p1@corp.example' is given already in people.json row 1",
    "people.json row 7: type 'robot' is none of employee, contractor, intern, service",
    "people.json row 7: status 'gone' is none of active, leave, offboarded",
    "people.json row 7: start_date '2026-02-30' is not a date such as 2026-11-30",
    "people.json row 8: end_date 2026-02-01 is before start_date 2026-02-03",
    "people.json row 9: name holds a control or broken character (U+202E)",
    "people.json row 10: name is 301 characters long; at most 300 are allowed",
    "people.json row 11: title holds a control or broken character (U+0007)",
    "people.json row 12: note is 20003 characters long; at most 20000 are allowed",
    "people.json row 13: devices each device should have a kind, a serial and at most a model (in CSV: kind:serial)",
    "people.json row 14: manager: p14@corp.example → p15@corp.example → p14@corp.example is a circle",
    "people.json row 17: device 's1' is given already in people.json row 16",
    "people.json row 18: is not an object with named fields",
    "people.json row 19: name should be text, not ['a', 'list']",
    "people.json row 20: email 'bellhop@desk.internal' is the desk's own address",
    "people.json row 21: name holds a control or broken character (U+D83D)",
]


async def test_every_problem_is_named_and_nothing_is_loaded(ledger: SqlLedger, file: Callable[..., Path]) -> None:
    systems = file("systems.json", [{"id": "ok", "name": "Fine"}, {"id": "s2", "name": "S", "approval": "birthright+owner", "seats": -1}])
    with pytest.raises(BadInput) as caught:
        await import_company(ledger, people=file("people.json", BAD_PEOPLE), systems=systems)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"Nothing was loaded: {len(EXPECTED) + 2} problems."
    assert sorted(lines[1:]) == sorted(
        [
            *EXPECTED,
            'systems.json row 2: approval "birthright" means that nobody needs to approve, so nothing can be joined to it',
            "systems.json row 2: seats -1 is not a whole number from 0 on",
        ]
    )
    directory = await ledger.directory()
    assert (directory.people, directory.systems, await ledger.entries()) == ({}, {}, [])


MISFITS: list[tuple[Rows, str]] = [
    ({"systems": [{"id": "a", "name": "A", "owner": "x@y.example"}]}, "systems row 1: owner 'x@y.example' is not in the directory"),
    ({"systems": [{"id": "a", "name": "A", "approval": "boss"}]}, "systems row 1: approval 'boss' is none of"),
    ({"systems": [{"id": "a", "name": "A", "sensitivity": "hot"}]}, "systems row 1: sensitivity 'hot' is none of"),
    ({"groups": [{"id": "g", "members": [ANN, "x@y.example"]}]}, "groups row 1: member 'x@y.example' is not in the directory"),
    ({"grants": [{"person": BOB, "system": "nope"}]}, "grants row 1: system 'nope' is not in the catalogue"),
    ({"grants": [{"person": BOB, "system": "email", "why": "x"}]}, "grants row 1: why: a grant has no such field"),
    ({"grants": [{"person": BOB, "system": "email", "until": "soon"}]}, "grants row 1: until 'soon' is not a date or a moment"),
    ({"people": [{"id": "1", "name": "A", "email": BOB}]}, "email 'bob@corp.example' belongs to Bob Baker"),
    ({"people": [{"id": "1", "name": "A", "email": ANN, "manager": CAT}]}, "is a circle"),
    ({"planets": []}, "'planets' is none of people, systems, groups, grants"),
]


async def test_rows_must_fit_what_is_recorded(company: SqlLedger) -> None:
    before = await company.directory()
    for rows, words in MISFITS:
        with pytest.raises(BadInput) as caught:
            await import_rows(company, {**rows, "groups": [*rows.get("groups", []), {"id": "fine", "members": [CAT]}]})
        assert words in str(caught.value)
        assert await company.directory() is before


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("people.json", b"\xff\xfe[]", "people.json: is not UTF-8 text (byte 0)"),
        ("people.json", '[{"id": 1},\n}', "people.json: is not JSON: "),
        ("people.json", '{"id": 1}', "people.json: should hold a list of objects"),
        ("people.json", '[{"id": "a", "id": "b"}]', "people.json: gives 'id' twice in one object"),
        ("people.json", '[{"id": NaN}]', "people.json: is not JSON: NaN is no number"),
        ("people.json", "[" * 100_000, "people.json: is nested too deeply"),
        ("people.csv", "id,name,name\n1,2,3", "people.csv: needs a header row in which every column has a name of its own"),
        ("people.csv", "id,name\n1,a,b", "people.csv row 2: has 3 cells, but the header has 2"),
        ("people.csv", 'id,name\n1,"open', "people.csv: is not CSV: "),
        ("people.txt", "", "people.txt: is neither .json nor .csv"),
    ],
)
async def test_files_that_cannot_be_read_say_why(tmp_path: Path, file: Callable[..., Path], name: str, content: object, words: str) -> None:
    ledger = open_ledger(tmp_path)
    with pytest.raises(BadInput) as caught:
        await import_company(ledger, people=file(name, content))
    assert words in str(caught.value)
    with pytest.raises(BadInput, match=r"none\.json: cannot be read: No such file"):
        await import_company(ledger, people=tmp_path / "none.json")
    ledger.close()


async def test_a_row_replaces_what_is_recorded_but_not_lists_that_it_leaves_out(company: SqlLedger) -> None:
    bare: Rows = {
        "people": [{"id": "1", "name": "Ann Able", "email": ANN}],
        "systems": [{"id": "vault", "name": "Vault"}],
        "groups": [{"id": "ops"}],
    }
    await import_rows(company, bare)
    directory = await company.directory()
    assert (directory.person(ANN).flags, [d.serial for d in directory.person(ANN).devices]) == ((), ["SN-1"])
    assert (directory.system("vault").approval, directory.system("vault").seats_used) == ((), 2)
    assert (directory.group("ops").owner, directory.group("ops").members) == (None, (BOB,))
    await import_rows(company, {"people": [{**bare["people"][0], "devices": []}], "groups": [{"id": "ops", "members": []}]})
    directory = await company.directory()
    assert (directory.person(ANN).devices, directory.group("ops").members) == ((), ())


async def test_devices_change_hands_between_two_rows(company: SqlLedger) -> None:
    rows = [{**COMPANY["people"][0], "devices": ["phone:NEW"]}, {**COMPANY["people"][1], "devices": ["laptop:SN-1"]}]
    await import_rows(company, {"people": rows})
    directory = await company.directory()
    assert [d.serial for d in directory.person(ANN).devices] == ["NEW"]
    assert [d.serial for d in directory.person(BOB).devices] == ["SN-1"]
    await import_rows(company, {"people": [{**COMPANY["people"][2], "devices": ["laptop:sn-1"]}]})
    assert (await company.directory()).person(BOB).devices == ()


async def test_somebody_who_gets_another_address_keeps_everything(company: SqlLedger) -> None:
    new = "ann.newname@corp.example"
    await import_rows(company, {"people": [{**COMPANY["people"][0], "email": new, "name": "Ann Newname"}]})
    directory = await company.directory()
    assert ANN not in directory.people
    assert [d.serial for d in directory.person(new).devices] == ["SN-1"]
    assert directory.person(BOB).manager == directory.system("vault").owner == directory.group("ops").owner == new
    moved = {**COMPANY["people"][1], "email": "robert@corp.example", "manager": new}
    report = await import_rows(company, {"people": [moved], "groups": [{"id": "ops", "owner": new}], "grants": []})
    directory = await company.directory()
    assert directory.group("ops").members == ("robert@corp.example",)
    assert directory.grants_of("robert@corp.example")[0].system == "email"
    assert report.kinds["people"].changed == {"robert@corp.example": ["email"]}


async def test_the_personnel_file_takes_over_somebody_whom_the_desk_added(company: SqlLedger) -> None:
    from bot.domain.outcomes import PersonChanged

    await company.apply([PersonChanged(person="new@corp.example", fields={"name": "Nia"})], NOW)
    report = await import_rows(company, {"people": [{"id": "77", "name": "Nia New", "email": "new@corp.example"}]})
    assert report.kinds["people"].changed == {"new@corp.example": ["id", "name"]}
    assert (await company.directory()).person("new@corp.example").id == "77"


async def test_a_grant_that_ended_starts_again_when_a_file_says_so(company: SqlLedger) -> None:
    from bot.domain.outcomes import GrantEnded

    await company.apply([GrantEnded(person=BOB, system="email")], NOW)
    report = await import_rows(company, {"grants": [{"person": BOB, "system": "email", "level": "admin"}]})
    assert report.kinds["grants"].added == ["email for bob@corp.example"]
    again = await import_rows(
        company, {"grants": [{"person": BOB, "system": "email", "level": "member", "until": "2026-12-01T10:00:00+02:00"}]}
    )
    assert again.kinds["grants"].changed == {"email for bob@corp.example": ["level", "until"]}
    assert (await company.directory()).grants_of(BOB)[0].until == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_being_ones_own_manager_means_having_none() -> None:
    assert directory_of({"people": [person(1, manager="P1@corp.example")]}).person("p1@corp.example").manager is None


async def test_a_warning_is_part_of_the_report(ledger: SqlLedger) -> None:
    report = await import_rows(ledger, {"people": [person(1, manager="p1@corp.example")]})
    assert "Warning: people row 1: p1@corp.example is their own manager; taken as having none" in str(report)


async def test_the_demo_company_loads_alike_from_folder_and_record(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "actions" / "vendors" / "demo" / "company"
    expected = read_company(folder)
    ledger = open_ledger(tmp_path)
    await import_company(ledger, **company_files(folder))
    found = await ledger.directory()
    assert (found.people, found.systems, found.groups) == (expected.people, expected.systems, expected.groups)
    assert {e: set(found.grants_of(e)) for e in found.people} == {e: set(expected.grants_of(e)) for e in expected.people}
    ledger.close()
