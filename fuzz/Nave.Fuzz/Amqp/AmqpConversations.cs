using System.Buffers;
using Nave.Amqp;

namespace Nave.Fuzz.Amqp;

/// <summary>Whole conversations between the engine's two sides; what one of them said is a seed for the other.</summary>
internal static class AmqpConversations
{
    public static AmqpConnectionOptions Server { get; } = new()
    {
        ContainerId = "server",
        MaxFrameSize = 2_048,
        MaxUnauthenticatedFrameSize = 2_048,
        MaxSessions = 16,
        MaxLinks = 16,
        MaxPartialBytes = 8_192,
        SaslMechanisms = ["ANONYMOUS", "PLAIN", "TPM"],
        Properties = AmqpMap.Fields(("product", "nave")),
    };

    public static AmqpConnectionOptions Client { get; } = Server with { ContainerId = "client", SaslMechanisms = [], HostName = "hub.test", MaxFrameSize = 512 };

    /// <summary>What the other side says, once for each way to begin.</summary>
    /// <param name="toServer">Which side hears it.</param>
    public static IEnumerable<byte[]> Record(bool toServer)
    {
        // A client's engine is fed as one without SASL; its answers are independent of what the seeds were recorded with.
        string?[] mechanisms = toServer ? [null, "ANONYMOUS", "PLAIN", "TPM"] : [null];
        foreach (var mechanism in mechanisms)
        {
            yield return Run(mechanism is null ? null : new AmqpSaslClient { Mechanism = mechanism, InitialResponse = "\0u\0p"u8.ToArray() }, toServer);
        }
    }

    private static byte[] Run(AmqpSaslClient? sasl, bool toServer)
    {
        var (fromClient, fromServer) = (new Bytes(), new Bytes());
        var (clientOwner, serverOwner) = (new FuzzOwner(), new FuzzOwner());
        var client = AmqpConnection.CreateClient(Client with { Sasl = sasl }, clientOwner, fromClient);
        var server = AmqpConnection.CreateServer(Server, serverOwner, fromServer);
        clientOwner.Start(client);
        var (toServerAt, toClientAt) = (0, 0);
        for (var round = 0; round < 12; round++)
        {
            toServerAt += server.Receive(fromClient.Written[toServerAt..], out _);
            serverOwner.Work(server);
            toClientAt += client.Receive(fromServer.Written[toClientAt..], out _);
            clientOwner.Work(client);
        }

        foreach (var link in client.Sessions.SelectMany(session => session.Links))
        {
            (link as AmqpReceiverLink)?.Drain();
            link.Detach();
        }

        client.Close(new AmqpError(AmqpCondition.ConnectionForced, "bye"));
        server.Receive(fromClient.Written[toServerAt..], out _);
        return (toServer ? fromClient : fromServer).Written.ToArray();
    }

    private sealed class Bytes : IAmqpOutput
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

        public void Write(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
    }
}
