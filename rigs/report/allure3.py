"""The Allure 3 report, for those who have Node: its settings with our categories, its command line, its page.

Tried with npm allure 3.18 and Node 20: categories.json is ignored there, categories come from the settings file; the
single-file page asks an analytics service, so those script tags are taken out.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from rigs.errors import RigFault, UsageFault
from rigs.report.session_files import CATEGORIES

PACKAGE = "allure@3"
OUTSIDE = re.compile(
    r"<script[^>]*>(?:(?!</script>).)*(?:googletagmanager|gtag)(?:(?!</script>).)*</script>", re.DOTALL
)
OUTSIDE_SOURCE = re.compile(r"<script[^>]*src=\"https?://[^>]*></script>")


def settings(target: Path, history: Path) -> dict[str, Any]:
    """What allurerc.json says: one page, our categories by whose fault it is, history beside the runs."""
    rules = [
        {"name": name, "matchers": [{"statuses": [status], "labels": {"fault of": blame}}]}
        for blame, (name, status) in CATEGORIES.items()
    ]
    return {
        "name": "jobrig",
        "output": str(target),
        "historyPath": str(history),
        "categories": {"rules": rules},
        "plugins": {"awesome": {"options": {"singleFile": True, "groupBy": ["feature", "story"]}}},
    }


def command_line(folder: Path) -> str:
    """What a person types who wants Allure's own defaults."""
    return f"npx {PACKAGE} awesome --single-file {folder}"


def make(folder: Path, target: Path) -> Path:
    """Run Allure 3 over the results; returns its page. Raises UsageFault without Node, RigFault when Allure fails."""
    npx = shutil.which("npx")
    if npx is None:
        raise UsageFault("--allure needs Node 20 with npx on the PATH; without it: jobrig report")
    config = folder.parent / "allurerc.json"
    config.write_text(json.dumps(settings(target, folder.parent / "history.jsonl"), indent=1), encoding="utf-8")
    command = [npx, "--yes", PACKAGE, "generate", "--config", str(config), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    page = next(iter(sorted(target.rglob("index.html"))), None)
    if done.returncode != 0 or page is None:
        raise RigFault(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    page.write_text(without_outside(page.read_text(encoding="utf-8")), encoding="utf-8")
    return page


def without_outside(html: str) -> str:
    """A page without the scripts that ask somebody else."""
    return OUTSIDE_SOURCE.sub("", OUTSIDE.sub("", html))
