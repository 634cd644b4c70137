using System.Text;

namespace Nave.Amqp.Tests;

public sealed class ConversationTests
{
    [Fact]
    public void A_message_goes_to_the_server_and_its_outcome_comes_back()
    {
        var pair = new Pair();
        pair.Begin();
        var link = pair.AttachSender();
        Assert.True(link.TrySend("hello"u8, "t"u8, settled: false, out var id, state: "mine"));
        pair.Run();
        var delivery = Assert.Single(pair.ServerOwner.Deliveries);
        Assert.Equal("hello", Encoding.UTF8.GetString(delivery.Payload));
        Assert.Equal("t"u8.ToArray(), delivery.Tag);
        Assert.Equal(new Outcome(id, "mine", AmqpOutcome.Accepted, Settled: true), Assert.Single(pair.ClientOwner.Outcomes));
        Assert.Equal(["open server", "begin", "attached s"], pair.ClientOwner.Log);
    }

    [Fact]
    public void A_message_goes_to_the_client_when_there_is_credit()
    {
        var pair = new Pair();
        pair.Begin();
        pair.AttachReceiver(credit: 2);
        var sender = Assert.Single(pair.ServerOwner.Senders);
        Assert.Equal(2, sender.Credit);
        Assert.True(sender.TrySend("a"u8, "1"u8, settled: true, out _));
        Assert.True(sender.TrySend("b"u8, "2"u8, settled: true, out _));
        Assert.False(sender.TrySend("c"u8, "3"u8, settled: true, out _));
        pair.Run();
        Assert.Equal(["a", "b"], pair.ClientOwner.Deliveries.Select(d => Encoding.UTF8.GetString(d.Payload)));
        Assert.True(sender.CanSend);
    }

    [Theory]
    [InlineData(512, 1, 1)]
    [InlineData(512, 3, 1)]
    [InlineData(600, 2, 5)]
    [InlineData(65_536, 2048, 200)]
    public void Messages_of_any_size_cross_whatever_the_windows_and_pieces_are(int frame, int window, int credit)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var options = Pair.Options("x") with { MaxFrameSize = frame, IncomingWindow = window, MaxUnauthenticatedFrameSize = 512 };
            var pair = new Pair(options, options, seed);
            pair.ServerOwner.AcceptOptions = new AmqpAcceptOptions { Credit = credit, MaxMessageSize = 100_000 };
            pair.ServerOwner.Open = (connection, _) =>
            {
                connection.SetAuthenticated();
                connection.Accept();
            };
            pair.Begin();
            var random = new Random(seed);
            var messages = Enumerable.Range(0, 40).Select(_ => Bytes(random, random.Next(3) == 0 ? random.Next(5_000) : random.Next(300))).ToArray();

            // There and back at the same time.
            var there = new Queue<byte[]>(messages);
            var back = new Queue<byte[]>(messages);
            pair.ClientOwner.Credit = link => Send(link, there, random.Next(2) == 0);
            pair.ServerOwner.Credit = link => Send(link, back, random.Next(2) == 0);
            pair.AttachSender();
            pair.AttachReceiver(credit);
            pair.Run();
            Assert.Equal(messages, pair.ServerOwner.Deliveries.Select(d => d.Payload));
            Assert.Equal(messages, pair.ClientOwner.Deliveries.Select(d => d.Payload));
            Assert.Null(pair.ClientOwner.CloseReason);
            Assert.Equal(pair.ServerOwner.Deliveries.Count(d => !d.Settled), pair.ClientOwner.Outcomes.Count);
        }
    }

    [Fact]
    public void The_largest_message_crosses_in_many_frames()
    {
        var pair = new Pair(server: Pair.Options("server") with { MaxFrameSize = 512, MaxUnauthenticatedFrameSize = 512 });
        pair.ServerOwner.Open = (connection, _) =>
        {
            connection.SetAuthenticated();
            connection.Accept();
        };
        pair.Begin();
        var link = pair.AttachSender();
        var message = Bytes(new Random(1), 262_144);
        Assert.True(link.TrySend(message, "t"u8, settled: false, out _));
        pair.Run();
        Assert.Equal(message, Assert.Single(pair.ServerOwner.Deliveries).Payload);
    }

    internal static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    internal static void Send(AmqpSenderLink link, Queue<byte[]> messages, bool settled)
    {
        while (messages.TryPeek(out var message) && link.TrySend(message, "tag"u8, settled, out _))
        {
            messages.Dequeue();
        }
    }
}
