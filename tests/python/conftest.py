import json
import pathlib
import sys

import pytest
from hypothesis import HealthCheck, settings

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parents[1] / "python"), str(HERE)]

settings.register_profile("quick", max_examples=60, deadline=None, database=None,
                          suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("quick")


@pytest.fixture(scope="session")
def vectors():
    """The folder of our own vectors."""
    return HERE.parent / "vectors"


@pytest.fixture(scope="session")
def published():
    """Reads a file of the published vectors; they are in the checkout, so none is ever skipped."""
    return lambda path: json.loads((HERE.parent / "data" / "vectors" / path).read_text())
