namespace Nave.Client;

/// <summary>One HTTPS request.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Path">Without a leading slash; ids percent-encoded.</param>
internal sealed record HubCall(HttpMethod Method, string Path)
{
    public const string Json = "application/json";

    /// <summary>Gets further query parameters, each with a leading ampersand.</summary>
    public string Query { get; init; } = string.Empty;

    public ReadOnlyMemory<byte>? Body { get; init; }

    public string ContentType { get; init; } = Json;

    public List<KeyValuePair<string, string>> Headers { get; } = [];

    /// <summary>Gets a value indicating whether doing it twice has the effect of doing it once.</summary>
    public bool IsIdempotent { get; init; } = Method == HttpMethod.Get || Method == HttpMethod.Delete;

    /// <summary>Gets what the call itself may wait for, beside the client's time-out.</summary>
    public TimeSpan ExtraTime { get; init; }

    /// <summary>Gets a value indicating whether a 400 that is no error body is an answer too, as a bulk call's result is.</summary>
    public bool TakesBadRequest { get; init; }

    public bool IsDelete => Method == HttpMethod.Delete;

    /// <summary>Adds <c>If-Match</c>, quoted; <see langword="null"/> adds nothing.</summary>
    public HubCall IfMatch(string? etag)
    {
        if (etag is not null)
        {
            Headers.Add(new("If-Match", etag == "*" ? "*" : $"\"{etag}\""));
        }

        return this;
    }
}
