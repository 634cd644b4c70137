using System.Text;
using System.Text.Json.Nodes;

namespace Nave.Fleet.Simulation.NetworkServers;

/// <summary>What a simulated network server answers.</summary>
/// <param name="Status">Such as 200.</param>
/// <param name="Body">JSON; empty = no body.</param>
public sealed record NetworkServerAnswer(int Status, byte[] Body)
{
    /// <summary>Gets the headers besides the content's.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Makes an answer of JSON.</summary>
    public static NetworkServerAnswer Json(int status, JsonNode body) => new(status, Encoding.UTF8.GetBytes(body.ToJsonString()));

    /// <summary>Makes an answer without a body.</summary>
    public static NetworkServerAnswer Empty(int status) => new(status, []);
}
