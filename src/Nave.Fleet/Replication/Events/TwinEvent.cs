using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Replication.Events;

/// <summary>An event that changes a document. Disposing it ends the life of its body.</summary>
internal sealed class TwinEvent : IDisposable
{
    private readonly JsonDocument _body;

    public TwinEvent(JsonDocument body) => _body = body;

    /// <summary>Gets whom it is about.</summary>
    public required IdentityId Key { get; init; }

    /// <summary>Gets what it does.</summary>
    public required TwinEventKind Kind { get; init; }

    /// <summary>Gets its <c>opType</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>Gets when the hub did it.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets which life of the id it belongs to; <see langword="null"/> if the hub does not say (Azure's does not).</summary>
    public required string? GenerationId { get; init; }

    /// <summary>Gets the twin's version afterwards.</summary>
    public required long Version { get; init; }

    /// <summary>Gets the event as it came.</summary>
    public required ReceivedEvent Source { get; init; }

    /// <summary>Gets the body: an object.</summary>
    public JsonElement Body => _body.RootElement;

    /// <inheritdoc/>
    public void Dispose() => _body.Dispose();
}
