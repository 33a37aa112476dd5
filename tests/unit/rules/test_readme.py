"""The example in the engine's README runs as written."""

import re
from pathlib import Path


def test_the_example_runs() -> None:
    readme = Path(__file__).parents[3] / "emulator" / "rules" / "README.md"
    (example,) = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    exec(compile(example, str(readme), "exec"), {})
