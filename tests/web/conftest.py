"""A small space, a small model and a tokenizer, served once for all tests of this folder."""

from collections.abc import Iterator

import numpy as np
import pytest

from armillary.space import Space
from tests.conftest import ROYAL
from tests.speak.tiny import speaking_folder
from tests.web.serving import Client, serving


@pytest.fixture(scope="package")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("web")
    counts = np.arange(120, 0, -10, dtype=np.int64)
    Space(list(ROYAL), np.array(list(ROYAL.values()), np.float32), counts=counts).save(folder / "royal.space")
    speaking_folder(folder / "tiny")
    targets = [folder / "royal.space", folder / "tiny"]
    with serving(targets, folder / "shelf", learn_into=folder / "learned") as found:
        yield found
