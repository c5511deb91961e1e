"""One file per step. To make the next: docs of Alembic, `revision`; then name it in `bot.ledger.database.NEWEST`."""
