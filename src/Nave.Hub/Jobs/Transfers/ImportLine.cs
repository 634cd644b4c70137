using System.Globalization;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Jobs;

/// <summary>A line of an import as it was read: a change, or why it is none.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="Change">The change; <see langword="null"/> if it cannot be read.</param>
/// <param name="Error">Why it cannot be read; else <see langword="null"/>.</param>
internal sealed record ImportLine(long Number, int Bytes, ExportImportDevice? Change, HubError? Error)
{
    /// <summary>
    /// The longest line, in bytes. Ours: a twin's sections have 72 KiB of names and values, and their metadata, which an export
    /// repeats for each name, may be twenty times as long.
    /// </summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The most lines of a file. Ours: five for each identity that a hub may have.</summary>
    public const long MaxLines = 5_000_000;

    /// <summary>Gets the device id, also of a line that cannot be read whole; <see langword="null"/> if there is none.</summary>
    public string? DeviceId { get; private init; }

    /// <summary>Gets the module id.</summary>
    public string? ModuleId { get; private init; }

    /// <summary>Reads a line.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="utf8">The line, without its end.</param>
    public static ImportLine Read(long number, ReadOnlyMemory<byte> utf8)
    {
        // Looked at first, for a file of something else altogether has many such lines.
        if (utf8.Span.TrimStart(" \t"u8) is not [(byte)'{', ..])
        {
            return new ImportLine(number, utf8.Length, null, new HubError(HubErrorCode.DeserializationError, "It is not a JSON object."));
        }

        if (!ApiJson.TryRead(utf8.Span, ApiJson.Default.ExportImportDevice, out var change, out var error))
        {
            var (device, module) = FindIds(utf8.Span);
            return new ImportLine(number, utf8.Length, null, new HubError(HubErrorCode.DeserializationError, error.Message)) { DeviceId = device, ModuleId = module };
        }

        return new ImportLine(number, utf8.Length, change, null)
        {
            DeviceId = change.Id,
            ModuleId = string.IsNullOrEmpty(change.ModuleId) ? null : change.ModuleId,
        };
    }

    /// <summary>Makes the line that stands for one that is too long.</summary>
    public static ImportLine TooLong(long number) => new(
        number, 0, null, new HubError(HubErrorCode.MessageTooLarge, string.Create(CultureInfo.InvariantCulture, $"It is longer than the {MaxBytes} bytes permitted.")));

    /// <summary>Tells whether what it was refused for may be mended by a later line: a device whose parent, or a module whose device, comes after it.</summary>
    public bool MayWait(HubError error) =>
        error.Code == HubErrorCode.InvalidDeviceScope
        || (error.Code == HubErrorCode.DeviceNotFound && ModuleId is not null
            && (Change?.ImportMode ?? ImportMode.CreateOrUpdate) is ImportMode.Create or ImportMode.CreateOrUpdate or ImportMode.CreateOrUpdateIfMatchETag);

    /// <summary>Says in the log's form why it was not applied, or not all of it.</summary>
    public ImportErrorLine ToError(HubError error) => new()
    {
        DeviceId = DeviceId ?? string.Empty,
        ModuleId = ModuleId,
        ErrorCode = error.Code.ToString(),
        ErrorStatus = string.Create(CultureInfo.InvariantCulture, $"Line {Number}: {error.Message}"),
    };

    // For the person who looks for the line: whatever else is wrong with it, its id may be there.
    private static (string? Device, string? Module) FindIds(ReadOnlySpan<byte> utf8)
    {
        string? device = null;
        string? module = null;
        try
        {
            var reader = new Utf8JsonReader(utf8);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return default;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isDevice = reader.ValueTextEquals("id"u8);
                var isModule = reader.ValueTextEquals("moduleId"u8);
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && (isDevice || isModule) && reader.GetString() is { } id && IdentityRules.IsValidId(id))
                {
                    device = isDevice ? id : device;
                    module = isModule ? id : module;
                }

                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What was found before the fault is all there is.
        }

        return (device, module);
    }
}
