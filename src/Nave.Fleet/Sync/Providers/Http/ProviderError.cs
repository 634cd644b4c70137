using System.Text.Json;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>What the body of a refusal says: all three APIs have <c>code</c> and <c>message</c>.</summary>
/// <param name="Code">The code; 0 if there is none.</param>
/// <param name="Message">The text; empty if there is none.</param>
internal readonly record struct ProviderError(int Code, string Message)
{
    private static readonly ProviderError s_none = new(0, string.Empty);

    /// <summary>Reads a body; one of another form is no error with a code.</summary>
    public static ProviderError Parse(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var document))
            {
                return s_none;
            }

            using (document)
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                {
                    return s_none;
                }

                var code = document.RootElement.TryGetProperty("code", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) ? value : 0;
                return new ProviderError(code, JsonFields.Text(document.RootElement, "message") ?? string.Empty);
            }
        }
        catch (JsonException)
        {
            return s_none;
        }
    }
}
