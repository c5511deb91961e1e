"""The tables of the demo file."""

SCHEMA = """
-- One row per thing the demo services know. Times are ISO 8601 in UTC.
CREATE TABLE IF NOT EXISTS account (
  email TEXT PRIMARY KEY, name TEXT NOT NULL, enabled INTEGER NOT NULL DEFAULT 1, locked INTEGER NOT NULL DEFAULT 0,
  mfa INTEGER NOT NULL DEFAULT 1, admin INTEGER NOT NULL DEFAULT 0, must_change INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL DEFAULT 0  -- by Identity.create: only such an account may be deleted
);
CREATE TABLE IF NOT EXISTS "group" (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS member ("group" TEXT NOT NULL, email TEXT NOT NULL, PRIMARY KEY ("group", email));
CREATE TABLE IF NOT EXISTS system (id TEXT PRIMARY KEY, seats INTEGER, elsewhere INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS holding (
  email TEXT NOT NULL, system TEXT NOT NULL, level TEXT NOT NULL, until TEXT, last_used TEXT,
  enabled INTEGER NOT NULL DEFAULT 1,  -- a revoked account stays, with what is in it
  PRIMARY KEY (email, system)
);
CREATE TABLE IF NOT EXISTS meeting (
  id TEXT PRIMARY KEY, organizer TEXT NOT NULL, title TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL,
  customer INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS meeting_organizer ON meeting (organizer, starts);
CREATE TABLE IF NOT EXISTS mailbox (email TEXT PRIMARY KEY, forward_to TEXT, legal_hold INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS delegate (email TEXT NOT NULL, "to" TEXT NOT NULL, PRIMARY KEY (email, "to"));
CREATE TABLE IF NOT EXISTS device (
  serial TEXT PRIMARY KEY, model TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'laptop', owner TEXT, profile TEXT,
  locked INTEGER NOT NULL DEFAULT 0, wiped INTEGER NOT NULL DEFAULT 0, last_seen TEXT, encrypted INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS device_app (serial TEXT NOT NULL, app TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (serial, app));
CREATE TABLE IF NOT EXISTS app (name TEXT PRIMARY KEY COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS profile (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS home (email TEXT PRIMARY KEY, address TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS office (location TEXT PRIMARY KEY COLLATE NOCASE, address TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shipment (
  tracking TEXT PRIMARY KEY, carrier TEXT NOT NULL, status TEXT NOT NULL, serial TEXT NOT NULL, recipient TEXT NOT NULL,
  address TEXT NOT NULL
);

-- Bookkeeping: what each idempotency key did and what it had read before, and the trouble that was asked for.
CREATE TABLE IF NOT EXISTS done (
  key TEXT NOT NULL, method TEXT NOT NULL, arguments TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (key, method, arguments)
);
CREATE TABLE IF NOT EXISTS seen (
  key TEXT NOT NULL, method TEXT NOT NULL, arguments TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (key, method, arguments)
);
CREATE TABLE IF NOT EXISTS trouble (
  id INTEGER PRIMARY KEY, capability TEXT NOT NULL, method TEXT NOT NULL, kind TEXT NOT NULL, times INTEGER NOT NULL,
  seconds REAL NOT NULL DEFAULT 0
);
"""
