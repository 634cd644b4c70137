using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// Reads a state file of <c>az iot hub state export</c>, one device at a time: memory holds the largest of them, not the file. What it has
/// of the hub itself (<c>arm</c>) is skipped.
/// </summary>
internal sealed class AzStateReader
{
    // A device with its modules; also what the file has of the hub.
    private const int MaxBytes = 256 * 1024 * 1024;

    private JsonReaderState _state;
    private Place _place;

    private enum Place
    {
        Start,
        Root,
        Devices,
        Configurations,
        ConfigurationList,
        End,
    }

    /// <summary>Reads the lines that an archive would have, in the order of the file.</summary>
    /// <exception cref="ArchiveException">It is no state file, or is cut off.</exception>
    public static async IAsyncEnumerable<ArchiveLine> ReadAsync(Stream source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (reader, buffer, start, end, isFinal) = (new AzStateReader(), new byte[256 * 1024], 0, 0, false);
        while (true)
        {
            var isRead = true;
            while (isRead)
            {
                isRead = reader.TryRead(buffer.AsSpan(start, end - start), isFinal, out var consumed, out var item);
                foreach (var line in isRead ? LinesOf(item, buffer.AsMemory(start + item.Start, item.Length)) : [])
                {
                    yield return line;
                }

                start += consumed; // Also where no item was found: what was passed is not looked at again.
            }

            if (isFinal)
            {
                yield break;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            if (end == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length >= MaxBytes ? throw new ArchiveException($"A part of the state file has more than the {MaxBytes} bytes permitted.") : buffer.Length * 2);
            }

            var count = await source.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
            end += count;
            isFinal = count == 0;
        }
    }

    private static IEnumerable<ArchiveLine> LinesOf(Item item, ReadOnlyMemory<byte> json)
    {
        if (item.Place == Place.Devices)
        {
            foreach (var line in AzStateForm.ReadDevice(item.Name, json))
            {
                yield return new ArchiveLine(ArchivePart.Registry, JsonSerializer.SerializeToUtf8Bytes(line, ApiJson.Wire.ExportImportDevice));
            }
        }
        else
        {
            yield return new ArchiveLine(
                ArchivePart.Configurations, JsonSerializer.SerializeToUtf8Bytes(AzStateForm.ReadConfiguration(item.Name, json), ApiJson.Wire.ExportImportConfiguration));
        }
    }

    /// <summary>Reads the next device or configuration.</summary>
    /// <returns><see langword="false"/> = more bytes are needed, or there are none any more.</returns>
    private bool TryRead(ReadOnlySpan<byte> bytes, bool isFinal, out int consumed, out Item item)
    {
        consumed = 0;
        item = default;
        try
        {
            return TryReadNext(bytes, isFinal, ref consumed, ref item);
        }
        catch (JsonException e)
        {
            throw new ArchiveException($"The file is no state file of az, or is cut off: at line {e.LineNumber + 1}, byte {e.BytePositionInLine}.");
        }
    }

    private bool TryReadNext(ReadOnlySpan<byte> bytes, bool isFinal, ref int consumed, ref Item item)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(bytes[consumed..], isFinal, _state);
            if (!reader.Read())
            {
                if (isFinal && _place != Place.End)
                {
                    throw new ArchiveException("The state file is cut off.");
                }

                return false;
            }

            var isItem = false;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject when _place == Place.Start:
                    _place = Place.Root;
                    break;
                case JsonTokenType.EndObject:
                    _place = _place switch { Place.Root => Place.End, Place.ConfigurationList => Place.Configurations, _ => Place.Root };
                    break;
                case JsonTokenType.PropertyName:
                    var name = reader.GetString()!; // A name is never null.
                    if (!reader.Read())
                    {
                        return false;
                    }

                    if (Inside(name) is { } inside && reader.TokenType == JsonTokenType.StartObject)
                    {
                        _place = inside;
                        break;
                    }

                    var start = (int)reader.TokenStartIndex;
                    if (!reader.TrySkip())
                    {
                        return false;
                    }

                    isItem = _place is Place.Devices or Place.ConfigurationList;
                    item = new Item(_place, name, consumed + start, (int)reader.BytesConsumed - start);
                    break;
                default:
                    throw new ArchiveException("The file is no state file of az: it is no JSON object.");
            }

            _state = reader.CurrentState;
            consumed += (int)reader.BytesConsumed;
            if (isItem)
            {
                return true;
            }
        }
    }

    private Place? Inside(string name) => (_place, name) switch
    {
        (Place.Root, "devices") => Place.Devices,
        (Place.Root, "configurations") => Place.Configurations,
        (Place.Configurations, "admConfigurations" or "edgeDeployments") => Place.ConfigurationList,
        _ => null,
    };

    private readonly record struct Item(Place Place, string Name, int Start, int Length);
}
