using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;
using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>
/// A twin as a request carries it. Whatever is not tags or properties is read-only and ignored, for the SDKs send whole
/// twins back (wire facts 11.6).
/// </summary>
internal readonly record struct TwinRequest
{
    /// <summary>Gets the tags.</summary>
    public TwinChange Tags { get; private init; }

    /// <summary>Gets the desired properties.</summary>
    public TwinChange Desired { get; private init; }

    /// <summary>Gets the reported properties; only an import may set them.</summary>
    public TwinChange Reported { get; private init; }

    /// <summary>Reads a request body and checks what it names against the limits of keys and values.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out TwinRequest request, [NotNullWhen(false)] out HubError? error)
    {
        request = default;
        if (!Utf8.IsValid(body.Span))
        {
            error = NotText();
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(body.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                error = TwinChecks.NotAnObject("The twin");
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("tags"u8))
                {
                    if (!TryReadSection(ref reader, body, TwinSection.Tags, out var tags, out error))
                    {
                        return false;
                    }

                    request = request with { Tags = tags };
                }
                else if (reader.ValueTextEquals("properties"u8))
                {
                    if (!TryReadProperties(ref reader, body, ref request, out error))
                    {
                        return false;
                    }
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            reader.Read(); // Throws if anything but white space follows.
            error = null;
            return true;
        }
        catch (JsonException e)
        {
            error = NotJson(e);
            return false;
        }
        catch (InvalidOperationException)
        {
            // The reader's word for a name that is half a surrogate pair, when it is compared with ours.
            error = new HubError(HubErrorCode.ArgumentInvalid, "The body has a name that is no Unicode text: a surrogate stands alone.");
            return false;
        }
    }

    /// <summary>Reads a patch of reported properties.</summary>
    public static bool TryReadReported(ReadOnlyMemory<byte> body, out TwinChange change, [NotNullWhen(false)] out HubError? error)
    {
        change = default;
        if (!Utf8.IsValid(body.Span))
        {
            error = NotText();
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(body.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                error = TwinChecks.NotAnObject("The patch of reported properties");
                return false;
            }

            reader.Skip();
            var end = (int)reader.BytesConsumed;
            reader.Read(); // Throws if anything but white space follows.
            return TryCheck(TwinSection.Reported, body[..end], out change, out error);
        }
        catch (JsonException e)
        {
            error = NotJson(e);
            return false;
        }
    }

    private static bool TryReadProperties(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, ref TwinRequest request, [NotNullWhen(false)] out HubError? error)
    {
        reader.Read();
        error = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            error = TwinChecks.NotAnObject("properties");
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("desired"u8))
            {
                if (!TryReadSection(ref reader, body, TwinSection.Desired, out var desired, out error))
                {
                    return false;
                }

                request = request with { Desired = desired };
            }
            else if (reader.ValueTextEquals("reported"u8))
            {
                if (!TryReadSection(ref reader, body, TwinSection.Reported, out var reported, out error))
                {
                    return false;
                }

                request = request with { Reported = reported };
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return true;
    }

    private static bool TryReadSection(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, TwinSection kind, out TwinChange change, [NotNullWhen(false)] out HubError? error)
    {
        reader.Read();
        error = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            change = new TwinChange(TwinChangeKind.Clear, default);
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            change = default;
            error = TwinChecks.NotAnObject(kind);
            return false;
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return TryCheck(kind, body[start..(int)reader.BytesConsumed], out change, out error);
    }

    private static bool TryCheck(TwinSection kind, ReadOnlyMemory<byte> json, out TwinChange change, [NotNullWhen(false)] out HubError? error)
    {
        change = new TwinChange(TwinChangeKind.Object, json);
        error = TwinChecks.Patch(kind, json);
        return error is null;
    }

    private static HubError NotText() => new(HubErrorCode.ArgumentInvalid, "The body is not valid UTF-8.");

    private static HubError NotJson(JsonException e) => new(
        HubErrorCode.ArgumentInvalid, $"The body is not valid JSON: line {(e.LineNumber ?? 0) + 1}, byte {e.BytePositionInLine ?? 0}.");
}
