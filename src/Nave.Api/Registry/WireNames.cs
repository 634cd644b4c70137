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

    /// <summary>Spells a job's type, such as <c>scheduleUpdateTwin</c>.</summary>
    public static string Of(JobType type) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(type.ToString());

    /// <summary>Spells a job's status, such as <c>running</c>.</summary>
    public static string Of(JobStatus status) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}
