"""The ledger as the desk knows it."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

from bot.domain.directory import Directory
from bot.errors import BadInput
from bot.ledger.audit import Audit, Queue
from bot.ledger.company import Company
from bot.ledger.conversations import Conversations
from bot.ledger.database import FILE, Database, glance, open_database
from bot.ledger.history import History
from bot.ledger.picture import Picture, versions
from bot.ledger.plans import Plans
from bot.ledger.posts import Posts


class SqlLedger(Company, Conversations, Posts, Plans, Audit, History):
    """`bot.desk.ports.Ledger` on SQLite or PostgreSQL. Its methods may be awaited from any event loop."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.queue = Queue(db)
        self.token = token_hex(8)

    def close(self) -> None:
        """Finishes what is under way and lets go of the database."""
        self.db.close()


def open_ledger(where: str | Path) -> SqlLedger:
    """Opens the record at a PostgreSQL address, a .db file or a folder, making it and bringing its tables up to date first.

    BadSettings where nothing can be opened there, BadInput where what is there is not a record, Busy where another process holds it.
    """
    return SqlLedger(open_database(where))


def read_company(where: str | Path) -> Directory:
    """The company kept at `where`, without writing anything: a database, a folder with one, or a folder with the files of an import
    (people, systems, groups, grants; .json or .csv). BadInput says what is wrong with it."""
    path = Path(where).expanduser()
    if "://" not in str(where) and path.is_dir() and not (path / FILE).is_file():
        from bot.ledger.importer import company_files, read_files

        files = company_files(path)
        if not files:
            raise BadInput(f"{path} holds neither {FILE} nor people.json, systems.json, groups.json or grants.json (or .csv).")
        return read_files(files)
    with glance(where) as connection:
        return Picture().bring_up_to(versions(connection)[0], connection)
