using Microsoft.AspNetCore.Http;

namespace Nave.Fleet.Sync.EventGrid;

/// <summary>Finds what a caller shows: the header <c>x-functions-key</c> or <c>x-api-key</c>, or <c>code</c> in the query, as of an Azure Function.</summary>
internal static class RequestSecret
{
    /// <summary>Gets the secret of a request, or <see langword="null"/>.</summary>
    public static string? Of(HttpRequest request) =>
        One(request.Headers["x-functions-key"]) ?? One(request.Headers["x-api-key"]) ?? One(request.Query["code"]);

    // Twice the same header is nobody's way to show one secret.
    private static string? One(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 1 ? values[0] : null;
}
