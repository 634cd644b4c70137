using System.Text.Json;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>Reads what others wrote: a member that is absent or of another kind is <see langword="null"/>.</summary>
internal static class JsonFields
{
    public static string? Text(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are no UTF-8.
            return null;
        }
    }

    /// <summary>A text that is not empty, or a whole number as its digits.</summary>
    public static string? Identifier(JsonElement element, string name) =>
        Text(element, name) is { Length: > 0 } text ? text
        : element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : null;

    /// <summary>Takes over a text that is not empty.</summary>
    public static void Copy(JsonElement from, string member, Dictionary<string, string> to, string field)
    {
        if (Text(from, member) is { Length: > 0 } text)
        {
            to[field] = text;
        }
    }

    /// <summary>The name of a member; <see langword="null"/> if it is no text.</summary>
    public static string? Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A value as JSON text; <see langword="null"/> if it is null, or has bytes that are no UTF-8.</summary>
    public static string? Json(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.Null ? null : value.GetRawText();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
