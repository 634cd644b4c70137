"""An independent AMQP 1.0 implementation (Qpid Proton) against the engine. Usage: proton_peer.py PORT SCENARIO. Prints "ok" if all is well."""
import sys

from proton import ConnectionException, Delivery, Link, Message
from proton.handlers import MessagingHandler
from proton.reactor import AtMostOnce, Container, LinkOption
from proton.utils import BlockingConnection, LinkDetached, SendException

PORT, SCENARIO = sys.argv[1], sys.argv[2]
URL = f"127.0.0.1:{PORT}"
OPTIONS = dict(timeout=60, allow_insecure_mechs=True)


class SettleSecond(LinkOption):
    def apply(self, link):
        link.rcv_settle_mode = Link.RCV_SECOND


def connect(**more):
    return BlockingConnection(URL, **{**OPTIONS, **more})


def echo(connection, size=10):
    sender = connection.create_sender("/accept")
    body = bytes(i % 251 for i in range(size))
    delivery = sender.send(Message(body=body, inferred=True, id="m1", properties={"a": "b"}, content_type="application/json"), timeout=60)
    assert delivery.remote_state == Delivery.ACCEPTED, delivery.remote_state
    sender.close()
    return body


def received(connection, count, size, options=None, credit=1, accept=True):
    receiver = connection.create_receiver(f"/messages/{count}/{size}", credit=credit, options=options)
    for i in range(count):
        message = receiver.receive(timeout=60)
        assert message.id == f"m{i}", message.id
        assert len(bytes(message.body)) == size, len(message.body)
        assert message.properties["number"] == i, message.properties
        if accept:
            receiver.accept()


def anonymous():
    connection = connect(allowed_mechs="ANONYMOUS")
    echo(connection)
    connection.close()


def plain():
    connection = connect(allowed_mechs="PLAIN", user="user", password="password")
    echo(connection)
    connection.close()


def wrong_password():
    try:
        connect(allowed_mechs="PLAIN", user="user", password="wrong")
    except ConnectionException:
        return
    raise AssertionError("the server accepted a wrong password")


def no_sasl():
    connection = connect(sasl_enabled=False)
    echo(connection)
    connection.close()


def outcomes():
    connection = connect(sasl_enabled=False)
    for address, state in [("/accept", Delivery.ACCEPTED), ("/reject", Delivery.REJECTED), ("/release", Delivery.RELEASED), ("/modify", Delivery.MODIFIED)]:
        sender = connection.create_sender(address)
        try:
            actual = sender.send(Message(body="x"), timeout=60).remote_state
        except SendException as problem:
            actual = problem.state
        assert actual == state, (address, actual)
    connection.close()


def large_there():
    connection = connect(sasl_enabled=False)
    echo(connection, size=250_000)
    connection.close()


def large_back():
    connection = connect(sasl_enabled=False, max_frame_size=512)
    received(connection, 3, 60_000)
    connection.close()


def many():
    connection = connect(sasl_enabled=False)
    received(connection, 2_000, 20, credit=50)
    connection.close()


def presettled():
    connection = connect(sasl_enabled=False)
    received(connection, 50, 20, options=AtMostOnce(), accept=False)
    connection.close()


def settle_second():
    connection = connect(sasl_enabled=False)
    received(connection, 20, 20, options=SettleSecond())
    connection.close()


def refused_link():
    connection = connect(sasl_enabled=False)
    for create in (connection.create_sender, connection.create_receiver):
        try:
            create("/refuse")
        except LinkDetached as problem:
            assert problem.condition == "amqp:unauthorized-access", problem.condition
        else:
            raise AssertionError("the link was accepted")
    echo(connection)
    connection.close()


def drain():
    class Drainer(MessagingHandler):
        def __init__(self):
            super().__init__(prefetch=0)
            self.count = 0

        def on_start(self, event):
            connection = event.container.connect(URL, sasl_enabled=False, reconnect=False)
            self.receiver = event.container.create_receiver(connection, "/messages/3/10")

        def on_link_opened(self, event):
            self.receiver.drain(10)

        def on_message(self, event):
            self.count += 1

        def on_link_flow(self, event):
            if event.link.is_receiver and self.count == 3 and event.link.credit == 0:
                event.connection.close()

    drainer = Drainer()
    Container(drainer).run()
    assert drainer.count == 3, drainer.count


def sessions():
    class Two(MessagingHandler):
        """Links of the same name in two sessions of one connection, as pooled devices have them."""

        def __init__(self):
            super().__init__()
            self.accepted = 0

        def on_start(self, event):
            self.connection = event.container.connect(URL, sasl_enabled=False, reconnect=False)

        def on_connection_opened(self, event):
            for _ in range(3):
                session = self.connection.session()
                session.open()
                link = session.sender("TelemetrySenderLink")
                link.target.address = "/accept"
                link.open()

        def on_sendable(self, event):
            if not getattr(event.link, "done", None):
                event.link.done = True
                event.link.send(Message(body="x"))

        def on_accepted(self, event):
            self.accepted += 1
            if self.accepted == 3:
                event.connection.close()

    two = Two()
    Container(two).run()
    assert two.accepted == 3, two.accepted


def idle():
    """The server sends once it has seen that Proton keeps the connection alive; its own empty frame, half of Proton's time later, is no harm."""
    connection = connect(sasl_enabled=False, heartbeat=60)
    receiver = connection.create_receiver("/messages/1/10/idle", credit=1)
    assert receiver.receive(timeout=60).id == "m0"
    receiver.accept()
    echo(connection)
    connection.close()


globals()[SCENARIO]()
print("ok")
