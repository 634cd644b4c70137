using System.Globalization;
using Nave.Api;
using Nave.Hub.Devices;

namespace Nave.Hub.Commands;

/// <summary>Under which keys messages are stored: the identity's, U+0001, and the sequence number in 20 digits.</summary>
internal static class MessageKeys
{
    /// <summary>The collection of messages.</summary>
    public const string Collection = "c2d";

    /// <summary>The collection that reserves sequence numbers.</summary>
    public const string Sequences = "c2d-sequences";

    private const char Separator = '\u0001';

    /// <summary>Gets the key of a message.</summary>
    public static string Of(IdentityId id, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{IdentityKey.Of(id)}{Separator}{sequence:D20}");

    /// <summary>Reads a key back.</summary>
    public static (IdentityId Id, long Sequence) Parse(string key)
    {
        var at = key.LastIndexOf(Separator);
        return (IdentityKey.Parse(key[..at]), long.Parse(key.AsSpan(at + 1), CultureInfo.InvariantCulture));
    }
}
