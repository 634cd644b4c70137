#!/usr/bin/env python3
"""A consumer that reads the backlog while ingest runs: ingest alone and beside the consumer, in turns.

  bench/consumer.py --load …/mqttload --rate 500000 --rounds 3
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

sys.argv, arguments = [sys.argv[0]], sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
peers = {"__file__": os.path.join(HERE, "run_peers.py"), "__name__": "peers"}
exec(compile(open(peers["__file__"]).read(), peers["__file__"], "exec"), peers)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rate", default="500000", help="events a second for the consumer; 0 = as many as there can be; several with commas")
parser.add_argument("--ingest", default="0", help="events a second sent; 0 = as many as there can be; several with commas")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=5)
parser.add_argument("--work", default="/tmp/nave-consumer")
parser.add_argument("--load", required=True, help="the built mqttload")
options = parser.parse_args(arguments)

peers["Nave"].devices = 1000
server = peers["Nave"]("nave", options.work)
server.start()


def ingest(rate, seconds):
    return subprocess.Popen(
        [options.load, *"pub --conns 100 --window 32 --size 256 --warmup 2".split(), "--rate", rate, "--duration", str(seconds), *server.extra,
         "--port", str(server.plain), "--server-pid", str(server.process.pid)], stdout=subprocess.PIPE, text=True)


def rate_of(load):
    return json.loads([line for line in load.communicate()[0].splitlines() if line.startswith("RESULT ")][-1][7:])["acked_per_s"]


try:
    rate_of(ingest("0", 4))
    for sent in options.ingest.split(","):
        for rate in options.rate.split(","):
            alone, beside, read = [], [], []
            for _ in range(options.rounds):
                alone.append(rate_of(ingest(sent, options.seconds)))
                load = ingest(sent, options.seconds + 1)
                bench = server.bench(["read", "--fill", "0", "--warm-up", "2.5s", "--for", f"{options.seconds - 1}s"] + (["--rate", rate] if rate != "0" else []))
                beside.append(rate_of(load))
                read.append(bench["perSecond"])
            a, b, r = map(statistics.median, (alone, beside, read))
            print(f"ingest alone {a:,.0f}/s; beside a consumer of {r:,.0f}/s: {b:,.0f}/s ({100 * (b / a - 1):+.1f} %)  {alone} {beside} {read}", flush=True)
finally:
    server.stop()
