"""A device and a service made of Qpid Proton, which knows nothing of our code. Usage: proton_client.py PORT HOST SCENARIO USER PASSWORD [MORE …].
Prints "ok" if all is well."""
import sys

from proton import ConnectionException, Delivery, Message, symbol
from proton.reactor import Filter
from proton.utils import BlockingConnection, LinkDetached

PORT, HOST, SCENARIO, USER, PASSWORD = sys.argv[1:6]
MORE = sys.argv[6:]


def connect():
    return BlockingConnection(
        f"127.0.0.1:{PORT}", timeout=60, heartbeat=60, virtual_host=HOST, allowed_mechs="PLAIN", allow_insecure_mechs=True, user=USER, password=PASSWORD)


def device():
    """Sends events, and takes a message that waits."""
    name, count = MORE[0], int(MORE[1])
    connection = connect()
    sender = connection.create_sender(f"/devices/{name}/messages/events")
    for i in range(count):
        delivery = sender.send(Message(body=b"event %d" % i, inferred=True, content_type="text/plain", properties={"number": str(i)}), timeout=60)
        assert delivery.remote_state == Delivery.ACCEPTED, delivery.remote_state
    receiver = connection.create_receiver(f"amqps://{HOST}:5671/devices/{name}/messages/deviceBound", credit=1)
    message = receiver.receive(timeout=60)
    assert bytes(message.body) == b"open", message.body
    assert message.properties["level"] == "high", message.properties
    receiver.accept()
    connection.close()


def events():
    """Reads all partitions from their beginning, until all events are there."""
    hub, partitions, count = MORE[0], int(MORE[1]), int(MORE[2])
    connection = connect()
    seen = []
    first = Filter({symbol("apache.org:selector-filter:string"): "amqp.annotation.x-opt-offset > '-1'"})
    partition = int(MORE[3])
    assert partition < partitions
    receiver = connection.create_receiver(f"{hub}/ConsumerGroups/$Default/Partitions/{partition}", credit=10, options=first)
    while len(seen) < count:
        message = receiver.receive(timeout=60)  # settled when it was sent
        if message.annotations.get(symbol("iothub-message-source")) != "Telemetry":
            continue
        assert message.annotations[symbol("iothub-connection-device-id")] == "d1", message.annotations
        assert message.content_type == "text/plain", message.content_type
        seen.append((bytes(message.body), message.properties["number"], message.annotations[symbol("x-opt-sequence-number")]))
    assert [(body, number) for body, number, _ in seen] == [(b"event %d" % i, str(i)) for i in range(count)], seen
    assert [at for _, _, at in seen] == sorted({at for _, _, at in seen}), seen
    connection.close()


def refused():
    """A wrong token, and a link that the right one does not cover."""
    try:
        BlockingConnection(
            f"127.0.0.1:{PORT}", timeout=60, virtual_host=HOST, allowed_mechs="PLAIN", allow_insecure_mechs=True, user=USER, password=PASSWORD[:-1] + "1")
    except ConnectionException:
        pass
    else:
        raise AssertionError("a wrong token was accepted")
    connection = connect()
    for address, condition in [("/devices/other/messages/events", "amqp:unauthorized-access"), ("/nothing/here", "amqp:not-found")]:
        try:
            connection.create_sender(address)
        except LinkDetached as problem:
            assert problem.condition == condition, (address, problem.condition)
        else:
            raise AssertionError(f"{address} was accepted")
    connection.close()


globals()[SCENARIO]()
print("ok")
