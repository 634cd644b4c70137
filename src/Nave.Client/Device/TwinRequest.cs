namespace Nave.Client;

/// <summary>A twin request that waits for its answer; sent again on a new connection.</summary>
/// <param name="Topic">Where it is published.</param>
/// <param name="Payload">Its body.</param>
internal sealed record TwinRequest(byte[] Topic, ReadOnlyMemory<byte> Payload)
{
    public TaskCompletionSource<TwinReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
