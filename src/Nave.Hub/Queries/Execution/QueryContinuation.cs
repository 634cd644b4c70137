using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>Where a query goes on.</summary>
/// <param name="After">The key of the last row that was looked at; <see langword="null"/> at the start.</param>
/// <param name="Returned">How many rows earlier pages had, which counts towards TOP.</param>
/// <remarks>As a token it is base64 of <c>{"v":1,"q":fingerprint of the query,"k":key,"n":rows}</c>; clients must not look inside.</remarks>
internal sealed record QueryContinuation(string? After, int Returned)
{
    private const int Version = 1;

    /// <summary>Gets the start of a result.</summary>
    public static QueryContinuation Start { get; } = new(null, 0);

    /// <summary>Reads a token that a client sent back; no token, or an empty one, means the start.</summary>
    public static bool TryRead(
        HubQuery query, string? token, [NotNullWhen(true)] out QueryContinuation? continuation, [NotNullWhen(false)] out QueryError? error)
    {
        error = null;
        continuation = string.IsNullOrEmpty(token) ? Start : null;
        if (continuation is not null)
        {
            return true;
        }

        var fingerprint = Decode(token!, out continuation); // Not empty, see above.
        if (continuation is null)
        {
            error = QueryError.OfRequest("The continuation token is not one that this hub gave.");
        }
        else if (fingerprint != query.Fingerprint)
        {
            continuation = null;
            error = QueryError.OfRequest("The continuation token belongs to another query; send it with the query that gave it.");
        }

        return continuation is not null;
    }

    /// <summary>Makes the token for a client.</summary>
    public string ToToken(HubQuery query)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", Version);
            writer.WriteString("q", query.Fingerprint);
            writer.WriteString("k", After);
            writer.WriteNumber("n", Returned);
            writer.WriteEndObject();
        }

        return Convert.ToBase64String(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static string? Decode(string token, out QueryContinuation? continuation)
    {
        continuation = null;
        var bytes = new byte[token.Length];
        if (token.Length > QueryLimits.MaxContinuationLength || !Convert.TryFromBase64String(token, bytes, out var length))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("v", out var version) || !TryGetCount(version, out var number) || number != Version
                || !root.TryGetProperty("q", out var query) || query.ValueKind != JsonValueKind.String
                || !root.TryGetProperty("k", out var key) || key.ValueKind != JsonValueKind.String
                || !root.TryGetProperty("n", out var returned) || !TryGetCount(returned, out var count))
            {
                return null;
            }

            continuation = new QueryContinuation(key.GetString(), count);
            return query.GetString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a string that is no text.
            continuation = null;
            return null;
        }
    }

    private static bool TryGetCount(JsonElement element, out int count)
    {
        count = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out count) && count >= 0;
    }
}
