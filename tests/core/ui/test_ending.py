"""Whatever waits, the process ends."""

from __future__ import annotations

import signal
import sys

import pytest

from core.settings import ROOT
from tests.fixtures.dashboards import answers, free_port
from tests.fixtures.processes import started, until

WAITING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from time import sleep
import uvicorn
from core.ui import warming
from streamlit_app import app

warming.AFTERWARDS = ()
ThreadPoolExecutor(1).submit(sleep, 600)  # as for a server that never answers
uvicorn.run(app, port=int(sys.argv[1]))
"""


@pytest.mark.timeout(180)
def test_control_c_ends_it_while_a_thread_waits_for_a_server_that_never_answers() -> None:
    port = free_port()
    with started([sys.executable, "-c", WAITING, str(port)], cwd=ROOT) as process:
        assert until(lambda: answers(f"http://127.0.0.1:{port}/_stcore/health"), 90)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) is not None
