using System.Text;
using Nave.Api;

namespace Nave.Hub.Telemetry;

/// <summary>
/// The first part of a stored event: all that depends on the sender only. Made once a connection, copied once an event.
/// </summary>
internal sealed class EventHeader
{
    private readonly byte[] _bytes;

    private EventHeader(byte[] bytes, ulong hash)
    {
        _bytes = bytes;
        Hash = hash;
    }

    /// <summary>Gets the encoded header: from the format version up to and including the authentication method.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Gets the hash that chooses the partition.</summary>
    public ulong Hash { get; }

    /// <summary>Encodes the header of events from or about an identity.</summary>
    /// <param name="source">What makes the events.</param>
    /// <param name="id">From or about whom.</param>
    /// <param name="generationId">Which life of that id.</param>
    /// <param name="authMethod">How the sender was authenticated (JSON), or empty.</param>
    public static EventHeader Create(EventSource source, IdentityId id, string generationId, string authMethod)
    {
        var device = Encoding.UTF8.GetBytes(id.DeviceId);
        var bytes = new List<byte>(device.Length + 48) { EventRecord.FormatVersion, (byte)source };
        Add(bytes, device);
        Add(bytes, Encoding.UTF8.GetBytes(id.ModuleId ?? string.Empty));
        Add(bytes, Encoding.UTF8.GetBytes(generationId));
        var code = AuthMethodCodes.CodeOf(authMethod);
        bytes.Add(code);
        if (code == AuthMethodCodes.Literal)
        {
            Add(bytes, Encoding.UTF8.GetBytes(authMethod));
        }

        return new EventHeader([.. bytes], PartitionHash.Compute(device));
    }

    private static void Add(List<byte> target, byte[] text)
    {
        Span<byte> length = stackalloc byte[Varint.MaxBytes];
        target.AddRange(length[..Varint.Write(length, (uint)text.Length)]);
        target.AddRange(text);
    }
}
