"""Whatever the OpenAPI document allows is answered without a fault of the server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from armillary.web.app import ROUTES
from tests.web.serving import Client

TOOL = shutil.which("schemathesis", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.long
@pytest.mark.skipif(TOOL is None, reason="schemathesis is not installed")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("dropping", [False, True], ids=["every route", "files, with the token"])
def test_no_question_is_a_fault_of_the_server(client: Client, tmp_path: Path, dropping: bool) -> None:
    """Of what writes, only files are sent with the token: nothing is learned here."""
    address = f"http://127.0.0.1:{client.port}"
    more = ["--include-path", "/api/drop", "--header", f"X-Armillary-Token: {client.token}"] if dropping else []
    command = [
        str(TOOL), "run", f"{address}/api/openapi.json", "--url", address, "--checks", "not_a_server_error",
        "--phases", "coverage,fuzzing", "--max-examples", "6", "--mode", "positive", "--seed", "1",
        "--continue-on-failure", "--no-color", *more,
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, cwd=tmp_path)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said[-4000:]
    tested = re.search(r"(\d+) selected", said) or re.search(r"(\d+) generated", said)
    assert tested, said[-2000:]
    assert int(tested[1]) == (1 if dropping else len(ROUTES) + 1)
    assert client.send("GET", "/api/health")[0] == 200
