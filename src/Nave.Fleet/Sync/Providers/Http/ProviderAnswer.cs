using System.Text.Json;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>The answer to a <see cref="ProviderCall"/>.</summary>
/// <param name="Call">The call.</param>
/// <param name="Status">Such as 200.</param>
/// <param name="Body">The whole body.</param>
/// <param name="TotalCount">The header <c>X-Total-Count</c>.</param>
internal sealed record ProviderAnswer(ProviderCall Call, int Status, byte[] Body, long? TotalCount)
{
    /// <summary>Parses the body; the caller disposes of the document.</summary>
    /// <exception cref="ProviderException">It is not JSON of this kind: transient, for something between here and there answered.</exception>
    public JsonDocument Json(JsonValueKind kind)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(Body);
            if (document.RootElement.ValueKind == kind)
            {
                return document;
            }
        }
        catch (JsonException)
        {
            // Told below.
        }

        document?.Dispose();
        throw new ProviderException(ProviderFailure.Transient, $"Could not {Call.What}: the answer of {Call.Uri.Host} is not a JSON {(kind == JsonValueKind.Array ? "array" : "object")}.");
    }
}
