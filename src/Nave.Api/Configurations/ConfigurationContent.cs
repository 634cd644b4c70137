using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>
/// What a configuration sets, by full path into a twin: <c>properties.desired</c>, or <c>properties.desired.a.b</c>. Source: the service's
/// OpenAPI document.
/// </summary>
public sealed record ConfigurationContent
{
    /// <summary>Gets what is set in the twins of devices.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, RawJson>? DeviceContent { get; init; }

    /// <summary>Gets what is set in the twins of modules.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, RawJson>? ModuleContent { get; init; }

    /// <summary>Gets what an edge device is to run: for each module, what is set in its twin.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, RawJson>>? ModulesContent { get; init; }
}
