"""Fifty people at work in the console and the API at once, for five minutes, and a burst at the door meanwhile.

    python benchmarks/bench_console_load.py [--workspace FOLDER] [--people 50] [--seconds 300] [--pause 5.0] [--quick]

Plays a SYNTHETIC training world where no workspace is given, otherwise copies that one; names the people, serves the copy with `counterflow serve` in a process of its own, signs
everybody in, and has each ask page after page as their kind of user does, with a pause between to read (5 s
on average). A third of the way in, as many sign-ins with wrong passwords come within a second:
what the others wait meanwhile is told apart. Any answer that is not the expected one is an error. Prints p50, p95 and
p99 of the wall time that the client waited, per page and in all, and the CPU-seconds that the server used.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import httpx2
import numpy as np

from counterflow.access.doors import Doors
from counterflow.demo.options import WorldOptions
from counterflow.demo.play import play
from counterflow.store.workspace import Workspace

PASSWORD = "corn harbour violet nine"  # noqa: S105 - of people made up here
HTML = {"accept": "text/html"}
#: role, its share of the people, and what such a person asks for: (path, weight)
USERS = {
    "officer": (0.4, [("/today", 4), ("/queue", 3), ("/queue?text=powder", 2), ("/substances?q=fentanyl", 1), ("/", 1),
                      ("/v1/records?limit=50", 1)]),
    "analyst": (0.3, [("/queue?text=tablets", 3), ("/queue?order=newest", 2), ("/intake", 1), ("/parties?text=Smith", 1),
                      ("/rates", 1), ("/v1/findings?limit=50", 1), ("/substances?q=107-15-3", 1)]),
    "supervisor": (0.1, [("/", 2), ("/today", 2), ("/rates", 1), ("/requests", 1), ("/rules", 1), ("/queue", 1)]),
    "inspector": (0.1, [("/audit", 3), ("/", 1), ("/audit/reads", 1), ("/v1/ledger", 1)]),
    "viewer": (0.1, [("/", 2), ("/map", 1), ("/watch", 1), ("/rates", 1), ("/static/console.css", 1)]),
}  # fmt: skip


class Told:
    """What everybody waited, and what went wrong."""

    def __init__(self):
        self.waits, self.in_burst, self.errors, self.lock = defaultdict(list), [], [], threading.Lock()
        self.burst = False

    def ask(self, web, path):
        began, burst = time.perf_counter(), self.burst
        try:
            answer = web.get(path, headers={} if path.startswith("/v1") else HTML)
            fault = "" if answer.status_code == 200 else f"{answer.status_code} {answer.text[:80]!r}"
        except httpx2.HTTPError as error:
            fault = type(error).__name__
        waited = time.perf_counter() - began
        with self.lock:
            self.waits[path].append(waited)
            if burst or self.burst:
                self.in_burst.append(waited)
            if fault:
                self.errors.append((path, fault))


def sign_in(address, name, password=PASSWORD):
    """Sign somebody in, coming back when told to."""
    web = httpx2.Client(base_url=address, timeout=60)
    for _ in range(40):
        mark = re.search(r'name="csrf" value="([^"]+)"', web.get("/sign-in", headers=HTML).text).group(1)
        answer = web.post("/sign-in", data={"csrf": mark, "name": name, "password": password, "next": "/own"})
        if answer.status_code == 303:
            return web
        time.sleep(min(float(answer.headers.get("retry-after", 1)), 5))
    raise SystemExit(f"{name} could not sign in: {answer.status_code}")


def work(web, pages, told, until, pause, seed):
    chosen = random.Random(seed)
    paths, weights = zip(*pages, strict=True)
    while time.monotonic() < until:
        told.ask(web, chosen.choices(paths, weights)[0])
        time.sleep(chosen.expovariate(1 / pause))


def storm(address, count, told):
    """As many wrong passwords at once as there are people; give the statuses."""
    statuses = []

    def knock(number):
        with httpx2.Client(base_url=address, timeout=60) as web:
            mark = re.search(r'name="csrf" value="([^"]+)"', web.get("/sign-in", headers=HTML).text).group(1)
            form = {"csrf": mark, "name": f"Person {number}", "password": "wrong password here"}
            statuses.append(web.post("/sign-in", data=form).status_code)

    told.burst, began = True, time.monotonic()
    threads = [threading.Thread(target=knock, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.burst = False
    return {
        "seconds": round(time.monotonic() - began, 1),
        "statuses": {s: statuses.count(s) for s in sorted(set(statuses))},
    }


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii")).group(1)) // 1024


def quantiles(waits):
    p50, p95, p99 = np.quantile(waits, [0.5, 0.95, 0.99]) * 1000
    return {"asked": len(waits), "p50_ms": round(p50), "p95_ms": round(p95), "p99_ms": round(p99)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--workspace", type=Path)
    arguments.add_argument("--people", type=int, default=50)
    arguments.add_argument("--seconds", type=float, default=300)
    arguments.add_argument("--pause", type=float, default=5.0)
    arguments.add_argument("--quick", action="store_true", help="ten people, half a minute, a small world")
    given = arguments.parse_args()
    if given.quick:
        given.people, given.seconds = 10, 30.0
    with tempfile.TemporaryDirectory() as scratch:
        if given.workspace is None:
            play(
                WorldOptions(records=1_000 if given.quick else 4_000, weeks=12),
                Path(scratch) / "played",
                leave_open=True,
            )
            given.workspace = Path(scratch) / "played" / "workspace"
        folder = shutil.copytree(given.workspace, Path(scratch) / "w")
        toml = folder / "counterflow.toml"
        toml.write_text(toml.read_text("utf-8").replace("training = true", "training = false"), "utf-8")
        roles = [role for role, (share, _) in USERS.items() for _ in range(round(share * given.people))]
        with Workspace(folder) as workspace:
            doors = Doors.of(workspace)
            for number, role in enumerate(roles):
                doors.add_person(f"Person {number}", [role], by="command-line", password=PASSWORD)
            doors.close()
        command = [sys.executable, "-m", "counterflow", "-w", str(folder), "serve", "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
            address = re.search(r"http://\S+", server.stderr.readline()).group()
            threading.Thread(target=server.stderr.read, daemon=True).start()
            began = time.monotonic()
            people = [sign_in(address, f"Person {number}") for number in range(len(roles))]
            signed_in = time.monotonic() - began
            told, cpu = Told(), cpu_seconds(server.pid)
            until = time.monotonic() + given.seconds
            threads = [
                threading.Thread(target=work, args=(web, USERS[role][1], told, until, given.pause, number))
                for number, (web, role) in enumerate(zip(people, roles, strict=True))
            ]
            for thread in threads:
                thread.start()
            time.sleep(given.seconds / 3)
            burst = storm(address, len(roles), told)
            for thread in threads:
                thread.join()
            used, most = cpu_seconds(server.pid) - cpu, peak_mb(server.pid)
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)
    everything = [wait for waits in told.waits.values() for wait in waits]
    for path, waits in sorted(told.waits.items()):
        print(json.dumps({"path": path} | quantiles(waits)))
    print(json.dumps({"burst": burst, "others_meanwhile": quantiles(told.in_burst) if told.in_burst else None}))
    print(json.dumps({
        "people": len(roles), "seconds": given.seconds, "signed_in_s": round(signed_in, 1), "errors": len(told.errors),
        "server_cpu_s": round(used, 1), "server_peak_mb": most, "load": os.getloadavg()[0],
    } | quantiles(everything)))  # fmt: skip
    for path, fault in told.errors[:20]:
        print("ERROR", path, fault)
    sys.exit(bool(told.errors))


if __name__ == "__main__":
    main()
