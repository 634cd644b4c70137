using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Hub.Uploads;

/// <summary>
/// Signs what a device may write at the hub: a query in the form of Azure's signature of a blob, for clients that take it apart,
/// over one upload, its blob and its end, with a key of the hub's.
/// </summary>
internal sealed class UploadSignature(byte[] key)
{
    /// <summary>The length of a key, in bytes.</summary>
    public const int KeyBytes = 32;

    private const string Version = "2021-12-02";

    /// <summary>Makes the query, with its question mark.</summary>
    public string Sign(string correlationId, UploadRecord record)
    {
        var end = record.Expires.ToUnixTimeSeconds();
        var time = DateTimeOffset.FromUnixTimeSeconds(end).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $"?sv={Version}&se={Uri.EscapeDataString(time)}&sr=b&sp=cw&si={correlationId}&sig={Uri.EscapeDataString(Convert.ToBase64String(Hash(correlationId, record)))}";
    }

    /// <summary>Tells whether a signature is that of an upload; takes the same time wherever it differs.</summary>
    public bool Matches(string correlationId, UploadRecord record, string signature)
    {
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(signature, given, out var length) && length == given.Length
            && CryptographicOperations.FixedTimeEquals(given, Hash(correlationId, record));
    }

    // Neither a correlation id nor a blob's name has a line break, so the lines are what they seem.
    private byte[] Hash(string correlationId, UploadRecord record) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Version}\ncw\n{correlationId}\n{record.Expires.ToUnixTimeSeconds()}\n{record.BlobName}")));
}
