using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Hub.Provisioning;

/// <summary>Etags and operation ids in the provisioning service's form.</summary>
internal static class Etags
{
    /// <summary>Makes an etag: base64 of a random number in the form of a GUID, in quotes. Wire facts 17.1.7.</summary>
    public static string New() => Convert.ToBase64String(Encoding.ASCII.GetBytes($"\"{Guid.NewGuid():D}\""));

    /// <summary>Makes an operation id, such as <c>5.316aac5bdc130deb.b1e02da8-c3a0-4ff2-a121-7ea7a6b7f550</c>: a digest of the registration, and a random number.</summary>
    public static string NewOperation(string registrationKey)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(registrationKey));
        return $"5.{BinaryPrimitives.ReadUInt64BigEndian(digest):x16}.{Guid.NewGuid():D}";
    }
}
