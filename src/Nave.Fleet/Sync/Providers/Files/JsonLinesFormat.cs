using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>A JSON object a line: one member is the device id, each other one a field. A member that is null is an absent one.</summary>
/// <param name="idMember">The name of the member with ids.</param>
internal sealed class JsonLinesFormat(string idMember) : IDeviceFileFormat
{
    // Tags of a twin have at most 8 KiB (wire facts: twins); a hundred times that is no device.
    public const int MaxLineBytes = 1 << 20;

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool ValuesAreJson => true;

    public async IAsyncEnumerable<ExternalDevice> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            long line = 0;
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var device = Parse(buffer.Slice(0, end), ++line);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    if (device is not null)
                    {
                        yield return device;
                    }
                }

                if (buffer.Length > MaxLineBytes)
                {
                    throw new DeviceFileException(line + 1, $"the line has more than {MaxLineBytes} bytes.");
                }

                if (result.IsCompleted)
                {
                    // The last line need not be ended; half a line is no JSON.
                    if (Parse(buffer, line + 1) is { } device)
                    {
                        yield return device;
                    }

                    yield break;
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    public async Task RewriteAsync(
        Stream? old,
        Stream target,
        IReadOnlySet<string> names,
        Func<ExternalDevice, ExternalDevice?> change,
        Func<IEnumerable<ExternalDevice>> added,
        CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>();
        await foreach (var device in (old is null ? AsyncEnumerable.Empty<ExternalDevice>() : ReadAsync(old, cancellationToken)).ConfigureAwait(false))
        {
            if (change(device) is { } changed)
            {
                await WriteAsync(target, line, changed, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var device in added())
        {
            await WriteAsync(target, line, device, cancellationToken).ConfigureAwait(false);
        }
    }

    private ExternalDevice? Parse(ReadOnlySequence<byte> line, long number)
    {
        if (line.Length > MaxLineBytes)
        {
            throw new DeviceFileException(number, $"the line has more than {MaxLineBytes} bytes.");
        }

        if (IsBlank(line))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(line);
            return ToDevice(document.RootElement, number);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter: bytes in a text that are no UTF-8, or half a surrogate pair.
            throw new DeviceFileException(number, "the line is not a JSON object.");
        }
    }

    private ExternalDevice ToDevice(JsonElement root, long number)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new DeviceFileException(number, "the line is not a JSON object.");
        }

        string? id = null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            if (member.NameEquals(idMember))
            {
                id = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
            }
            else if (member.Value.ValueKind == JsonValueKind.Null)
            {
                fields.Remove(member.Name);
            }
            else
            {
                fields[member.Name] = member.Value.GetRawText();
            }
        }

        return string.IsNullOrEmpty(id) ? throw new DeviceFileException(number, $"there is no member '{idMember}' with a text.") : new ExternalDevice { Key = id, Fields = fields };
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var segment in line)
        {
            if (segment.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private async Task WriteAsync(Stream target, ArrayBufferWriter<byte> line, ExternalDevice device, CancellationToken cancellationToken)
    {
        line.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(line, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString(idMember, device.Key);
            foreach (var (name, json) in device.Fields)
            {
                if (name != idMember)
                {
                    writer.WritePropertyName(name);
                    writer.WriteRawValue(json);
                }
            }

            writer.WriteEndObject();
        }

        line.Write("\n"u8);
        await target.WriteAsync(line.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }
}
