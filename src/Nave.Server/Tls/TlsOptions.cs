namespace Nave.Server.Tls;

/// <summary>Which certificate the server shows.</summary>
public sealed record TlsOptions
{
    /// <summary>Gets the folder of the development CA and the certificate it issues.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets a PEM file with a certificate of your own and its chain; <see langword="null"/> = the development CA's.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Gets the PEM file with the key of <see cref="CertificateFile"/>; <see langword="null"/> = the same file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Gets how long an issued server certificate lives. 90 days, as the public ACME authorities'.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Gets how much of the life must be left; below it a new one is issued. 30 days, as ACME clients do.</summary>
    public TimeSpan RenewBefore { get; init; } = TimeSpan.FromDays(30);
}
