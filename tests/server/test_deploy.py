"""What `server/` gives operators to run it with: settings, unit, image and compose file."""

import asyncio
import itertools
import json
import re
import shlex
import subprocess
import sys
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from dp3t_server.cli import app
from dp3t_server.config import Config
from key_server import in_process
from project import ROOT
from reverse_proxies import required

SERVER = ROOT / "server"
SETTINGS = Config.load(SERVER / "deploy" / "server.toml")
LONGEST_STOP_SECONDS = SETTINGS.shutdown_grace_seconds + 1 + 30
"""Grace, what OPERATING-3 adds, and twice what publishing a million keys takes."""

UNIT = (SERVER / "deploy" / "dp3t-server.service").read_text(encoding="utf-8")
CONTAINERFILE = (SERVER / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((SERVER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVERS = [name for name, service in SERVICES.items() if service["image"] == "dp3t-server"]


def instructions() -> list[tuple[str, str]]:
    """Return the steps of the Containerfile: a word, and what follows it."""
    joined = CONTAINERFILE.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def of(word: str) -> list[str]:
    return [rest for each, rest in instructions() if each == word]


def options_of(command: list[str]) -> dict[str, Any]:
    """Parse a command of dp3t-server as it does itself; return its options."""
    parser, words = get_command(app), list(command)
    while isinstance(parser, TyperGroup):
        parser = parser.commands[words.pop(0)]
    return parser.make_context("dp3t-server", words).params


def unit(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def test_every_setting_of_the_example_is_explained_and_known() -> None:
    text = (SERVER / "deploy" / "server.toml").read_text(encoding="utf-8")
    for paragraph in text.strip().split("\n\n")[1:]:
        assert paragraph.startswith("# ")
        assert not paragraph.splitlines()[-1].startswith("#")
    chosen = tomllib.loads(text)
    assert chosen["trusted_proxies"] == ["127.0.0.1", "172.30.7.10"]
    assert Config.from_toml(text) == Config().with_settings(**chosen)


def test_the_example_leaves_the_machines_database_to_the_environment() -> None:
    assert SETTINGS.database == "postgresql+asyncpg:///dp3t"


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    path = required("systemd-analyze")
    copy = tmp_path / "dp3t-server.service"
    copy.write_text(UNIT.replace("/opt/dp3t/bin/dp3t-server", sys.executable))
    tried = subprocess.run([path, "verify", copy], capture_output=True, text=True, check=False)
    assert (tried.returncode, tried.stderr) == (0, "")


def test_systemd_finds_little_that_the_unit_could_do(tmp_path: Path) -> None:
    """Its score goes from 0 to 10, of which up to 2 is what it calls safe."""
    path = required("systemd-analyze")
    copy = tmp_path / "dp3t-server.service"
    copy.write_text(UNIT)
    command = [path, "security", "--offline=yes", "--threshold=20", "--no-pager", str(copy)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout


def test_the_unit_runs_the_server_on_the_data_that_it_may_write() -> None:
    (start,) = unit("ExecStart")
    options = options_of(shlex.split(start)[1:])
    assert options["data"] == Path("/var/lib") / unit("StateDirectory")[0]
    assert options["config"] == Path("/etc") / unit("ConfigurationDirectory")[0] / "server.toml"
    assert unit("ProtectSystem") == ["strict"]
    assert unit("NoNewPrivileges") == ["yes"]
    assert unit("Restart") == ["on-failure"]
    assert not unit("ReadWritePaths")


def test_the_unit_lets_a_server_end() -> None:
    assert int(unit("TimeoutStopSec")[0]) >= LONGEST_STOP_SECONDS


def test_the_image_is_made_of_pinned_bases_and_locked_wheels() -> None:
    bases = {base.partition(" ")[0] for base in of("FROM")}
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert len(bases) == 1
    installs = [run for run in of("RUN") if re.search(r"pip (install|download)|apt-get", run)]
    assert "--require-hashes" in installs[0]
    assert "--only-binary :all:" in installs[0]
    names = [word for word, _ in instructions()]
    assert instructions()[names.index("RUN") + 1] == (
        "ENV",
        "PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels",
    )


def test_the_image_takes_what_the_package_is_built_from_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copies = [copy.split()[:-1] for copy in of("COPY") if not copy.startswith("--from")]
    taken = sorted(itertools.chain.from_iterable(copies))
    needed = ["pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]]
    assert taken == sorted([".ci/constraints.txt", *needed, *packages])
    (extras,) = re.findall(r"pip install '\.\[(.*)\]'", CONTAINERFILE)
    assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"])


def test_the_image_runs_the_server_as_nobody_in_particular() -> None:
    (user,) = of("USER")
    assert f"useradd --uid {user.partition(':')[0]} " in CONTAINERFILE
    entry, arguments = json.loads(of("ENTRYPOINT")[0]), json.loads(of("CMD")[0])
    assert entry == ["dp3t-server"]
    options = options_of(arguments)
    assert options["data"] == Path(*of("VOLUME"))
    assert options["host"] == "0.0.0.0"  # noqa: S104  # within the container's network
    assert of("EXPOSE") == [str(Config().port)]


async def test_the_images_health_check_tells_a_ready_server(tmp_path: Path) -> None:
    (check,) = of("HEALTHCHECK")
    _, code = [json.loads(check.partition("CMD")[2])[index] for index in (0, 2)]
    assert f":{Config().port}/" in code
    async with in_process(tmp_path) as server:
        moved = code.replace(f"http://127.0.0.1:{Config().port}", server.url)
        assert await _status(moved) == 0
    assert await _status(moved) != 0


async def _status(code: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


def test_two_servers_share_a_database_and_keys() -> None:
    assert len(SERVERS) == 2
    for name in SERVERS:
        options = options_of(SERVICES[name]["command"])
        volumes = dict(volume.split(":")[:2] for volume in SERVICES[name]["volumes"])
        assert volumes["data"] == str(options["data"])
        assert volumes["./deploy/server.toml"] == str(options["config"])
        assert SERVICES[name]["environment"]["PGHOST"] in SERVICES
        assert set(SERVICES[name]["networks"]) == {"service", "storage"}
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= LONGEST_STOP_SECONDS
        build = SERVICES[name]["build"]
        assert (SERVER / build["context"] / build["dockerfile"]).samefile(SERVER / "Containerfile")


def test_the_proxy_knows_the_servers_and_they_the_proxy() -> None:
    def address(name: str) -> str:
        return str(SERVICES[name]["networks"]["service"]["ipv4_address"])

    upstream = (SERVER / "deploy" / "upstream-compose.conf").read_text(encoding="utf-8")
    asked = re.findall(r"^server (.*):(\d+);$", upstream, re.MULTILINE)
    assert asked == [(address(name), str(SETTINGS.port)) for name in SERVERS]
    proxy = ip_address(address("proxy"))
    assert [network for network in SETTINGS.trusted_proxies if proxy in network]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_as_little_as_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    if "build" not in service:  # the image of ours says it itself
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-\w+", service["image"])
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
        assert service["healthcheck"]["test"][0] == "CMD"
    for other, wanted in service.get("depends_on", {}).items():
        assert wanted == {"condition": "service_healthy"}
        assert other in SERVICES


def test_only_the_proxy_is_reached_from_outside() -> None:
    open_networks = {
        name for name, network in COMPOSE["networks"].items() if not network.get("internal")
    }
    assert open_networks == {"outside"}
    assert [name for name in SERVICES if "outside" in SERVICES[name]["networks"]] == ["proxy"]
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["proxy"]
    assert "service" not in SERVICES["database"]["networks"]


def test_secrets_are_files_outside_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/server/secrets/" in ignored
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"].startswith("./secrets/"), name
        assert any(name in str(service.get("secrets")) for service in SERVICES.values())
    assert not re.search(r"://\w*:\w+@|PASSWORD: |PGPASSWORD", str(COMPOSE))
    assert not re.search(r"(?i)password|token|secret", " ".join(of("ENV") + of("ARG") + of("COPY")))


def test_what_the_compose_file_mounts_is_there() -> None:
    volumes = [volume for service in SERVICES.values() for volume in service.get("volumes", ())]
    for source in (volume.partition(":")[0] for volume in volumes):
        assert source in COMPOSE["volumes"] or (SERVER / source).is_file(), source
