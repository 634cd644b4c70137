using Nave.Api;

namespace Nave.Hub.Security;

/// <summary>The values of the annotation <c>iothub-connection-auth-method</c>. Source: wire facts 3.4.</summary>
internal static class AuthMethods
{
    private const string Tail = ",\"issuer\":\"iothub\",\"acceptingIpFilterRule\":null}";
    private const string DeviceSas = "{\"scope\":\"device\",\"type\":\"sas\"" + Tail;
    private const string ModuleSas = "{\"scope\":\"module\",\"type\":\"sas\"" + Tail;
    private const string HubSas = "{\"scope\":\"hub\",\"type\":\"sas\"" + Tail;
    private const string DeviceX509 = "{\"scope\":\"device\",\"type\":\"x509\"" + Tail;
    private const string ModuleX509 = "{\"scope\":\"module\",\"type\":\"x509\"" + Tail;

    public static string Of(IdentityId id, CredentialKind kind) => kind switch
    {
        CredentialKind.PolicyKey => HubSas,
        CredentialKind.DeviceKey => id.IsModule ? ModuleSas : DeviceSas,
        _ => id.IsModule ? ModuleX509 : DeviceX509,
    };
}
