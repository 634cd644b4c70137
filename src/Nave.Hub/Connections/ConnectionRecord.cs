using System.Buffers;
using System.Text.Json;

namespace Nave.Hub.Connections;

/// <summary>
/// What the collection <c>connection</c> keeps of an identity, as JSON: <c>g</c> generation id, <c>c</c> connected, <c>t</c> time
/// of the last change and <c>a</c> of the last activity (UTC ticks), <c>r</c> why the last connection ended, <c>p</c> protocol,
/// <c>f</c> what a persistent session asked for (a number, see <see cref="DeviceFeatures"/>). A missing field is its default.
/// A record of another generation than the identity's is from an earlier life and counts as absent.
/// </summary>
internal sealed record ConnectionRecord(string GenerationId)
{
    /// <summary>The collection of these records.</summary>
    public const string Collection = "connection";

    public bool Connected { get; init; }

    public long ChangedTicks { get; init; }

    public long ActivityTicks { get; init; }

    public CloseReason? Reason { get; init; }

    public string? Protocol { get; init; }

    public DeviceFeatures Persistent { get; init; }

    public ConnectionState ToState() =>
        new(Connected, new DateTimeOffset(ChangedTicks, TimeSpan.Zero), new DateTimeOffset(ActivityTicks, TimeSpan.Zero), Reason, Protocol);

    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("g"u8, GenerationId);
            if (Connected)
            {
                writer.WriteBoolean("c"u8, true);
            }

            writer.WriteNumber("t"u8, ChangedTicks);
            writer.WriteNumber("a"u8, ActivityTicks);
            if (Reason is { } reason)
            {
                writer.WriteString("r"u8, reason.ToString());
            }

            if (Protocol is not null)
            {
                writer.WriteString("p"u8, Protocol);
            }

            if (Persistent != DeviceFeatures.None)
            {
                writer.WriteNumber("f"u8, (int)Persistent);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a record.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a record.</exception>
    public static ConnectionRecord Decode(ReadOnlySpan<byte> body)
    {
        try
        {
            return DecodeFields(body);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException("A document of the collection 'connection' is damaged.", e);
        }
    }

    private static ConnectionRecord DecodeFields(ReadOnlySpan<byte> body)
    {
        var record = new ConnectionRecord("");
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException("A JSON object is needed.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan.IsEmpty ? default : reader.ValueSpan[0];
            reader.Read();
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                // No field of ours: what a later version has added.
                reader.Skip();
                continue;
            }

            record = name switch
            {
                (byte)'g' => record with { GenerationId = reader.GetString() ?? "" },
                (byte)'c' => record with { Connected = reader.GetBoolean() },
                (byte)'t' => record with { ChangedTicks = TicksOf(ref reader) },
                (byte)'a' => record with { ActivityTicks = TicksOf(ref reader) },
                (byte)'r' => record with { Reason = ReasonOf(reader.GetString()) },
                (byte)'p' => record with { Protocol = reader.GetString() },
                (byte)'f' => record with { Persistent = (DeviceFeatures)reader.GetInt32() },
                _ => record,
            };
        }

        reader.Read(); // Throws if anything but white space follows.
        return record;
    }

    private static CloseReason ReasonOf(string? name) =>
        Enum.TryParse<CloseReason>(name, out var reason) && Enum.IsDefined(reason) ? reason : throw new FormatException("A reason is not known.");

    private static long TicksOf(ref Utf8JsonReader reader) =>
        reader.GetInt64() is >= 0 and var ticks && ticks <= DateTime.MaxValue.Ticks ? ticks : throw new FormatException("A time is out of range.");
}
