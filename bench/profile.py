#!/usr/bin/env python3
"""Where the server's time goes under one scenario of run_peers.py: a flame graph. Needs Linux and `perf`.

  bench/profile.py p100x32 docs/img/flame-ingest.svg --load …/mqttload
  bench/profile.py registry docs/img/flame-registry.svg --load …/mqttload
"""
import argparse
import os
import subprocess
import sys
import time

sys.argv, arguments = [sys.argv[0]], sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
peers = {"__file__": os.path.join(HERE, "run_peers.py"), "__name__": "peers"}
exec(compile(open(peers["__file__"]).read(), peers["__file__"], "exec"), peers)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("scenario", choices=[*peers["SCENARIOS"]])
parser.add_argument("out", help="the SVG to write")
parser.add_argument("--seconds", type=float, default=5, help="how long is recorded")
parser.add_argument("--warmup", type=float, default=8, help="until the code is compiled as it stays")
parser.add_argument("--work", default="/tmp/nave-profile")
parser.add_argument("--load", required=True, help="the built mqttload")
options = parser.parse_args(arguments)
options.warmup, record_after, options.seconds, record = options.warmup, options.warmup + 1, options.seconds + 2, options.seconds
peers["options"] = options

# Names for compiled code; and that code at one address, not mapped twice.
os.environ.update(DOTNET_PerfMapEnabled="1", DOTNET_EnableWriteXorExecute="0")
peers["Nave"].devices = 1000
server = peers["Nave"]("nave", options.work)
server.start()
del os.environ["DOTNET_PerfMapEnabled"]
try:
    from threading import Thread
    load = Thread(target=lambda: print(peers["measure"](server, options.scenario)))
    load.start()
    time.sleep(record_after)
    data = os.path.join(options.work, "perf.data")
    subprocess.run(["perf", "record", "-F", "799", "-g", "-p", str(server.process.pid), "-o", data, "--", "sleep", str(record)], check=True, capture_output=True)
    load.join()
    samples = subprocess.run(["perf", "script", "-i", data], check=True, capture_output=True, text=True, errors="replace").stdout
    os.remove(data)
finally:
    server.stop()

title = f"nave serve, {options.scenario}"
flame = [sys.executable, os.path.join(HERE, "flamegraph.py")]
with open(options.out, "w") as out:
    subprocess.run([*flame, "--title", title, "--skip", ".NET Tiered"], input=samples, stdout=out, text=True, check=True)
subprocess.run([*flame, "--top", "60", "--skip", ".NET Tiered"], input=samples, text=True, check=True)
