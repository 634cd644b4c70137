namespace Nave.Api;

/// <summary>How an identity proves itself, with its keys or thumbprints.</summary>
public sealed record DeviceAuthentication
{
    /// <summary>Gets the keys.</summary>
    public SymmetricKeys? SymmetricKey { get; init; }

    /// <summary>Gets the thumbprints.</summary>
    public X509Thumbprints? X509Thumbprint { get; init; }

    /// <summary>Gets the type; <see langword="null"/> in a request leaves it to <see cref="EffectiveType"/>.</summary>
    public AuthenticationType? Type { get; init; }

    /// <summary>Gets the type, inferred if it is not given: thumbprints mean <c>selfSigned</c>, anything else <c>sas</c>. Wire facts 2.9.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public AuthenticationType EffectiveType => Type
        ?? (string.IsNullOrEmpty(X509Thumbprint?.PrimaryThumbprint) && string.IsNullOrEmpty(X509Thumbprint?.SecondaryThumbprint)
            ? AuthenticationType.Sas
            : AuthenticationType.SelfSigned);
}
