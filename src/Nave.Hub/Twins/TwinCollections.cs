using Nave.Api;
using Nave.Hub.Devices;

namespace Nave.Hub.Twins;

/// <summary>Where twins are stored: those of devices and of modules apart, as queries read one or the other.</summary>
internal static class TwinCollections
{
    public const string Devices = "twins";
    public const string Modules = "module-twins";

    /// <summary>Gets the collection of an identity's twin.</summary>
    public static string Of(IdentityId id) => id.IsModule ? Modules : Devices;

    /// <summary>Gets the key of an identity's twin.</summary>
    public static string KeyOf(IdentityId id) => IdentityKey.Of(id);
}
