#!/usr/bin/env python3
"""Nave beside other MQTT servers: the same load, the same machine, the same minutes.

  bench/run_peers.py                                   mosquitto and Nave, every scenario, 3 rounds
  bench/run_peers.py --peers nave,mosquitto,ceiling --scenarios p100x32,rate --rounds 5
  bench/run_peers.py --summary                         only the medians of what was measured before

All servers run at the same time and take turns: within a round each has its turn in each scenario, so what else happens on the machine
meets all of them. Servers that are not installed are left out. Scenarios that look at memory start their server anew. Everything listens
on loopback; data is kept under --work and removed. Nave runs as its users run it (`nave serve`), acknowledges only what is on
disk, and checks a token for each connection; the others do neither. One JSON line a run goes to --out.

A run during which other processes took more than a twentieth of a core is marked with *, and is not counted while there are others.
"""
import argparse
import base64
import collections
import hashlib
import hmac
import http.client
import json
import math
import os
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
DLL = os.environ.get("NAVE_DLL", os.path.join(ROOT, "src/Nave.Cli/bin/Release/net10.0/nave.dll"))

# name: (arguments of mqttload, needs a fresh server, TLS)
SCENARIOS = {
    "p100x32": ("pub --conns 100 --window 32 --size 256", False, False),
    "p1000x4": ("pub --conns 1000 --window 4 --size 256", False, False),
    "rate": ("pub --conns 1000 --window 4 --size 256 --rate 10000", False, False),
    "storm": ("storm --conns 10000 --hold 0 --connect-parallel 64", False, False),
    "idle": ("idle --conns 10000 --settle 6 --connect-parallel 100", True, False),
    "tls-p100x32": ("pub --conns 100 --window 32 --size 256 --tls 1", False, True),
    "tls-rate": ("pub --conns 1000 --window 4 --size 256 --rate 5000 --tls 1", False, True),
    "tls-full": ("storm --conns 4000 --hold 0 --connect-parallel 32 --tls 1", False, True),
    "tls-resumed": ("storm --conns 4000 --hold 0 --connect-parallel 32 --tls 1 --tls-resume 1", False, True),
    "tls-idle": ("idle --conns 5000 --settle 6 --connect-parallel 32 --tls 1", True, True),
    "cmd": ("cmd --conns 1000 --window 200 --size 256", False, False),
    "methods": ("", False, False),
    "methods-batch": ("", False, False),
    "c2d": ("", False, False),
    "twins": ("", False, False),
    "registry": ("", False, False),
}

# What `nave bench` measures: the arguments, and what is counted.
BENCHES = {
    "methods": ["commands", "--plain", "--connections", "1000", "--in-flight", "128"],
    "c2d": ["commands", "--c2d", "--plain", "--connections", "1000", "--in-flight", "128"],
    "twins": ["twins", "--plain", "--connections", "200", "--in-flight", "4"],
    "registry": ["registry", "--in-flight", "16"],
}
FIELDS = ["acked_per_s", "delivered_per_s", "connects_per_s", "ack_p50_us", "ack_p99_us", "server_cpu_s_per_million", "kib_per_conn"]


class Server:
    """One server process, its ports, and what the load generator needs to be let in."""

    def __init__(self, name, work):
        self.name, self.folder = name, os.path.join(work, name)
        self.extra, self.plain, self.tls, self.process = [], 0, 0, None

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.launch()

    def run(self, command, **more):
        self.process = subprocess.Popen(command, cwd=self.folder, stderr=open(os.path.join(self.folder, "stderr.log"), "wb"), **more)

    def wait_for(self, port):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            if subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True).stdout.strip():
                return
            time.sleep(0.1)
        sys.exit(f"{self.name} did not come up; see {self.folder}/stderr.log")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nave(Server):
    devices = 10000
    partitions = 4

    def launch(self):
        environment = dict(os.environ, DOTNET_TieredPGO="1", DOTNET_gcServer="0")  # As ./nave sets them.
        self.data = os.path.join(self.folder, "data")
        self.run(
            ["dotnet", DLL, "serve", "--data", self.data, "--listen", "127.0.0.1", "--https-port", "0", "--mqtt-port", "0", "--mqtt-plain-port", "0",
             "--partitions", str(self.partitions), "--log-level", "Warning"] + os.environ.get("NAVE_SERVE_ARGS", "").split(),
            stdout=subprocess.PIPE, env=environment)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"nave did not come up; see {self.folder}/stderr.log")
        ready = json.loads(line)
        self.plain, self.tls, self.https = ready["ports"]["mqttPlain"], ready["ports"]["mqtt"], ready["ports"]["https"]
        parts = dict(part.split("=", 1) for part in ready["serviceConnectionString"].split(";"))
        self.host, self.policy, self.key = parts["HostName"], parts["SharedAccessKeyName"], base64.b64decode(parts["SharedAccessKey"])
        self.create_devices(self.devices)
        self.extra = [
            "--clientid", "dev{i}", "--username", self.host + "/dev{i}/?api-version=2021-04-12", "--password", self.token(),
            "--topic", "devices/dev{i}/messages/events/", "--tls-sni", self.host]

    def token(self):
        return self.token_for(f"{self.host}/devices")

    def token_for(self, resource):
        resource, expiry = urllib.parse.quote(resource, safe=""), int(time.time()) + 86400
        signature = base64.b64encode(hmac.new(self.key, f"{resource}\n{expiry}".encode(), hashlib.sha256).digest())
        return f"SharedAccessSignature sr={resource}&sig={urllib.parse.quote(signature, safe='')}&se={expiry}&skn={self.policy}"

    def owner_token(self):
        return self.token_for(self.host)

    def create_devices(self, count, first=0):
        context, token = ssl._create_unverified_context(), self.owner_token()
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, context=context)
        for at in range(first, first + count, 100):
            body = json.dumps([{"id": f"dev{i}", "importMode": "create"} for i in range(at, min(at + 100, first + count))])
            connection.request("POST", "/devices?api-version=2021-04-12", body, {"Host": self.host, "Authorization": token})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                sys.exit(f"devices could not be created: {answer.status} {text[:300]}")
        connection.close()

    def get(self, path):
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, context=ssl._create_unverified_context())
        connection.request("GET", path, headers={"Host": self.host, "Authorization": self.owner_token()})
        text = connection.getresponse().read()
        connection.close()
        return text

    def bench(self, arguments):
        run = subprocess.run(["dotnet", DLL, "bench", *arguments, "--data", self.data, "-o", "json"], capture_output=True, text=True)
        return json.loads(run.stdout) if run.returncode == 0 else None


class Mosquitto(Server):
    binary = "/usr/sbin/mosquitto"

    def launch(self):
        self.plain, self.tls = free_ports(2)
        key, certificate = os.path.join(self.folder, "key.pem"), os.path.join(self.folder, "cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with open(os.path.join(self.folder, "mosquitto.conf"), "w") as out:
            out.write(
                "allow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 0\n"
                f"set_tcp_nodelay true\nlog_dest none\nuser root\nlistener {self.plain} 127.0.0.1\n"
                f"listener {self.tls} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n")
        self.run([self.binary, "-c", "mosquitto.conf"], stdout=subprocess.DEVNULL)
        self.wait_for(self.plain)


class FlashMq(Server):
    binary = os.environ.get("FLASHMQ", shutil.which("flashmq") or "")

    def launch(self):
        (self.plain,) = free_ports(1)
        with open(os.path.join(self.folder, "flashmq.conf"), "w") as out:
            out.write(f"allow_anonymous true\nlog_level warning\nstorage_dir {self.folder}\nlisten {{\n  protocol mqtt\n  port {self.plain}\n}}\n")
        self.run([self.binary, "-c", "flashmq.conf"], stdout=subprocess.DEVNULL)
        self.wait_for(self.plain)


class Ceiling(Server):
    """A server that does nothing but write what it gets to a preallocated file, sync it, and acknowledge."""

    def launch(self):
        (self.plain,) = free_ports(1)
        self.run([options.load, "ackserver", "--port", str(self.plain), "--wal", os.path.join(self.folder, "wal"), "--wal-prealloc-mb", "512"],
                 stdout=subprocess.DEVNULL)
        self.wait_for(self.plain)


KINDS = {"nave": Nave, "mosquitto": Mosquitto, "flashmq": FlashMq, "ceiling": Ceiling}


def free_ports(count):
    import socket
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def busy_seconds():
    values = [int(v) for v in open("/proc/stat").readline().split()[1:8]]
    return (values[0] + values[1] + values[2] + values[5] + values[6]) / os.sysconf("SC_CLK_TCK")


def settle(most):
    """Waits until the machine has been nearly idle for a second."""
    calm, before, end = 0, busy_seconds(), time.monotonic() + most
    while calm < 2 and time.monotonic() < end:
        time.sleep(0.5)
        now = busy_seconds()
        calm = calm + 1 if now - before < 0.08 else 0
        before = now


def measure(server, scenario):
    arguments, _, tls = SCENARIOS[scenario]
    if scenario in BENCHES:
        if not isinstance(server, Nave):
            return None
        report = server.bench([*BENCHES[scenario], "--warm-up", f"{options.warmup}s", "--for", f"{options.seconds}s"])
        return report and {
            "seconds": report["seconds"], "delivered_per_s": report["perSecond"], "ack_p50_us": report["p50Ms"] * 1e3, "ack_p99_us": report["p99Ms"] * 1e3,
            "server_cpu_s_per_million": report["serverCpuSecondsPerMillion"], "errors": report["failed"], "foreign_cpu_s": 0}
    if scenario == "methods-batch":
        return measure_method_batches(server) if isinstance(server, Nave) else None
    port = server.tls if tls else server.plain
    if not port or (scenario == "cmd" and isinstance(server, (Nave, Ceiling))) or (scenario == "storm" and isinstance(server, Ceiling)):
        return None
    if "conns 10000" in arguments:  # No more than there are devices.
        arguments = arguments.replace("10000", str(min(10000, options.devices)))
    command = [options.load, *arguments.split(), *server.extra, "--port", str(port), "--server-pid", str(server.process.pid), "--label", server.name,
               "--warmup", str(options.warmup), "--duration", str(options.seconds)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240)
    lines = [line[7:] for line in run.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        print(f"{server.name} {scenario} FAILED: {run.stderr[-300:]}", file=sys.stderr)
        return None
    return json.loads(lines[-1])


def cpu_seconds(process):
    values = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def measure_method_batches(server, batch=1000, callers=4):
    """1,000 devices that answer direct methods; callers that send them in batches over HTTPS and wait for all answers."""
    connected = lambda: json.loads(server.get("/statistics/service?api-version=2021-04-12"))["connectedDeviceCount"]
    devices = subprocess.Popen(
        [options.load, "sub", "--conns", "1000", "--answer-methods", "1", *server.extra, "--sub-clientid", "dev{i}", "--sub-topic", "$iothub/methods/POST/#",
         "--port", str(server.plain), "--warmup", "0", "--duration", "600"], stdout=subprocess.DEVNULL)
    while connected() < 1000:
        time.sleep(0.1)
    time.sleep(0.5)  # The last of them subscribe.
    start = time.monotonic() + options.warmup
    end, answers, failed, latencies = start + options.seconds, [], [0], []

    def call():
        connection = http.client.HTTPSConnection("127.0.0.1", server.https, context=ssl._create_unverified_context())
        body = "".join(json.dumps({"deviceId": f"dev{i % 1000}", "methodName": "bench", "payload": {"n": i}}) + "\n" for i in range(batch))
        while (began := time.monotonic()) < end:
            connection.request("POST", "/nave/methods", body, {"Host": server.host, "Authorization": server.owner_token()})
            text = connection.getresponse().read()
            now, right = time.monotonic(), text.count(b'"status":200')
            failed[0] += batch - right
            if start <= now < end:
                answers.append(right)
                latencies.append(now - began)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    time.sleep(max(0, start - time.monotonic()))
    cpu, busy, own = cpu_seconds(server.process), busy_seconds(), sum(os.times()[:2]) + cpu_seconds(devices)
    time.sleep(max(0, end - time.monotonic()))
    cpu, busy, own = cpu_seconds(server.process) - cpu, busy_seconds() - busy, sum(os.times()[:2]) + cpu_seconds(devices) - own
    for thread in threads:
        thread.join()
    devices.terminate()
    devices.wait()
    latencies.sort()
    return {
        "seconds": options.seconds, "delivered_per_s": sum(answers) / options.seconds, "server_cpu_s_per_million": cpu * 1e6 / max(1, sum(answers)),
        "ack_p50_us": latencies[len(latencies) // 2] * 1e6, "ack_p99_us": latencies[int(len(latencies) * 0.99)] * 1e6, "errors": failed[0],
        "foreign_cpu_s": max(0, busy - cpu - own)}


def summary(path):
    runs = collections.defaultdict(list)
    for line in open(path):
        result = json.loads(line)
        runs[result["scenario"], result["peer"]].append(result)
    for scenario in SCENARIOS:
        peers = [peer for found, peer in runs if found == scenario]
        if not peers:
            continue
        print(f"\n{scenario}: {SCENARIOS[scenario][0]}")
        rates = {}
        for peer in peers:
            results = runs[scenario, peer]
            calm = [r for r in results if not r["noisy"]] or results

            def median(field):
                values = [r[field] for r in calm if field in r]
                return statistics.median(values) if values else None

            main = "delivered_per_s" if scenario in ("cmd", "methods-batch", *BENCHES) else "connects_per_s" if "pub" not in SCENARIOS[scenario][0] else "acked_per_s"
            rates[peer] = median(main)
            values = [r[main] for r in calm if main in r]
            text = f"  {peer:10} {rates[peer]:12,.0f}/s [{min(values):,.0f} – {max(values):,.0f}]"
            if (cpu := median("server_cpu_s_per_million")) is not None:
                text += f"  CPU {cpu:7.2f} s/M"
            if (p99 := median("ack_p99_us")) is not None:
                text += f"  p50 {median('ack_p50_us') / 1e3:7.2f} p99 {p99 / 1e3:7.2f} ms"
            if (memory := median("kib_per_conn")) is not None:
                text += f"  {memory:6.2f} KiB a connection"
            if (resumed := median("tls_resumed")) is not None:
                text += f"  {resumed:.0f} resumed"
            text += f"  errors {max(r.get('errors', 0) for r in calm)}  n={len(calm)}{'*' if calm[0]['noisy'] else ''}"
            print(text)
        if rates.get("nave") and rates.get("mosquitto"):
            print(f"  nave / mosquitto = {rates['nave'] / rates['mosquitto']:.2f}")


def growth(path):
    """The same figures over registries and partitions of several sizes; the slope is the change of CPU an operation for each tenfold."""
    runs = collections.defaultdict(list)
    for line in open(path):
        result = json.loads(line)
        if result["peer"] == "nave":
            runs[result["scenario"], result["devices"], result["partitions"]].append(result)
    for scenario in SCENARIOS:
        points = sorted(key[1:] for key in runs if key[0] == scenario)
        if len(points) < 2:
            continue
        cpu = {}
        for point in points:
            calm = [r for r in runs[scenario, *point] if not r["noisy"]] or runs[scenario, *point]
            main = "delivered_per_s" if scenario in ("cmd", "methods-batch", *BENCHES) else "connects_per_s" if scenario in ("storm", "idle") else "acked_per_s"
            rate = statistics.median(r[main] for r in calm)
            cpu[point] = statistics.median(r["server_cpu_s_per_million"] for r in calm)
            p99 = [r["ack_p99_us"] / 1e3 for r in calm if "ack_p99_us" in r]
            print(f"| {scenario} | {point[0]:,} | {point[1]} | {rate:,.0f} | {cpu[point]:.2f} | {statistics.median(p99):.2f} |" if p99 else
                  f"| {scenario} | {point[0]:,} | {point[1]} | {rate:,.0f} | {cpu[point]:.2f} | |")
        for which, fixed in ((0, 1), (1, 0)):
            for value in sorted({point[fixed] for point in points}):
                line = sorted((point[which], cpu[point]) for point in points if point[fixed] == value)
                if len(line) > 1:
                    tenfolds = math.log10(line[-1][0] / line[0][0])
                    slope = (line[-1][1] / line[0][1]) ** (1 / tenfolds) - 1
                    print(f"    {scenario}: {100 * slope:+.1f} % CPU for ten times the {('devices', 'partitions')[which]}")


def main():
    global options
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="nave,mosquitto")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--warmup", type=float, default=2)
    parser.add_argument("--devices", type=int, default=10000, help="registered with Nave")
    parser.add_argument("--partitions", type=int, default=4, help="of Nave")
    parser.add_argument("--settle", type=float, default=10, help="most seconds to wait for a quiet machine before each run")
    parser.add_argument("--work", default=os.path.join(os.environ.get("TMPDIR", "/tmp"), "nave-peers"))
    parser.add_argument("--out", default="results.jsonl")
    parser.add_argument("--load", help="the built mqttload; default: built from mqttload.cpp")
    parser.add_argument("--summary", action="store_true", help="print the medians of --out, and end")
    parser.add_argument("--growth", action="store_true", help="print what --out has of several sizes of Nave, and end")
    options = parser.parse_args()
    if options.summary or options.growth:
        (growth if options.growth else summary)(options.out)
        return

    os.makedirs(options.work, exist_ok=True)
    if not options.load:
        options.load = os.path.join(options.work, "mqttload")
        subprocess.run(["g++", "-O2", "-std=c++17", "-pthread", "-DMQTTLOAD_TLS", "-o", options.load, os.path.join(HERE, "mqttload.cpp"), "-lssl", "-lcrypto"],
                       check=True)
    if not os.path.exists(DLL):
        subprocess.run(["dotnet", "build", os.path.join(ROOT, "src/Nave.Cli"), "-c", "Release", "-v", "q", "-nologo"], check=True)
    Nave.devices, Nave.partitions = options.devices, options.partitions
    servers = [KINDS[name](name, options.work) for name in options.peers.split(",") if getattr(KINDS[name], "binary", "/") and
               os.path.exists(getattr(KINDS[name], "binary", "/"))]
    try:
        for server in servers:
            server.start()
        for round_number in range(1, options.rounds + 1):
            for scenario in options.scenarios.split(","):
                # Each round begins with another server, so that none always comes first.
                turn = servers[round_number % len(servers):] + servers[: round_number % len(servers)]
                for server in turn:
                    if SCENARIOS[scenario][1] and server.process:
                        server.stop()
                        server.start()
                    settle(options.settle)
                    result = measure(server, scenario)
                    if result is None:
                        continue
                    noisy = result["foreign_cpu_s"] > 0.05 * result["seconds"] + 0.1
                    line = {"peer": server.name, "scenario": scenario, "round": round_number, "noisy": noisy, "devices": options.devices,
                            "partitions": options.partitions, **result}
                    with open(options.out, "a") as out:
                        out.write(json.dumps(line) + "\n")
                    print(f"{time.strftime('%H:%M:%S')} {round_number} {scenario} {server.name}{'*' if noisy else ''} " +
                          " ".join(f"{k}={line[k]:,.6g}" for k in FIELDS if k in line) + f" errors={line.get('errors', 0)}", flush=True)
    finally:
        for server in servers:
            server.stop()
    summary(options.out)


if __name__ == "__main__":
    main()
