#!/usr/bin/env python3
"""How fast a hub is cloned and mirrored: two hubs on this machine, devices with keys, twins and a module for every tenth.

  bench/clone.py --devices 100000 --changes 20000

Prints devices a second of a clone (its comparison included) and of a mirror that follows changes, and the memory of all three processes.
Needs a Release build (dotnet build -c Release src/Nave.Cli).
"""
import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import ssl
import subprocess
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
NAVE = ["dotnet", os.path.join(HERE, "../src/Nave.Cli/bin/Release/net10.0/nave.dll")]
LINES = 1000  # What one call takes.


class Hub:
    def __init__(self, name, folder):
        self.folder = os.path.join(folder, name)
        self.process = subprocess.Popen(
            [*NAVE, *f"serve --data {self.folder} --host {name}.localhost --dps-host dps-{name}.localhost".split(),
             *"--https-port 0 --mqtt-port 0 --amqp-port 0 --log-level Warning".split()], stdout=subprocess.PIPE, text=True)
        self.status = json.loads(self.process.stdout.readline())

    def write(self, lines):
        """Writes lines of an export, and returns how many a second."""
        parts = dict(part.split("=", 1) for part in self.status["serviceConnectionString"].split(";"))
        resource, ends = urllib.parse.quote(parts["HostName"], safe=""), str(int(time.time()) + 3600)
        key = base64.b64decode(parts["SharedAccessKey"])
        signature = base64.b64encode(hmac.new(key, f"{resource}\n{ends}".encode(), hashlib.sha256).digest()).decode()
        token = f"SharedAccessSignature sr={resource}&sig={urllib.parse.quote(signature, safe='')}&se={ends}&skn=iothubowner"
        trust = ssl.create_default_context(cafile=self.status["caFile"])
        connection = http.client.HTTPSConnection("localhost", self.status["ports"]["https"], context=trust)
        started = time.monotonic()
        for at in range(0, len(lines), LINES):
            connection.request("POST", "/nave/registry", "\n".join(lines[at:at + LINES]), {"Host": parts["HostName"], "Authorization": token})
            answer = json.loads(connection.getresponse().read())
            assert not answer["errors"], answer["errors"][:3]
        return len(lines) / (time.monotonic() - started)

    def peak(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def key_of(number):
    return base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode()


def lines_of(devices, revision):
    lines = []
    for i in range(devices):
        name = f"device-{i:07}"
        lines.append(json.dumps({
            "id": name, "importMode": "createOrUpdate", "status": "enabled",
            "authentication": {"type": "sas", "symmetricKey": {"primaryKey": key_of(i), "secondaryKey": key_of(-i - 1)}},
            "tags": {"site": f"s{i % 100}", "revision": revision},
            "properties": {"desired": {"interval": i % 60}, "reported": {"firmware": f"1.{i % 9}", "temperature": i % 40}}}))
        if i % 10 == 0 and revision == 0:
            lines.append(json.dumps({"id": name, "moduleId": "camera", "importMode": "createOrUpdate", "properties": {"desired": {"rate": i % 30}}}))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Hub("source", folder), Hub("target", folder)
        try:
            print(f"source filled: {source.write(lines_of(options.devices, 0)):,.0f} identities a second")
            pair = ["--from-data", source.folder, "--to-data", target.folder, "-o", "json"]
            cloned = subprocess.run(["/usr/bin/time", "-f", "%M", *NAVE, "clone", *pair], capture_output=True, text=True, check=True)
            report = json.loads(cloned.stdout)
            assert report["isClean"], report["problems"][:3]
            print(f"clone: {report['devices']:,} devices and {report['modules']:,} modules in {report['seconds']:.1f} s, compared: "
                  f"{report['devices'] / report['seconds']:,.0f} devices a second; memory {int(cloned.stderr.split()[-1]) // 1024} MiB, "
                  f"hubs {source.peak()} and {target.peak()} MiB")
            mirror = subprocess.Popen([*NAVE, "mirror", *pair, "--store", os.path.join(folder, "mirror")], stdout=subprocess.PIPE, text=True)
            wait_for(mirror, lambda status: status["phase"] == "following")
            started = time.monotonic()
            rate = source.write(lines_of(options.changes, 1))
            worst = wait_for(mirror, lambda status: status["written"] >= options.changes and status.get("lagEvents") == 0)
            print(f"mirror: {options.changes:,} changes at {rate:,.0f} a second, all there after {time.monotonic() - started:.1f} s; "
                  f"worst lag {worst['lagSeconds']:.2f} s, {worst.get('lagEvents')} events")
            mirror.terminate()
            mirror.wait()
        finally:
            source.stop()
            target.stop()


def wait_for(mirror, is_so):
    """Reads the mirror's status until it is so, and returns the one with the greatest lag."""
    worst = {"lagSeconds": 0}
    for line in mirror.stdout:
        status = json.loads(line)
        if status["lagSeconds"] > worst["lagSeconds"]:
            worst = status
        if is_so(status):
            return worst
    raise SystemExit("The mirror ended.")


main()
