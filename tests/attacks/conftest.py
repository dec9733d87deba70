import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from evil_store import EvilStore      # noqa: E402
from world import World               # noqa: E402


def built():
    place = World()
    try:
        yield place.build()
    finally:
        place.end()


# What all tests share: they read it, and break only clones of it.
world = pytest.fixture(scope="session", name="world")(built)


@pytest.fixture(scope="session")
def evil_server(world):
    with EvilStore(world.urls["store"]) as store:
        yield store


@pytest.fixture
def evil(evil_server):
    """A store that stands before the real one and lies on command."""
    evil_server.honest()
    yield evil_server
    evil_server.honest()


@pytest.fixture(scope="session")
def reader(world, evil_server):
    """An annotator at the malicious store; its agent has verified nothing yet but what it needs for itself."""
    return world.clone("ann", agent=True, store=evil_server.url)


@pytest.fixture(scope="session")
def mallory(world):
    """An enrolled annotator whose device does what it likes."""
    from device import Device
    return Device(world, "mallory")


@pytest.fixture(scope="session")
def trainer(world, evil_server):
    """A trainer at the malicious store: may read tasks and submissions."""
    return world.clone("tom", agent=True, store=evil_server.url)
