"""YAML as people mean it: no field twice, nothing that refers to something else, nothing deeply nested."""

from __future__ import annotations

from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

DEEPEST = 12
"""How many lists and mappings may lie in one another."""


class _Loader(Composer, CParser, SafeConstructor, Resolver):
    """References would let a few bytes stand for gigabytes; of a field that stands twice, one would win in silence. The text is taken
    apart in C, in a third of the time, and put together here."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        for part in (Composer, SafeConstructor, Resolver):
            part.__init__(self)

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(None, None, "references (*name) are not read", event.start_mark)
        if self.depth >= DEEPEST:
            raise yaml.constructor.ConstructorError(None, None, f"more than {DEEPEST} levels are not read", event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name} stands here twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def load(text: str) -> Any:
    """The document in `text`; yaml.YAMLError, ValueError (a date or number that is none) or RecursionError where it is not readable."""
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
