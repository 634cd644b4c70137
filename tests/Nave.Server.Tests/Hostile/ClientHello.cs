using System.Buffers.Binary;

namespace Nave.Server.Tests.Hostile;

/// <summary>The first flight of a TLS client, byte by byte: a library of today would not offer what has to be refused.</summary>
internal static class ClientHello
{
    public const byte AlertRecord = 0x15;
    public const byte HandshakeRecord = 0x16;

    /// <summary>Encodes one without <c>supported_versions</c>: the version in it is the highest that is offered (RFC 5246 §7.4.1.2).</summary>
    public static byte[] Encode(ushort version, params ushort[] suites)
    {
        var body = new List<byte>();
        Add16(body, version);
        body.AddRange(new byte[32]);
        body.Add(0);
        Add16(body, 2 * suites.Length);
        foreach (var suite in suites)
        {
            Add16(body, suite);
        }

        body.AddRange([1, 0]);
        byte[] extensions =
        [
            0x00, 0x0A, 0x00, 0x06, 0x00, 0x04, 0x00, 0x1D, 0x00, 0x17, // supported_groups: x25519, secp256r1
            0x00, 0x0B, 0x00, 0x02, 0x01, 0x00, // ec_point_formats: uncompressed
            0x00, 0x0D, 0x00, 0x08, 0x00, 0x06, 0x04, 0x03, 0x04, 0x01, 0x02, 0x03, // signature_algorithms: ECDSA and RSA with SHA-256, ECDSA with SHA-1
        ];
        Add16(body, extensions.Length);
        body.AddRange(extensions);

        var record = new List<byte> { HandshakeRecord, 3, 1 };
        Add16(record, body.Count + 4);
        record.AddRange([1, 0, (byte)(body.Count >> 8), (byte)body.Count]);
        record.AddRange(body);
        return [.. record];
    }

    private static void Add16(List<byte> to, int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        to.AddRange(bytes);
    }
}
