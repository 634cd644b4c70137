namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>One call of a registry's API.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Uri">The address, with its query.</param>
/// <param name="What">What the call does, for messages: follows "could not", such as <c>delete the device 00AB…</c>.</param>
internal sealed record ProviderCall(HttpMethod Method, Uri Uri, string What)
{
    public byte[]? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>Gets a value indicating whether doing it twice has the effect of doing it once.</summary>
    public bool IsIdempotent { get; init; } = Method != HttpMethod.Post;

    /// <summary>Gets the statuses beside success that are an answer and no failure.</summary>
    public IReadOnlyList<int> Accepts { get; init; } = [];

    /// <summary>Gets what of the body must never be in a message.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];
}
