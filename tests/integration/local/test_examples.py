"""The examples of the stand-ins' documentation run as they are printed."""

import re

import pytest

from local.environment import ROOT
from local.fcm.answers import ANSWERS

PAGE = (ROOT / "docs" / "fcm-stand-in.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=["pushes", "mails"])
def test_example_runs(example: str) -> None:
    exec(compile(example, "docs/fcm-stand-in.md", "exec"), {})


def test_every_answer_is_documented() -> None:
    assert [name for name in ANSWERS if f"| `{name}` |" not in PAGE] == []
