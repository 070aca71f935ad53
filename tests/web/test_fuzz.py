"""Whatever the OpenAPI document allows is answered without a fault of the server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.serving import Client

TOOL = shutil.which("schemathesis", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.long
@pytest.mark.skipif(TOOL is None, reason="schemathesis is not installed")
@pytest.mark.timeout(300)
def test_no_question_is_a_fault_of_the_server(client: Client, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{client.port}"
    command = [
        str(TOOL), "run", f"{address}/api/openapi.json", "--url", address, "--checks", "not_a_server_error",
        "--phases", "coverage,fuzzing", "--max-examples", "6", "--mode", "positive", "--seed", "1",
        "--continue-on-failure", "--no-color",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, cwd=tmp_path)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said[-4000:]
    tested = re.search(r"(\d+) selected", said) or re.search(r"(\d+) generated", said)
    assert tested, said[-2000:]
    assert int(tested[1]) > 20
    assert client.send("GET", "/api/health")[0] == 200
