"""The functions as deployed, and one that does nothing: the floor of a callable on the same server."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import firebase_admin
from firebase_functions import https_fn

_FUNCTIONS = Path(__file__).parents[2] / "functions"
sys.path.insert(0, str(_FUNCTIONS))
_spec = importlib.util.spec_from_file_location("courtside_functions", _FUNCTIONS / "main.py")
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
globals().update({name: value for name, value in vars(_module).items() if not name.startswith("__")})

firebase_admin.initialize_app()


@https_fn.on_call()  # type: ignore[untyped-decorator]
def noop(request: https_fn.CallableRequest[Any]) -> dict[str, Any]:
    """What firebase_functions itself costs: HTTP, the token, JSON."""
    assert request.auth is not None
    return {}
