#!/usr/bin/env python3
"""Minutes of full load, and whether memory grows: `nave serve`, 100 connections × 32 in flight, RSS and the managed heap sampled.

  bench/soak.py --minutes 10 --out soak.csv

The log is kept to --retention-bytes, so that it fits the disk and retention works all the time. Ends with the change of memory between the
second quarter of the run and the last one; exit code 1 if it is above --most per cent.
"""
import argparse
import csv
import os
import re
import statistics
import subprocess
import sys
import time

sys.argv, arguments = [sys.argv[0]], sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
peers = {"__file__": os.path.join(HERE, "run_peers.py"), "__name__": "peers"}
exec(compile(open(peers["__file__"]).read(), peers["__file__"], "exec"), peers)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--minutes", type=float, default=10)
parser.add_argument("--every", type=float, default=5, help="seconds between samples")
parser.add_argument("--retention-bytes", type=int, default=4 << 30)
parser.add_argument("--most", type=float, default=10, help="growth in per cent that is still well")
parser.add_argument("--work", default="/tmp/nave-soak")
parser.add_argument("--load", required=True, help="the built mqttload")
parser.add_argument("--out", default="soak.csv")
options = parser.parse_args(arguments)

os.environ["NAVE_SERVE_ARGS"] = f"--retention-bytes {options.retention_bytes}"
peers["Nave"].devices = 1000
server = peers["Nave"]("nave", options.work)
server.start()
try:
    seconds = options.minutes * 60
    load = subprocess.Popen(
        [options.load, *"pub --conns 100 --window 32 --size 256 --warmup 5".split(), "--duration", str(seconds), *server.extra, "--port", str(server.plain),
         "--server-pid", str(server.process.pid)], stdout=subprocess.PIPE, text=True)
    samples, start = [], time.monotonic()
    with open(options.out, "w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["seconds", "rss_mib", "heap_mib", "log_mib"])
        while load.poll() is None:
            time.sleep(options.every)
            try:
                rss = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{server.process.pid}/status").read()).group(1)) / 1024
            except FileNotFoundError:
                sys.exit("the server ended")
            metrics = server.get("/metrics").decode()
            heap = sum(float(v) for v in re.findall(r"^dotnet_gc_last_collection_heap_size\S*\s+([\d.e+]+)", metrics, re.M)) / 2**20
            log = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(server.data) for name in names if name.endswith(".seg")) / 2**20
            samples.append((time.monotonic() - start, rss, heap, log))
            table.writerow([f"{value:.1f}" for value in samples[-1]])
            out.flush()
    print([line for line in load.communicate()[0].splitlines() if line.startswith("RESULT ")][-1])
finally:
    server.stop()

quarter = len(samples) // 4
before, after = (statistics.median(sample[1] for sample in part) for part in (samples[quarter : 2 * quarter], samples[-quarter:]))
print(f"RSS: median of the second quarter {before:.0f} MiB, of the last {after:.0f} MiB: {100 * (after / before - 1):+.1f} %")
sys.exit(after > before * (1 + options.most / 100))
