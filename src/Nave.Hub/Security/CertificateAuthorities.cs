using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Security;

/// <summary>
/// The certificate authorities of a hub, in the collection <c>authority</c>: key = name, JSON with <c>c</c> the certificate (DER, base64),
/// <c>v</c> true if verified, <c>k</c> the verification code. Few, so all are held in memory, as a snapshot that is swapped whole.
/// </summary>
public sealed class CertificateAuthorities : IDisposable
{
    /// <summary>The most authorities a hub may have. Source: the limit of Azure's provisioning service.</summary>
    public const int MaxCount = 25;

    private const string Collection = "authority";

    private readonly IStateStore _store;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private Entry[] _entries;

    private CertificateAuthorities(IStateStore store, Entry[] entries)
    {
        _store = store;
        _entries = entries;
    }

    /// <summary>Gets or sets who is told that a certificate (by SHA-256 thumbprint) is not trusted any more; at composition.</summary>
    internal Action<string>? Removed { get; set; }

    /// <summary>Reads a stored authority.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static CertificateAuthority Decode(StateDocument document)
    {
        var entry = Entry.Decode(document);
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

        if (!ClientCertificate.IsAuthority(certificate))
        {
            return new HubError(HubErrorCode.ArgumentInvalid, $"The certificate '{certificate.Subject}' is not one of an authority: its basic constraints say so.");
        }

        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_entries.Length >= MaxCount)
            {
                return new HubError(HubErrorCode.GenericForbidden, $"The hub has {_entries.Length} certificate authorities; {MaxCount} are permitted.");
            }

            var entry = new Entry(name, X509CertificateLoader.LoadCertificate(certificate.RawData), isVerified, isVerified ? null : NewCode());
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

            if (ClientCertificate.CommonNameOf(proof) != found.Code || !ClientCertificate.IsSignedBy(proof, found.Certificate))
            {
                return new HubError(
                    HubErrorCode.ArgumentInvalid, $"The certificate must be signed by '{name}' and have the common name {found.Code}.");
            }

            var verified = new Entry(name, found.Certificate, true, null);
            await _store.CommitAsync(new StateTransaction().Put(Collection, name, verified.Encode(), terms: []), cancellationToken);
            Swap([.. _entries.Where(entry => entry != found), verified]);
            return verified.Authority;
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
            if (found.IsVerified && !IsTrusted(found.Authority.Thumbprint))
            {
                Removed?.Invoke(found.Authority.Thumbprint);
            }

            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    /// <summary>Reads the authorities of a hub.</summary>
    internal static async Task<CertificateAuthorities> OpenAsync(IStateStore store, CancellationToken cancellationToken)
    {
        var entries = new List<Entry>();
        await foreach (var document in store.ScanAsync(new StateScan(Collection), cancellationToken))
        {
            entries.Add(Entry.Decode(document));
        }

        return new CertificateAuthorities(store, [.. entries]);
    }

    /// <summary>Gets the certificates of the verified authorities; not to be disposed.</summary>
    internal IEnumerable<X509Certificate2> Trusted => Volatile.Read(ref _entries).Where(entry => entry.IsVerified).Select(entry => entry.Certificate);

    /// <summary>Tells whether a certificate, by its SHA-256 thumbprint, is that of a verified authority.</summary>
    internal bool IsTrusted(string thumbprint) =>
        Array.Exists(Volatile.Read(ref _entries), entry => entry.IsVerified && entry.Authority.Thumbprint == thumbprint);

    private static HubError NotFound(string name) => new(HubErrorCode.GenericNotFound, $"There is no certificate authority '{name}'.");

    private static string NewCode() => Convert.ToHexString(RandomNumberGenerator.GetBytes(24));

    private void Swap(Entry[] entries) =>
        Volatile.Write(ref _entries, [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)]);

    private sealed class Entry(string name, X509Certificate2 certificate, bool isVerified, string? code)
    {
        public string Name { get; } = name;

        public X509Certificate2 Certificate { get; } = certificate;

        public bool IsVerified { get; } = isVerified;

        public string? Code { get; } = code;

        public CertificateAuthority Authority { get; } = new(
            name,
            certificate.Subject,
            certificate.GetCertHashString(HashAlgorithmName.SHA256),
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero),
            isVerified,
            code);

        public static Entry Decode(StateDocument document)
        {
            try
            {
                return DecodeFields(document);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or CryptographicException)
            {
                throw new InvalidDataException($"The document of the certificate authority '{document.Key}' is damaged.", e);
            }
        }

        private static Entry DecodeFields(StateDocument document)
        {
            using var json = JsonDocument.Parse(document.Body);
            var root = json.RootElement;
            return new Entry(
                document.Key,
                X509CertificateLoader.LoadCertificate(root.GetProperty("c").GetBytesFromBase64()),
                root.GetProperty("v").GetBoolean(),
                root.TryGetProperty("k", out var code) ? code.GetString() : null);
        }

        public byte[] Encode()
        {
            var buffer = new ArrayBufferWriter<byte>(2048);
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartObject();
                writer.WriteBase64String("c"u8, Certificate.RawData);
                writer.WriteBoolean("v"u8, IsVerified);
                if (Code is not null)
                {
                    writer.WriteString("k"u8, Code);
                }

                writer.WriteEndObject();
            }

            return buffer.WrittenSpan.ToArray();
        }
    }
}
