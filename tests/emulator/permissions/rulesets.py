"""Rules for tests, in the block of the documents."""

from emulator.rules.ruleset import Ruleset, compile_rules


def source_of(*blocks: str) -> str:
    """A ruleset of match blocks and functions, one per line from line 3 on."""
    inner = "\n".join(blocks)
    return f"rules_version = '2'; service cloud.firestore {{\nmatch /databases/{{d}}/documents {{\n{inner}\n}}}}\n"


def rules_of(*blocks: str) -> Ruleset:
    """The compiled ruleset."""
    return compile_rules(source_of(*blocks))
