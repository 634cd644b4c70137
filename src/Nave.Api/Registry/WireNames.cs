namespace Nave.Api;

/// <summary>How the wire spells the values of enumerations.</summary>
public static class WireNames
{
    /// <summary>Spells a status: <c>enabled</c>, <c>disabled</c>.</summary>
    public static string Of(DeviceStatus status) => status == DeviceStatus.Enabled ? "enabled" : "disabled";

    /// <summary>Spells an authentication type, such as <c>selfSigned</c>.</summary>
    public static string Of(AuthenticationType type) => type switch
    {
        AuthenticationType.Sas => "sas",
        AuthenticationType.SelfSigned => "selfSigned",
        AuthenticationType.CertificateAuthority => "certificateAuthority",
        _ => "none",
    };
}
