namespace Nave.Server.Hosting;

/// <summary>The device provisioning service of a server.</summary>
/// <param name="HostName">The host name by which clients choose it.</param>
/// <param name="IdScope">What devices name in place of a hub, such as <c>0ne0012ABCD</c>.</param>
/// <param name="ServiceConnectionString">The owner's connection string for enrollments: <c>HostName=…;SharedAccessKeyName=provisioningserviceowner;SharedAccessKey=…</c>.</param>
public sealed record ServerProvisioning(string HostName, string IdScope, string ServiceConnectionString);
