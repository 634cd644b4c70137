using System.Net.Http.Headers;
using System.Text.Json;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Drivers;

/// <summary>What became of one HTTPS request that was made exactly once.</summary>
/// <param name="Status">The HTTP status; 0 = no answer came.</param>
/// <param name="Body">The body; empty without an answer.</param>
/// <param name="Headers">The headers of the answer.</param>
internal sealed record HubReply(int Status, ReadOnlyMemory<byte> Body, HttpResponseHeaders? Headers)
{
    /// <summary>Gets what the caller knows: a refusal (4xx) had no effect, and of everything else but success nobody can tell.</summary>
    public Outcome Outcome => Status switch
    {
        >= 200 and < 300 => Outcome.Acknowledged,
        >= 400 and < 500 => Outcome.Refused,
        _ => Outcome.Unknown,
    };

    /// <summary>Gets the etag without quotes.</summary>
    public string? ETag => Headers?.ETag?.Tag.Trim('"');

    /// <summary>Gets a header, or <see langword="null"/>.</summary>
    public string? Header(string name) => Headers is not null && Headers.TryGetValues(name, out var values) ? values.First() : null;

    /// <summary>Parses the body.</summary>
    public JsonElement Json()
    {
        using var document = JsonDocument.Parse(Body);
        return document.RootElement.Clone();
    }
}
