"""Whatever waits, the process ends."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from core.settings import ROOT

WAITING = """
import asyncio, signal
from concurrent.futures import ThreadPoolExecutor
from time import sleep
import uvicorn
from core.ui import warming
from streamlit_app import app

warming.AFTERWARDS = ()
ThreadPoolExecutor(1).submit(sleep, 600)  # as for a server that never answers
uvicorn.run(app, port=0)
"""


@pytest.mark.timeout(180)
def test_control_c_ends_it_while_a_thread_waits_for_a_server_that_never_answers() -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Uvicorn running" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(120) is not None
