import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "attacks"), str(HERE.parents[1] / "python")]

import faults                         # noqa: E402  (sets which programs run)
import world as worlds                # noqa: E402


def pytest_terminal_summary(terminalreporter):
    import lane
    for line in lane.REPORT:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def world():
    worlds.TASKS = 3
    worlds.PEOPLE = {"ann": "annotator", "bob": "annotator", "rita": "reviewer"}
    place = worlds.World()
    try:
        yield place.build()
    finally:
        place.end()


@pytest.fixture(scope="session")
def stored(world):
    import store
    return store.Site(world)


@pytest.fixture(scope="session")
def site(world):
    import gate
    return gate.Site(world)
