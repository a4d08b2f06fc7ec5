"""The images of the Compose profile `monitoring`: from a registry, or made of Debian's programs."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.integration.engine import SESSION, docker

if TYPE_CHECKING:
    from tests.integration.engine import Base

TEMPLATES: Final = Path("/usr/share/prometheus/alertmanager")
USER: Final = "65534:65534"
"""The user of the images in the registry."""

# The programs of each image, as Debian and as the image call them; the first one is started.
_PROGRAMS: Final = {
    "prometheus": (("prometheus", "prometheus"), ("promtool", "promtool")),
    "alertmanager": (("prometheus-alertmanager", "alertmanager"), ("amtool", "amtool")),
}
# Grafana is not in Debian. This only checks what it would be given.
_GRAFANA: Final = """
import glob, json, pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
for name in glob.glob("/etc/grafana/provisioning/*/*.yml"):
    print("provisioned", name)
[name] = glob.glob("/etc/grafana/dashboards/*.json")
print("dashboard", json.loads(pathlib.Path(name).read_text())["uid"])
pathlib.Path("/var/lib/grafana/kept").touch()
print("ready", flush=True)
signal.pause()
"""


def monitoring_images(base: Base) -> dict[str, str]:
    """Return the variables for Compose that name the images of the profile.

    Nothing is named if the machine lacks one of the programs: then Compose pulls the images.
    """
    programs = [debian for pairs in _PROGRAMS.values() for debian, _ in pairs]
    if not all(map(shutil.which, programs)) or not TEMPLATES.is_dir():
        return {}
    built = {name: _of_debian(name, base) for name in _PROGRAMS} | {"grafana": _grafana(base)}
    return {f"PEAK_{name.upper()}_IMAGE": tag for name, tag in built.items()}


def _of_debian(name: str, base: Base) -> str:
    """Build the image of a server from the programs of this machine; return its name."""
    with tempfile.TemporaryDirectory() as folder:
        for debian, own in _PROGRAMS[name]:
            shutil.copy(shutil.which(debian) or debian, Path(folder, own))
        shutil.copytree(TEMPLATES, Path(folder, "templates"))
        names = " ".join(own for _, own in _PROGRAMS[name])
        lines = (
            f"COPY {names} /bin/",
            f"COPY templates {TEMPLATES}",
            f"RUN mkdir /{name} && chown {USER} /{name}",
            f"USER {USER}",
            f'ENTRYPOINT ["/bin/{name}"]',
        )
        return _built(name, base, Path(folder), *lines)


def _grafana(base: Base) -> str:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "check.py").write_text(_GRAFANA, "utf-8")
        lines = (
            "COPY check.py /check.py",
            f"RUN mkdir -p /var/lib/grafana && chown {USER} /var/lib/grafana",
            f"USER {USER}",
            'ENTRYPOINT ["python3", "/check.py"]',
        )
        return _built("grafana", base, Path(folder), *lines)


def _built(name: str, base: Base, folder: Path, *lines: str) -> str:
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text("\n".join((f"FROM {base.tag}", *lines)), "utf-8")
    tag = f"{SESSION}:{name}"
    outcome = docker("build", "--quiet", "--tag", tag, folder)
    assert outcome.returncode == 0, outcome.stderr
    return tag
