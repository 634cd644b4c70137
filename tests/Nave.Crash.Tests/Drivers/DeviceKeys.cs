using System.Security.Cryptography;
using System.Text;
using Nave.Api;

namespace Nave.Crash.Tests.Drivers;

/// <summary>Keys of the devices of a test: made from the id, so that nothing has to be kept.</summary>
internal static class DeviceKeys
{
    // Longer than any run.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(12);

    /// <summary>Gets the key of a device: 32 bytes.</summary>
    public static byte[] Of(string deviceId) => SHA256.HashData(Encoding.UTF8.GetBytes("crash suite " + deviceId));

    /// <summary>Gets the key of a device as the registry takes it.</summary>
    public static DeviceAuthentication AuthenticationOf(string deviceId)
    {
        var key = Convert.ToBase64String(Of(deviceId));
        return new DeviceAuthentication { SymmetricKey = new SymmetricKeys { PrimaryKey = key, SecondaryKey = key }, Type = AuthenticationType.Sas };
    }

    /// <summary>Makes a token of a device.</summary>
    public static string TokenOf(string hostName, string deviceId) => SasToken.Create(
        SasToken.ResourceOf(hostName, new IdentityId(deviceId)), Of(deviceId), TimeProvider.System.GetUtcNow() + s_lifetime);
}
