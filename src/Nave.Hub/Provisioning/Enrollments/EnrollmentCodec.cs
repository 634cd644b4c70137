using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Provisioning;

/// <summary>
/// What the collections <c>enrollment</c> and <c>group</c> keep, under the id in lower case, as JSON: <c>v</c> format (1), <c>k</c> both
/// symmetric keys encrypted (<see cref="KeyProtector.ProtectPair"/>, bound to the kind and the id; base64; absent without keys), <c>e</c> the
/// enrollment in the wire's form, with certificates and without keys.
/// </summary>
internal sealed class EnrollmentCodec(KeyProtector protector)
{
    private const int Format = 1;

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Gets the collection of a kind.</summary>
    public static string CollectionOf(EnrollmentKind kind) => kind == EnrollmentKind.Group ? "group" : "enrollment";

    public byte[] Encode(EnrollmentRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v"u8, Format);
            if (record.PrimaryKey.Length > 0)
            {
                writer.WriteBase64String("k"u8, protector.ProtectPair(record.PrimaryKey, record.SecondaryKey, OwnerOf(record.Kind, record.Id)));
            }

            writer.WritePropertyName("e"u8);
            writer.WriteRawValue(EnrollmentView.Write(record.Wire), skipInputValidation: true);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a document whole.</summary>
    /// <exception cref="InvalidDataException">It is damaged, of a later format, or its keys were encrypted with another data key.</exception>
    public EnrollmentRecord Decode(EnrollmentKind kind, StateDocument document)
    {
        try
        {
            var (wire, id, keys) = Read(kind, document);
            var (primary, secondary) = keys is null ? ([], []) : protector.UnprotectPair(keys, OwnerOf(kind, id));
            return new EnrollmentRecord
            {
                Kind = kind,
                Id = id,
                Wire = wire,
                PrimaryKey = primary,
                SecondaryKey = secondary,
                Certificates = CertificatesOf(wire),
                Version = document.Version,
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new InvalidDataException($"The keys or certificates of the {CollectionOf(kind)} '{document.Key}' do not open with this data folder's key file.", e);
        }
    }

    /// <summary>Reads the wire's form alone: for queries, which read many.</summary>
    /// <exception cref="InvalidDataException">It is damaged or of a later format.</exception>
    public static Enrollment DecodeWire(EnrollmentKind kind, StateDocument document) => Read(kind, document).Wire;

    private static (Enrollment Wire, string Id, byte[]? Keys) Read(EnrollmentKind kind, StateDocument document)
    {
        try
        {
            using var json = JsonDocument.Parse(document.Body);
            var root = json.RootElement;
            if (root.GetProperty("v"u8).GetInt32() is var format && format != Format)
            {
                throw new InvalidDataException($"The {CollectionOf(kind)} '{document.Key}' has format {format}; this program reads {Format}.");
            }

            var keys = root.TryGetProperty("k"u8, out var value) ? value.GetBytesFromBase64() : null;
            var body = root.GetProperty("e"u8);
            Enrollment? wire = kind == EnrollmentKind.Group
                ? body.Deserialize(ProvisioningJson.Default.EnrollmentGroup)
                : body.Deserialize(ProvisioningJson.Default.IndividualEnrollment);
            var id = (wire as EnrollmentGroup)?.EnrollmentGroupId ?? (wire as IndividualEnrollment)?.RegistrationId;
            return wire is not null && id is not null ? (wire, id, keys) : throw new FormatException("An id is missing.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new InvalidDataException($"The document of the {CollectionOf(kind)} '{document.Key}' is damaged.", e);
        }
    }

    private static X509Certificate2[] CertificatesOf(Enrollment wire)
    {
        var given = wire.Attestation?.X509 is { } x509 ? x509.ClientCertificates ?? x509.SigningCertificates : null;
        return [.. ((X509CertificateWithInfo?[])[given?.Primary, given?.Secondary])
            .Where(certificate => certificate?.Certificate is not null)
            .Select(certificate => X509CertificateLoader.LoadCertificate(Convert.FromBase64String(certificate!.Certificate!)))]; // Not null, see above.
    }

    private static string OwnerOf(EnrollmentKind kind, string id) => $"dps\n{CollectionOf(kind)}\n{RegistrationIds.KeyOf(id)}";
}
