"""The demo vendor: a small company's services in one SQLite file. A real vendor, as far as the desk can tell."""
