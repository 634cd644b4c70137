using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Hub.Provisioning;

/// <summary>
/// Weighted rendezvous hashing: each hub draws a number from the registration id and its own name, and the largest wins. Of devices, a hub gets its
/// weight's share; a hub that comes or goes moves only those devices that it wins or had. The choice never depends on when or in what order.
/// </summary>
internal static class HashedAllocation
{
    /// <summary>Chooses a hub.</summary>
    /// <param name="registrationKey">The registration id in lower case.</param>
    /// <param name="hubs">At least one.</param>
    public static LinkedHub Choose(string registrationKey, IReadOnlyList<LinkedHub> hubs) =>
        hubs.Count == 1 ? hubs[0] : hubs.MaxBy(hub => Draw(registrationKey, hub))!; // At least one.

    // -weight / ln(u) with u uniform in (0, 1): Schindelhauer and Schomaker's weighted form.
    private static double Draw(string registrationKey, LinkedHub hub)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{registrationKey}\n{hub.HostName.ToLowerInvariant()}"), digest);
        var uniform = ((BinaryPrimitives.ReadUInt64BigEndian(digest) >> 11) + 0.5) / (1UL << 53);
        return -hub.Weight / Math.Log(uniform);
    }
}
