namespace Nave.Api;

/// <summary>How an identity proves itself.</summary>
public enum AuthenticationType
{
    /// <summary>A shared access signature made with one of its keys.</summary>
    Sas,

    /// <summary>A certificate with one of its thumbprints.</summary>
    SelfSigned,

    /// <summary>A certificate that a verified authority of the hub signed.</summary>
    CertificateAuthority,

    /// <summary>Not at all; the identity cannot connect.</summary>
    None,
}
