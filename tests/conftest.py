"""What all tests share: where the data lie."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of corpora, evaluation sets and small models that ARMILLARY_DATA names."""
    folder = os.environ.get("ARMILLARY_DATA")
    if not folder:
        pytest.skip("ARMILLARY_DATA names no folder of test data (see CONTRIBUTING.md)")
    return Path(folder)
