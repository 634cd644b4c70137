using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Security;

/// <summary>
/// The certificate authorities of a hub or of device provisioning, in the collection <c>authority</c> of its store. Few, so all are held in
/// memory, as a snapshot that is swapped whole.
/// </summary>
public sealed class CertificateAuthorities : IDisposable
{
    /// <summary>The most authorities a hub may have. Source: the limit of Azure's provisioning service.</summary>
    public const int MaxCount = 25;

    /// <summary>The largest certificate, in bytes of DER. One of an authority has 1 to 3 KiB.</summary>
    public const int MaxCertificateBytes = 16 * 1024;

    private const string Collection = "authority";
    private const int SmallestRsaKey = 2048;

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private AuthorityEntry[] _entries;

    private CertificateAuthorities(IStateStore store, TimeProvider time, AuthorityEntry[] entries)
    {
        _store = store;
        _time = time;
        _entries = entries;
    }

    /// <summary>Gets or sets who is told that a certificate (by SHA-256 thumbprint) is not trusted any more; at composition.</summary>
    internal Action<string>? Distrusted { get; set; }

    /// <summary>Reads a stored authority.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static CertificateAuthority Decode(StateDocument document)
    {
        var entry = AuthorityEntry.Decode(document);
        entry.Certificate.Dispose();
        return entry.Authority;
    }

    /// <summary>Lists the authorities in name order.</summary>
    public IReadOnlyList<CertificateAuthority> List() => [.. Volatile.Read(ref _entries).Select(entry => entry.Authority)];

    /// <summary>Registers an authority.</summary>
    /// <param name="name">Its name, 1 to 128 characters.</param>
    /// <param name="certificate">Its certificate, which must be one of an authority.</param>
    /// <param name="isVerified">True: the caller vouches for it. False: it has to be verified with <see cref="VerifyAsync"/> first.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The authority; 400004 if the name or the certificate is not permitted, 409000 if the name is taken, 403000 at 25 of them.</returns>
    public async ValueTask<HubResult<CertificateAuthority>> AddAsync(
        string name, X509Certificate2 certificate, bool isVerified, CancellationToken cancellationToken)
    {
        if (name.Length is 0 or > 128 || name.Any(char.IsControl))
        {
            return new HubError(HubErrorCode.ArgumentInvalid, "The name of an authority must have 1 to 128 characters, without control characters.");
        }

        if (WhyNot(certificate) is { } problem)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, problem);
        }

        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_entries.Length >= MaxCount)
            {
                return new HubError(HubErrorCode.GenericForbidden, $"There are {_entries.Length} certificate authorities; {MaxCount} are permitted.");
            }

            var entry = new AuthorityEntry(name, X509CertificateLoader.LoadCertificate(certificate.RawData))
            {
                IsVerified = isVerified, Code = isVerified ? null : NewCode(),
            };
            var outcome = await _store.CommitAsync(
                new StateTransaction().Put(Collection, name, entry.Encode(), StateTransaction.Absent, []), cancellationToken);
            if (!outcome.Applied)
            {
                return new HubError(HubErrorCode.GenericConflict, $"A certificate authority '{name}' exists.");
            }

            Swap([.. _entries, entry]);
            return entry.Authority;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Verifies an authority by a certificate that it signed and whose common name is the verification code.</summary>
    /// <returns>The authority; 404000 if there is none of the name, 400004 if the certificate proves nothing.</returns>
    public async ValueTask<HubResult<CertificateAuthority>> VerifyAsync(string name, X509Certificate2 proof, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (Array.Find(_entries, entry => entry.Name == name) is not { } found)
            {
                return NotFound(name);
            }

            if (found.IsVerified)
            {
                return found.Authority;
            }

            if (ClientCertificate.CommonNameOf(proof) != found.Code || !CertificateChain.IsSignedBy(proof, found.Certificate))
            {
                return new HubError(
                    HubErrorCode.ArgumentInvalid, $"The certificate must be signed by '{name}' and have the common name {found.Code}.");
            }

            var verified = new AuthorityEntry(name, found.Certificate) { IsVerified = true, IsEnabled = found.IsEnabled };
            return await ReplaceAsync(found, verified, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Enables an authority, or disables it; connections that rest on a disabled one are closed.</summary>
    /// <returns>The authority, or 404000.</returns>
    public async ValueTask<HubResult<CertificateAuthority>> SetEnabledAsync(string name, bool isEnabled, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (Array.Find(_entries, entry => entry.Name == name) is not { } found)
            {
                return NotFound(name);
            }

            var changed = new AuthorityEntry(name, found.Certificate) { IsVerified = found.IsVerified, IsEnabled = isEnabled, Code = found.Code };
            return found.IsEnabled == isEnabled ? found.Authority : await ReplaceAsync(found, changed, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Removes an authority; connections that rest on it are closed.</summary>
    /// <returns>True, or 404000.</returns>
    public async ValueTask<HubResult<bool>> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (Array.Find(_entries, entry => entry.Name == name) is not { } found)
            {
                return NotFound(name);
            }

            await _store.CommitAsync(new StateTransaction().Delete(Collection, name), cancellationToken);
            Swap([.. _entries.Where(entry => entry != found)]);
            TellIfDistrusted(found);
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    /// <summary>Reads the authorities that a store holds.</summary>
    internal static async Task<CertificateAuthorities> OpenAsync(IStateStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var entries = new List<AuthorityEntry>();
        await foreach (var document in store.ScanAsync(new StateScan(Collection), cancellationToken))
        {
            entries.Add(AuthorityEntry.Decode(document));
        }

        return new CertificateAuthorities(store, time, [.. entries]);
    }

    /// <summary>Gets the certificates of the authorities that are verified and enabled; not to be disposed.</summary>
    internal IEnumerable<X509Certificate2> Trusted => Volatile.Read(ref _entries).Where(entry => entry.IsTrusted).Select(entry => entry.Certificate);

    /// <summary>Tells whether there is an authority of a name, trusted or not.</summary>
    internal bool Contains(string name) => Array.Exists(Volatile.Read(ref _entries), entry => entry.Name == name);

    /// <summary>Finds the certificate of an authority by its name, if it is verified and enabled; not to be disposed.</summary>
    internal X509Certificate2? FindTrusted(string name) =>
        Array.Find(Volatile.Read(ref _entries), entry => entry.IsTrusted && entry.Name == name)?.Certificate;

    /// <summary>Tells whether a certificate, by its SHA-256 thumbprint, is that of an authority that is verified and enabled.</summary>
    internal bool IsTrusted(string thumbprint) =>
        Array.Exists(Volatile.Read(ref _entries), entry => entry.IsTrusted && entry.Authority.Thumbprint == thumbprint);

    private static HubError NotFound(string name) => new(HubErrorCode.GenericNotFound, $"There is no certificate authority '{name}'.");

    private static string NewCode() => Convert.ToHexString(RandomNumberGenerator.GetBytes(24));

    private string? WhyNot(X509Certificate2 certificate)
    {
        if (certificate.RawDataMemory.Length > MaxCertificateBytes)
        {
            return $"The certificate has {certificate.RawDataMemory.Length} bytes; {MaxCertificateBytes} are permitted.";
        }

        if (!ClientCertificate.IsAuthority(certificate))
        {
            return $"The certificate '{certificate.Subject}' is not one of an authority: basic constraints and key usage must permit it to sign others.";
        }

        if (ClientCertificate.TryReadTimes(certificate, out _, out var end) && end < _time.GetUtcNow())
        {
            return $"The certificate '{certificate.Subject}' ended at {end:u}.";
        }

        try
        {
            using var rsa = certificate.GetRSAPublicKey();
            using var ec = rsa is null ? certificate.GetECDsaPublicKey() : null;
            return rsa is null && ec is null ? $"The certificate '{certificate.Subject}' has a key that is neither RSA nor EC."
                : rsa?.KeySize < SmallestRsaKey ? $"The RSA key of '{certificate.Subject}' has {rsa.KeySize} bits; at least {SmallestRsaKey} are required."
                : null;
        }
        catch (CryptographicException)
        {
            return $"The key of the certificate '{certificate.Subject}' cannot be read.";
        }
    }

    private async ValueTask<CertificateAuthority> ReplaceAsync(AuthorityEntry old, AuthorityEntry changed, CancellationToken cancellationToken)
    {
        await _store.CommitAsync(new StateTransaction().Put(Collection, changed.Name, changed.Encode(), terms: []), cancellationToken);
        Swap([.. _entries.Where(entry => entry != old), changed]);
        TellIfDistrusted(old);
        return changed.Authority;
    }

    // The same certificate may be registered under another name as well.
    private void TellIfDistrusted(AuthorityEntry old)
    {
        if (old.IsTrusted && !IsTrusted(old.Authority.Thumbprint))
        {
            Distrusted?.Invoke(old.Authority.Thumbprint);
        }
    }

    private void Swap(AuthorityEntry[] entries) =>
        Volatile.Write(ref _entries, [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)]);
}
