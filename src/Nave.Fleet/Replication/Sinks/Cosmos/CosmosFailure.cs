using System.Net;
using Microsoft.Azure.Cosmos;

namespace Nave.Fleet.Replication.Sinks.Cosmos;

/// <summary>Tells what a failure of Cosmos DB means for replication.</summary>
internal static class CosmosFailure
{
    /// <summary>Makes the sink's exception of an answer.</summary>
    public static Exception Of(HttpStatusCode status, string? message, Exception? inner = null) => (int)status switch
    {
        400 or 413 => new SinkRefusedException($"Cosmos DB does not take the data: {FirstLine(message)} ({(int)status}).", inner),
        408 or 410 or 429 or 449 or >= 500 => new SinkUnavailableException($"Cosmos DB: {FirstLine(message)} ({(int)status}).", inner),
        _ => new InvalidOperationException($"Cosmos DB: {FirstLine(message)} ({(int)status})."), // What is inside is diagnostics, pages of them.
    };

    /// <summary>Makes the sink's exception; <see langword="null"/> for one that is passed on as it is.</summary>
    public static Exception? Of(Exception exception) => exception switch
    {
        CosmosException e => Of(e.StatusCode, e.ResponseBody, e),
        HttpRequestException e => new SinkUnavailableException($"Cosmos DB cannot be reached: {e.Message}", e),
        _ => null,
    };

    // The rest is diagnostics, pages of them.
    private static string FirstLine(string? message)
    {
        var text = (message ?? string.Empty).AsSpan().Trim();
        var end = text.IndexOfAny('\r', '\n');
        return (end < 0 ? text : text[..end]).ToString() is { Length: > 0 } line ? line[..Math.Min(line.Length, 300)] : "no reason is given";
    }
}
