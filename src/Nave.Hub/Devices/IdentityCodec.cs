using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <summary>
/// What the collection <c>identity</c> keeps, under <see cref="IdentityKey"/>, as JSON: <c>v</c> format (1), <c>g</c> generation id,
/// <c>e</c> etag, <c>s</c> 1 if disabled, <c>r</c> status reason, <c>t</c> time of the last status change (UTC ticks), <c>a</c>
/// authentication type (number, see below), <c>k</c> both keys encrypted (<see cref="KeyProtector.ProtectPair"/>, bound to hub, id and
/// generation; base64), <c>x</c> and <c>y</c> thumbprints, <c>i</c> true for an edge device, <c>d</c> device scope, <c>p</c> parent
/// scopes, <c>m</c> managed by. A missing field is its default. Terms: <c>status=disabled</c> on disabled devices, <c>kind=module</c>
/// on modules; so most documents have none.
/// </summary>
internal sealed class IdentityCodec(string hubName, KeyProtector protector)
{
    public const string Collection = "identity";

    /// <summary>The term of disabled devices.</summary>
    public static readonly StateTerm Disabled = new("status", "disabled");

    /// <summary>The term of modules.</summary>
    public static readonly StateTerm Module = new("kind", "module");

    private const int Format = 1;

    public static IReadOnlyList<StateTerm> TermsOf(IdentityRecord record) =>
        record.Id.IsModule ? [Module] : record.Status == DeviceStatus.Disabled ? [Disabled] : [];

    public byte[] Encode(IdentityRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(320);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v"u8, Format);
            writer.WriteString("g"u8, record.GenerationId);
            writer.WriteString("e"u8, record.Etag);
            if (record.Status == DeviceStatus.Disabled)
            {
                writer.WriteNumber("s"u8, 1);
            }

            WriteText(writer, "r"u8, record.StatusReason);
            if (record.StatusUpdated != default)
            {
                writer.WriteNumber("t"u8, record.StatusUpdated.UtcTicks);
            }

            if (record.Type != AuthenticationType.Sas)
            {
                writer.WriteNumber("a"u8, NumberOf(record.Type));
            }

            if (record.PrimaryKey.Length > 0)
            {
                writer.WriteBase64String("k"u8, protector.ProtectPair(record.PrimaryKey, record.SecondaryKey, OwnerOf(record.Id, record.GenerationId)));
            }

            WriteText(writer, "x"u8, record.PrimaryThumbprint);
            WriteText(writer, "y"u8, record.SecondaryThumbprint);
            if (record.IotEdge)
            {
                writer.WriteBoolean("i"u8, true);
            }

            WriteText(writer, "d"u8, record.DeviceScope);
            WriteText(writer, "m"u8, record.ManagedBy);
            if (record.ParentScopes is not null)
            {
                writer.WriteStartArray("p"u8);
                foreach (var scope in record.ParentScopes)
                {
                    writer.WriteStringValue(scope);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="InvalidDataException">It is damaged, of a later format, or its keys were encrypted with another data key.</exception>
    public IdentityRecord Decode(StateDocument document)
    {
        var id = IdentityKey.Parse(document.Key);
        try
        {
            return DecodeFields(id, document);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"The keys of '{id}' do not open with this data folder's key file.", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"The identity document of '{id}' is damaged.", e);
        }
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    // The numbers are stored: never change one.
    private static int NumberOf(AuthenticationType type) => type switch
    {
        AuthenticationType.Sas => 0,
        AuthenticationType.SelfSigned => 1,
        AuthenticationType.CertificateAuthority => 2,
        _ => 3,
    };

    private static AuthenticationType TypeOf(int number) => number switch
    {
        0 => AuthenticationType.Sas,
        1 => AuthenticationType.SelfSigned,
        2 => AuthenticationType.CertificateAuthority,
        3 => AuthenticationType.None,
        _ => throw new FormatException($"Authentication type {number} is not known."),
    };

    private IdentityRecord DecodeFields(IdentityId id, StateDocument document)
    {
        var record = new IdentityRecord { Id = id, GenerationId = "", Etag = "", Version = document.Version };
        byte[]? keys = null;
        var reader = new Utf8JsonReader(document.Body.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException("A JSON object is needed.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan.IsEmpty ? default : reader.ValueSpan[0];
            reader.Read();
            switch (name)
            {
                case (byte)'v' when reader.GetInt32() != Format:
                    throw new FormatException($"Format {reader.GetInt32()} is not known; this program reads {Format}.");
                case (byte)'g':
                    record = record with { GenerationId = reader.GetString() ?? throw new FormatException("The generation id is null.") };
                    break;
                case (byte)'e':
                    record = record with { Etag = reader.GetString() ?? throw new FormatException("The etag is null.") };
                    break;
                case (byte)'s':
                    record = record with { Status = DeviceStatus.Disabled };
                    break;
                case (byte)'r':
                    record = record with { StatusReason = reader.GetString() };
                    break;
                case (byte)'t':
                    record = record with { StatusUpdated = new DateTimeOffset(reader.GetInt64(), TimeSpan.Zero) };
                    break;
                case (byte)'a':
                    record = record with { Type = TypeOf(reader.GetInt32()) };
                    break;
                case (byte)'k':
                    keys = reader.GetBytesFromBase64();
                    break;
                case (byte)'x':
                    record = record with { PrimaryThumbprint = reader.GetString() };
                    break;
                case (byte)'y':
                    record = record with { SecondaryThumbprint = reader.GetString() };
                    break;
                case (byte)'i':
                    record = record with { IotEdge = true };
                    break;
                case (byte)'d':
                    record = record with { DeviceScope = reader.GetString() };
                    break;
                case (byte)'m':
                    record = record with { ManagedBy = reader.GetString() };
                    break;
                case (byte)'p':
                    var scopes = new List<string>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        if (reader.GetString() is { } scope)
                        {
                            scopes.Add(scope);
                        }
                    }

                    record = record with { ParentScopes = scopes };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        reader.Read(); // Throws if anything but white space follows.
        if (keys is null)
        {
            return record;
        }

        var (primary, secondary) = protector.UnprotectPair(keys, OwnerOf(id, record.GenerationId));
        return record with { PrimaryKey = primary, SecondaryKey = secondary };
    }

    private string OwnerOf(IdentityId id, string generationId) => $"identity\n{hubName}\n{id.DeviceId}\n{id.ModuleId}\n{generationId}";
}
