"""The files of ``deploy/`` agree with the code, with each other, and with what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from streamlit import config

from deploy.nginx.replicas import build_replicas
from ess import settings
from tests.deploy.processes import starting
from tests.deploy.proxy import (
    CONFIGURATION,
    ROOT,
    faults_of_configuration,
    find_nginx,
    lay_out,
    need_nginx,
    parse_log,
    prefix_folder,
)

DEPLOY = ROOT / "deploy"
EXAMPLE = DEPLOY / "atlas.env.example"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
REPLICAS = {name: one for name, one in COMPOSE["services"].items() if re.fullmatch(r"atlas-\d+", name)}
PROXY = COMPOSE["services"]["nginx"]
COPIES = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
SETTING = re.compile(r"\b(?:ESS|STREAMLIT)_[A-Z_]+[A-Z]\b")


def settings_of_code() -> set[str]:
    """Names of the settings that the atlas reads."""
    return set(re.findall(r"\bESS_[A-Z_]+[A-Z]\b", Path(settings.__file__).read_text(encoding="utf-8")))


def settings_of_server() -> set[str]:
    """Names of the variables that Streamlit reads."""
    return {option.env_var for option in config.get_config_options().values()}


def example() -> dict[str, str]:
    """The settings of the example, by name."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def unknown_settings(text: str) -> set[str]:
    """Settings that a text names and nothing reads."""
    return set(SETTING.findall(text)) - settings_of_code() - settings_of_server()


def deployed_files() -> list[Path]:
    """All files of the folder."""
    return [path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_every_setting_that_is_named_is_read() -> None:
    assert len(deployed_files()) >= 9
    assert {path.name: unknown_settings(path.read_text(encoding="utf-8")) for path in deployed_files()} == {
        path.name: set() for path in deployed_files()
    }


def test_a_setting_that_nothing_reads_is_found() -> None:
    assert unknown_settings("ESS_STORE ESS_STORES STREAMLIT_SERVER_PORTS") == {
        "ESS_STORES",
        "STREAMLIT_SERVER_PORTS",
    }


def test_the_example_names_every_setting_of_the_atlas_and_can_be_used() -> None:
    named = example()
    assert {name for name in named if name.startswith("ESS_")} == settings_of_code()
    found = settings.read_settings(named)
    assert (found.store, found.publish) == (Path(named["ESS_STORE"]), False)
    assert settings.read_settings({**named, "ESS_STORE": ""}) == settings.Settings()


def test_the_example_keeps_the_values_of_the_configuration() -> None:
    ours = {
        option.env_var: option.value
        for option in config.get_config_options().values()
        if option.env_var in example() and option.value is not None
    }
    assert len(ours) >= 5
    different = {name for name, value in ours.items() if str(value) != example()[name]}
    assert different == {"STREAMLIT_SERVER_ALLOWED_HOSTS"}


def test_a_replica_may_ask_itself_under_the_hosts_of_the_example() -> None:
    assert {"localhost", "127.0.0.1"} <= set(example()["STREAMLIT_SERVER_ALLOWED_HOSTS"].split())


def test_nginx_takes_uploads_as_large_as_the_server_does() -> None:
    text = (CONFIGURATION / "atlas.conf").read_text(encoding="utf-8")
    upload = re.search(r"location /_stcore/upload_file/ \{[^}]*client_max_body_size (\d+)m;", text)
    assert upload is not None
    assert int(upload[1]) == int(config.get_option("server.maxUploadSize")) + 1
    assert str(config.get_option("server.maxUploadSize")) == example()["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"]


def test_nginx_waits_longer_for_a_sign_of_life_than_replicas_take() -> None:
    text = (CONFIGURATION / "atlas.conf").read_text(encoding="utf-8")
    stream = re.search(r"location = /_stcore/stream \{[^}]*proxy_read_timeout (\d+)s;", text)
    assert stream is not None
    assert int(stream[1]) >= 2 * int(example()["STREAMLIT_SERVER_WEBSOCKET_PING_INTERVAL"])


def test_the_replicas_of_compose_are_those_of_nginx() -> None:
    addresses = [f"{name}:{one['environment']['STREAMLIT_SERVER_PORT']}" for name, one in REPLICAS.items()]
    assert len(addresses) >= 2
    assert (CONFIGURATION / "replicas.conf").read_text(encoding="utf-8") == build_replicas(addresses)
    fixed = [f"{name}:{one['networks']['inside']['ipv4_address']}" for name, one in REPLICAS.items()]
    assert fixed == PROXY["extra_hosts"]


def test_the_replicas_of_compose_share_one_store_and_only_the_import_writes_it() -> None:
    for one in REPLICAS.values():
        assert one["volumes"] == ["store:/srv/store:ro"]
    assert COMPOSE["services"]["import"]["volumes"][0] == "store:/srv/store"
    assert "store" in COMPOSE["volumes"]
    assert "ESS_STORE=/srv/store" in CONTAINERFILE


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_is_confined(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"]
    assert "privileged" not in service
    assert name == "nginx" or "USER 10001:10001" in CONTAINERFILE


def test_compose_waits_longer_than_a_replica_needs_to_end() -> None:
    from ess.api.lifetime import ANSWERS_END_WITHIN, PROCESS_ENDS_WITHIN

    assert ANSWERS_END_WITHIN < PROCESS_ENDS_WITHIN
    for one in REPLICAS.values():
        assert int(one["stop_grace_period"].removesuffix("s")) > PROCESS_ENDS_WITHIN


def test_every_path_that_is_copied_or_mounted_is_there() -> None:
    paths = [path for line in COPIES for path in line.split()]
    assert {"app.py", "ess", "geodata", "pages", ".streamlit", "requirements.txt"} <= set(paths)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    sent = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line.removeprefix("!") for line in sent if line.startswith("!")} == set(paths)
    assert (DEPLOY / PROXY["volumes"][0].partition(":")[0]).is_dir()
    build = COMPOSE["x-atlas"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_the_packages_are_installed_from_the_lock_with_hashes() -> None:
    assert "--require-hashes -r /srv/requirements.txt" in CONTAINERFILE
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    names = re.findall(r"^[a-z0-9][a-z0-9._-]*==", locked, re.MULTILINE)
    assert len(names) > 20
    assert locked.count("--hash=sha256:") >= len(names)


def test_what_the_container_copies_runs_and_writes_nothing_beside_itself(tmp_path: Path) -> None:
    image, scratch = tmp_path / "image", tmp_path / "scratch"
    image.mkdir()
    scratch.mkdir()
    for path in (path for line in COPIES for path in line.split()):
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy
        copy(ROOT / path, image / path)
    before = sorted(image.rglob("*"))
    environ = {
        "TMPDIR": str(scratch),
        "HOME": str(tmp_path / "none"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ESS_STORE": "",
    }
    assert 'CMD ["python", "-m", "ess", "serve"]' in CONTAINERFILE
    with starting(image, environ) as served:
        served.wait_until_ready()
        for path, code in (("/health", 0), ("/ready", 0), ("/metrics", 0), ("/assets/0/none", 1)):
            assert probe(served.port, path) == code, path
        assert served.process.end() == 0
        assert served.process.complaints == []
    assert sorted(image.rglob("*")) == before
    assert not (tmp_path / "none").exists()
    assert [path.name for path in scratch.iterdir()] == []


def probe(port: int, path: str) -> int:
    """Exit code of the health check of the container."""
    assert 'CMD ["python", "-m", "ess.api.probe"]' in CONTAINERFILE
    environ = {**os.environ, "STREAMLIT_SERVER_PORT": str(port)}
    asked = [sys.executable, "-m", "ess.api.probe", path]
    return subprocess.run(asked, cwd=ROOT, env=environ, check=False).returncode


def test_the_health_check_notices_that_nobody_answers() -> None:
    from tests.browser.serving import free_port

    assert probe(free_port(), "/health") == 1


def test_nginx_has_nothing_against_its_configuration(nginx: Path) -> None:
    with prefix_folder() as folder:
        assert faults_of_configuration(nginx, folder, lay_out(folder, 8080, [8501, 8502, 8503])) == ""


def test_a_fault_of_the_configuration_is_found(nginx: Path) -> None:
    with prefix_folder() as folder:
        main = lay_out(folder, 8080, [8501, 8502])
        replicas = folder / "etc" / "replicas.conf"
        replicas.write_text(
            replicas.read_text(encoding="utf-8").replace("atlas_any", "any"), encoding="utf-8"
        )
        (folder / "etc" / "atlas.conf").write_text("nonsense;\n", encoding="utf-8")
        assert "nonsense" in faults_of_configuration(nginx, folder, main)


def test_the_compose_file_starts_nginx_as_the_tests_do() -> None:
    asked = PROXY["command"]
    assert [asked[0], *asked[1::2]] == ["nginx", "-p", "-c", "-e"]
    assert asked[4] == "/etc/atlas/nginx.conf"
    assert PROXY["volumes"] == ["./nginx:/etc/atlas:ro"]
    assert PROXY["tmpfs"][0].startswith(asked[2].rstrip("/") + ":")


@pytest.mark.parametrize(
    "addresses",
    [[], ["a:8501", "b:8501"], ["a"], ["a:0"], ["a:8501;"], ["a b:8501"], ["http://a:8501"], ["a:123456"]],
)
def test_replicas_that_cannot_be_told_apart_are_refused(addresses: list[str]) -> None:
    with pytest.raises(ValueError, match=r"port|host"):
        build_replicas(addresses)


def test_the_list_of_replicas_is_written_from_the_command_line() -> None:
    program = [sys.executable, str(CONFIGURATION / "replicas.py")]
    done = subprocess.run(
        [*program, "a:1001", "b:1002", "c:1003"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, build_replicas(["a:1001", "b:1002", "c:1003"]))
    assert done.stdout.count(" backup;") == 6
    wrong = subprocess.run([*program, "a"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "'a' is not host:port" in wrong.stderr


def test_a_line_of_the_log_tells_which_replica_answered() -> None:
    lines = [
        '2026-01-01T00:00:00+00:00 200 "GET /ready" 0.003 "127.0.0.1:1001, 127.0.0.1:1002" "502, 200"',
        '2026-01-01T00:00:00+00:00 404 "GET /metrics" 0.000 "-" "-"',
    ]
    first, second = parse_log(lines)
    assert (first.status, first.ports, first.port, second.port) == (200, (1001, 1002), 1002, None)
    with pytest.raises(AssertionError, match="nonsense"):
        parse_log(["nonsense"])


def test_without_nginx_a_test_is_skipped_by_name(tmp_path: Path) -> None:
    absent = {"NGINX": str(tmp_path / "nginx")}
    assert find_nginx(absent) is None
    with pytest.raises(pytest.skip.Exception, match="needs nginx"):
        need_nginx(absent)
    with pytest.raises(pytest.fail.Exception, match="needs nginx"):
        need_nginx({**absent, "ATLAS_REQUIRE_SHARED": "1"})


@pytest.mark.parametrize("port", ["eighty", "-1", "8501x", "٨٥٠١"])
def test_a_port_that_is_none_is_refused_in_one_sentence(port: str) -> None:
    environ = {**os.environ, "STREAMLIT_SERVER_PORT": port, "ESS_LANG": "en", "PYTHONIOENCODING": "utf-8"}
    asked = [sys.executable, "-m", "ess", "serve"]
    done = subprocess.run(asked, cwd=ROOT, env=environ, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("STREAMLIT_SERVER_PORT is ")
    assert done.stderr.count("\n") == 1
