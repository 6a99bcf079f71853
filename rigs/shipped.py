"""Where the features that ship lie."""

from __future__ import annotations

from pathlib import Path


def features() -> str:
    """The folder of the features that ship: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).parent
    places = (package / "features", package.parent / "features")
    return str(next((place for place in places if place.is_dir()), places[0]))
