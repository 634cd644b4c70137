using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nave.Fleet.Sync.Planning;

namespace Nave.Fleet.Sync.Facade;

/// <summary>The body of a request: a flat object of texts, which become tags.</summary>
internal static class FacadeBody
{
    /// <summary>The most bytes. Tags of a twin are 8 KB at most; escaped texts are up to six times as long.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Reads a body; an empty one is no tags.</summary>
    /// <exception cref="FacadeRefusedException">It is something else.</exception>
    public static Dictionary<string, string> Parse(ReadOnlyMemory<byte> body)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (body.IsEmpty)
        {
            return tags;
        }

        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 2 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Malformed("The body is no object");
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.NameEquals(SyncMark.Tag))
                {
                    throw Malformed($"The tag '{SyncMark.Tag}' is Nave's own");
                }

                if (member.Value.ValueKind != JsonValueKind.String)
                {
                    throw Malformed($"The value of '{member.Name}' is no text");
                }

                if (member.Name.AsSpan().ContainsAny(".$ ") || member.Name.AsSpan().ContainsAnyInRange('\0', '\u001f') || member.Name.Length == 0)
                {
                    throw Malformed($"The name '{member.Name}' cannot be a tag's, which is without dots, dollar signs, spaces and control characters");
                }

                tags[member.Name] = member.Value.GetString()!; // It is a text.
            }

            return tags;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Malformed("The body is not JSON");
        }
    }

    private static FacadeRefusedException Malformed(string what) =>
        new(StatusCodes.Status400BadRequest, $"{what}; a flat object of names and texts is permitted, such as {{\"site\":\"rome\"}}.");
}
