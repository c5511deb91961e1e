"""How the tables came to be, step by step: one set for SQLite and PostgreSQL, applied when a ledger is opened."""
