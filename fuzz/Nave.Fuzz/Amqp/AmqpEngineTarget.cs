using Nave.Amqp;

namespace Nave.Fuzz.Amqp;

/// <summary>
/// The protocol engine, fed with a changed conversation. The first byte says how large the pieces are in which it arrives. Nothing but the engine's
/// own end of the connection may come of it, and both the whole and the pieces lead to the same.
/// </summary>
/// <param name="name">The name on the command line.</param>
/// <param name="isServer">Which side is fed.</param>
internal abstract class AmqpEngineTarget(string name, bool isServer) : FuzzTarget(name, [.. AmqpConversations.Record(isServer).Select(bytes => (byte[])[7, .. bytes])])
{
    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. AmqpCodecTarget.Codes, .. AmqpConversations.Record(isServer), [0, 0, 0, 8, 2, 0, 0, 0], [0, 0, 0, 0], [.. "AMQP\0\u0001\0\0"u8], [.. "AMQP\u0003\u0001\0\0"u8],
    ];

    /// <inheritdoc/>
    public override int Cost => 2;

    /// <summary>Connection, sessions and links with their tables, buffers of messages that came in part (from a pool), what is written.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (192 << 10) + (512L * length);

    /// <inheritdoc/>
    public override bool Execute(byte[] input) => input.Length > 0 && !Fails(input, whole: false);

    /// <inheritdoc/>
    public override void Verify(byte[] input) => Check(!Fails(input, whole: true), "pieces lead to what the whole leads to");

    // Whether the engine ended the connection for what the peer did.
    private bool Fails(byte[] input, bool whole)
    {
        var output = new Count();
        var owner = new FuzzOwner();
        var engine = isServer
            ? AmqpConnection.CreateServer(AmqpConversations.Server, owner, output)
            : AmqpConnection.CreateClient(AmqpConversations.Client, owner, output);
        owner.Start(engine);
        ReadOnlySpan<byte> bytes = input.AsSpan(1);
        var end = 0;
        while (end < bytes.Length)
        {
            end = whole ? bytes.Length : Math.Min(bytes.Length, end + 1 + (input[0] * 3));
            var consumed = engine.Receive(bytes[..end], out var needed);
            Check(consumed >= 0 && consumed <= end && needed >= 0, "no more is consumed than there is");
            bytes = bytes[consumed..];
            end -= consumed;
        }

        owner.Work(engine);
        var fails = owner.HasFailed;
        engine.Tick(0);
        engine.Tick(1_000_000_000);
        Check(output.Bytes <= 4_096 + (64L * input.Length) + owner.Sent, "what is written is bounded by what came");
        if (!engine.IsPaused && engine.State == AmqpConnectionState.Closed)
        {
            Check(owner.IsClosed && owner.Links == 0, "an end is told to everybody, once");
        }

        return fails;
    }

    private sealed class Count : IAmqpOutput
    {
        public long Bytes { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes) => Bytes += bytes.Length;
    }
}
