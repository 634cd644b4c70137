using Nave.Api;

namespace Nave.Hub.Devices;

/// <summary>
/// The key under which every collection of the state store keeps what belongs to an identity: <c>device</c>, or
/// <c>device NUL module</c>. NUL sorts before every character that an id may hold, so the modules of a device follow it.
/// </summary>
internal static class IdentityKey
{
    /// <summary>Stands between the device id and the module id.</summary>
    public const char Separator = '\0';

    /// <summary>Gets the key of an identity.</summary>
    public static string Of(IdentityId id) => id.ModuleId is null ? id.DeviceId : string.Concat(id.DeviceId, "\0", id.ModuleId);

    /// <summary>Gets the prefix that the keys of all modules of a device have, and no other key.</summary>
    public static string ModulesOf(string deviceId) => deviceId + Separator;

    /// <summary>Reads a key back.</summary>
    public static IdentityId Parse(string key)
    {
        var at = key.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? new IdentityId(key) : new IdentityId(key[..at], key[(at + 1)..]);
    }
}
