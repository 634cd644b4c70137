using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nave.Api;

namespace Nave.Hub.Telemetry;

/// <summary>From or about whom events are: shared by all events of one sender that a reader yields.</summary>
public sealed class EventOrigin
{
    private readonly byte[] _header;

    private EventOrigin(byte[] header, string source, IdentityId device, string generationId, string authMethod)
    {
        _header = header;
        Source = source;
        Device = device;
        GenerationId = generationId;
        AuthMethod = authMethod;
    }

    /// <summary>Gets what made the events, by its wire name.</summary>
    public string Source { get; }

    /// <summary>Gets whom they are from or about.</summary>
    public IdentityId Device { get; }

    /// <summary>Gets which life of that id.</summary>
    public string GenerationId { get; }

    /// <summary>Gets how the sender was authenticated (JSON), or empty.</summary>
    public string AuthMethod { get; }

    /// <summary>Gets or sets what a head has made of this for its wire, so that it makes it once. Immutable; another head may replace it.</summary>
    public object? Wire { get; set; }

    /// <summary>Tells whether this was decoded from the same bytes.</summary>
    internal bool Matches(ReadOnlySpan<byte> header) => header.SequenceEqual(_header);

    /// <summary>Decodes a header that <see cref="EventRecord.TrySplit"/> found.</summary>
    /// <returns><see langword="false"/> if it names a source or a code that this version does not know.</returns>
    internal static bool TryDecode(ReadOnlySpan<byte> header, [NotNullWhen(true)] out EventOrigin? origin)
    {
        origin = null;
        var rest = header[2..];
        if (EventSourceNames.Of((EventSource)header[1]) is not { } source
            || !Varint.TryReadBytes(ref rest, out var device)
            || !Varint.TryReadBytes(ref rest, out var module)
            || !Varint.TryReadBytes(ref rest, out var generation)
            || rest.IsEmpty)
        {
            return false;
        }

        var code = rest[0];
        rest = rest[1..];
        string? auth;
        if (code == AuthMethodCodes.Literal)
        {
            auth = Varint.TryReadBytes(ref rest, out var literal) ? Encoding.UTF8.GetString(literal) : null;
        }
        else
        {
            auth = AuthMethodCodes.TextOf(code);
        }

        if (auth is null)
        {
            return false;
        }

        var id = new IdentityId(Encoding.UTF8.GetString(device), module.IsEmpty ? null : Encoding.UTF8.GetString(module));
        origin = new EventOrigin(header.ToArray(), source, id, Encoding.UTF8.GetString(generation), auth);
        return true;
    }
}
