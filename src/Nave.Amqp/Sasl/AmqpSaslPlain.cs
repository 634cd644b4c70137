using System.Text;
using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>The message of PLAIN, RFC 4616: authorisation identity, NUL, user, NUL, password.</summary>
public static class AmqpSaslPlain
{
    /// <summary>Takes the message apart.</summary>
    /// <returns><see langword="false"/> if it is not one.</returns>
    public static bool TryParse(ReadOnlySpan<byte> response, out string user, out string password)
    {
        user = password = "";
        var first = response.IndexOf((byte)0);
        if (first < 0)
        {
            return false;
        }

        var rest = response[(first + 1)..];
        var second = rest.IndexOf((byte)0);
        if (second < 0 || rest[(second + 1)..].Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(rest))
        {
            return false;
        }

        user = AmqpText.Decode(rest[..second]);
        password = AmqpText.Decode(rest[(second + 1)..]);
        return true;
    }

    /// <summary>Makes the message.</summary>
    public static byte[] Encode(string user, string password) => Encoding.UTF8.GetBytes($"\0{user}\0{password}");
}
