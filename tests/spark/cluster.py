"""A Spark standalone master and its workers on this machine, in pyspark's own jars."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

LOOPBACK = "127.0.0.1"
WORKERS = 2
#: Cores and megabytes of a worker: room for the tests' own application and one command's.
_CORES, _MEMORY = 2, 1200
#: Small rows need neither a thorough compiler nor many partitions.
_LEAN = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_LOG = """
rootLogger.level = {level}
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{{1}}: %m%n
logger.deploy.name = org.apache.spark.deploy
logger.deploy.level = {deploy}
logger.shell.name = org.apache.spark.api.python.PythonGatewayServer
logger.shell.level = {level}
"""
_ALWAYS = f"""
spark.driver.host {LOOPBACK}
spark.driver.bindAddress {LOOPBACK}
spark.cores.max {WORKERS}
spark.authenticate true
spark.authenticate.secret {{secret}}
"""
_SMALL = f"""
spark.driver.memory 2g
spark.driver.extraJavaOptions {_LEAN}
spark.executor.memory 512m
spark.executor.cores 1
spark.executor.extraJavaOptions {_LEAN}
spark.locality.wait 0
spark.sql.shuffle.partitions 2
spark.sql.adaptive.enabled false
spark.sql.codegen.wholeStage false
"""


@contextmanager
def started_cluster(folder: Path, *, settings: str = _SMALL, memory: int = _MEMORY) -> Iterator[str]:
    """The address of a cluster of two workers that lives in `folder`; its processes end with the block.

    ``SPARK_CONF_DIR`` names the configuration of applications meanwhile, as on an administrator's machine.
    """
    secret = secrets.token_hex()
    settings = _ALWAYS.format(secret=secret) + settings
    applications = _configuration(folder / "application", settings, "off", "off")
    daemons = _configuration(folder / "daemon", settings, "error", "info")
    environ = {
        **os.environ,
        "SPARK_CONF_DIR": str(daemons),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": _LEAN,
    }
    port = _free_port()
    master = f"spark://{LOOPBACK}:{port}"
    with ExitStack() as running:
        _start(
            running,
            environ,
            "I have been elected leader",
            "master.Master",
            "--host",
            LOOPBACK,
            "--port",
            port,
        )
        for _ in range(WORKERS):
            size = ("--cores", _CORES, "--memory", f"{memory}m")
            _start(
                running,
                environ,
                "Successfully registered with master",
                "worker.Worker",
                "--host",
                LOOPBACK,
                *size,
                master,
            )
        running.enter_context(_environment(SPARK_CONF_DIR=str(applications), SPARK_LOCAL_IP=LOOPBACK))
        yield master


def _configuration(folder: Path, settings: str, level: str, deploy: str) -> Path:
    folder.mkdir()
    (folder / "spark-defaults.conf").write_text(settings, encoding="utf-8")
    (folder / "log4j2.properties").write_text(_LOG.format(level=level, deploy=deploy), encoding="utf-8")
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def _start(running: ExitStack, environ: dict[str, str], ready: str, name: str, *arguments: object) -> None:
    """Start one process of the cluster and wait until it says that it is ready; it ends with `running`."""
    program = Path(pyspark.__file__).parent / "bin" / "spark-class"
    command = [str(program), f"org.apache.spark.deploy.{name}", "--webui-port", "0", *map(str, arguments)]
    process = running.enter_context(
        subprocess.Popen(command, env=environ, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    )
    heard: list[str] = []
    told = threading.Event()
    listener = threading.Thread(target=_listen, args=(process, ready, heard, told))
    listener.start()
    running.callback(listener.join)
    running.callback(process.terminate)
    told.wait()
    assert ready in "".join(heard), f"{name} ended before it was ready: {''.join(heard)}"


def _listen(process: subprocess.Popen[str], ready: str, heard: list[str], told: threading.Event) -> None:
    """Keep what `process` says until it is ready or has ended; read on, so that it never blocks."""
    assert process.stderr is not None
    for line in process.stderr:
        if not told.is_set():
            heard.append(line)
        if ready in line:
            told.set()
    told.set()


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
