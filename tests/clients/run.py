"""Plays the scenarios in slack/ and teams/ with clients that others wrote, against the product as its operator starts it.

BELLHOP_BENCH names the folder of the two drivers, slack_local.py and teams_playground.py; without it nothing is played. README.md
beside this file says what else they want.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def bench(name: str) -> ModuleType:
    """A driver of the bench."""
    sys.path.insert(1, os.environ["BELLHOP_BENCH"])
    return importlib.import_module(name)


def on_slack(files: list[Path], modes: list[str], shots: Path | None) -> int:
    import on_slack as ours

    driver = bench("slack_local")
    ours.populate(driver)
    report = driver.b.Report()
    for mode in modes:
        for path in files:
            print(f"[slack, {mode}] {path.stem}", flush=True)
            ours.play(driver, path, mode, shots, report)
    return int(report.close())


def on_teams(files: list[Path], shots: Path | None) -> int:
    import on_teams as ours

    driver = bench("teams_playground")
    ours.populate(driver)
    report = driver.b.Report()
    for path in files:
        print(f"[teams] {path.stem}", flush=True)
        ours.play(driver, path, shots or Path(tempfile.mkdtemp(prefix="shots-")), report)
    return int(report.close())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("channel", choices=["slack", "teams"])
    parser.add_argument("--only", default="", help="play the scenarios whose name holds this")
    parser.add_argument("--mode", default="both", choices=["socket", "http", "both"], help="how Slack delivers")
    parser.add_argument("--shots", type=Path, help="folder for pictures of what people saw")
    args = parser.parse_args()
    folder = os.environ.get("BELLHOP_BENCH", "")
    if not folder or not Path(folder, "slack_local.py").exists():
        print("Skipped: BELLHOP_BENCH does not name the folder of the bench, so there are no clients to play with.")
        return 0
    files = sorted(f for f in (HERE / args.channel).glob("*.json") if args.only in f.stem)
    modes = ["socket", "http"] if args.mode == "both" else [args.mode]
    return on_slack(files, modes, args.shots) if args.channel == "slack" else on_teams(files, args.shots)


if __name__ == "__main__":
    sys.exit(main())
