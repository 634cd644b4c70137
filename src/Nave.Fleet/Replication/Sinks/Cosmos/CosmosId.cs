using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Fleet.Replication.Sinks.Cosmos;

/// <summary>
/// Ids of items. Cosmos DB permits no <c>/</c>, <c>\</c>, <c>?</c> and <c>#</c> in them; these, and <c>%</c>, which proxies decode, become <c>~</c> and two hex digits. No
/// id of a device or module has a <c>~</c>.
/// </summary>
internal static class CosmosId
{
    // Source: service quotas of Azure Cosmos DB.
    private const int MaxLength = 255;

    /// <summary>Makes the id of an item; a name that is too long is named by its hash.</summary>
    public static string Of(string name)
    {
        var id = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (c is '/' or '\\' or '?' or '#' or '%' or '~')
            {
                id.Append(CultureInfo.InvariantCulture, $"~{(int)c:X2}");
            }
            else
            {
                id.Append(c);
            }
        }

        return id.Length <= MaxLength ? id.ToString() : Hash(name);
    }

    /// <summary>Makes an id of several parts.</summary>
    public static string Hash(params ReadOnlySpan<string> parts)
    {
        var bytes = new MemoryStream();
        foreach (var part in parts)
        {
            bytes.Write(Encoding.UTF8.GetBytes(part));
            bytes.WriteByte(0);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
    }
}
