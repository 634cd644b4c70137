using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Nave.Fleet.Simulation.NetworkServers;

/// <summary>A request that a simulated network server got, with its whole body.</summary>
/// <param name="Method">Such as <c>GET</c>.</param>
/// <param name="Path">Such as <c>/api/devices</c>, decoded.</param>
/// <param name="Query">The query parameters.</param>
/// <param name="BearerToken">The bearer token, or <see langword="null"/>.</param>
/// <param name="Body">The body.</param>
public sealed record NetworkServerRequest(string Method, string Path, IQueryCollection Query, string? BearerToken, byte[] Body)
{
    /// <summary>Gets the parts of the path.</summary>
    public string[] Segments { get; } = Path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Reads a query parameter.</summary>
    public string? Parameter(string name) => Query.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>Reads the body as a JSON object; <see langword="null"/> if it is none.</summary>
    public JsonObject? Json()
    {
        try
        {
            return JsonNode.Parse(Body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
