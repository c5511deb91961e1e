"""The nouns of HOUSE.md: pure values, standard library and pydantic only."""
