using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Storage.Blobs;

namespace Nave.Testing;

/// <summary>
/// Azurite, the emulator of Azure's storage, as a process of its own that keeps all in memory; it ends with the tests, whatever
/// becomes of them. It comes from <c>tests/clients/node_modules</c>, which <c>./test</c> installs.
/// </summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    private const string Account = "devstoreaccount1";

    // Documented by Azurite for everybody: no secret.
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // It ends when whoever holds the other end of its standard input does.
    private const string Script = "process.stdin.resume().on('end', () => process.exit(0)); require(process.argv[1])";

    private readonly Process _process;
    private readonly TemporaryFolder _folder;
    private int _containers;

    private AzuriteServer(Process process, TemporaryFolder folder, Uri endpoint, X509Certificate2Collection? authorities)
    {
        _process = process;
        _folder = folder;
        Endpoint = endpoint;
        Authorities = authorities;
        ConnectionString = $"DefaultEndpointsProtocol={endpoint.Scheme};AccountName={Account};AccountKey={AccountKey};BlobEndpoint={endpoint.AbsoluteUri};";
    }

    /// <summary>Gets where its blobs are, the account's name included.</summary>
    public Uri Endpoint { get; }

    /// <summary>Gets the account's connection string.</summary>
    public string ConnectionString { get; }

    /// <summary>Gets the account.</summary>
    public BlobAccount StorageAccount => BlobAccount.Parse(ConnectionString);

    /// <summary>Gets the authorities that a client of it has to trust; <see langword="null"/> without TLS.</summary>
    public X509Certificate2Collection? Authorities { get; }

    /// <summary>Gets options that trust it, and do not wait long between attempts.</summary>
    public BlobContainerOptions Options => new() { TrustedAuthorities = Authorities, RetryDelay = TimeSpan.FromMilliseconds(20) };

    /// <summary>Starts one on a free port of this machine.</summary>
    /// <param name="tls">Whether with TLS, with a certificate of its own for 127.0.0.1 and localhost.</param>
    /// <exception cref="InvalidOperationException">It is not installed, or does not start. The message says what to do.</exception>
    public static async Task<AzuriteServer> StartAsync(bool tls = false)
    {
        var script = Path.Combine(ClientsFolder(), "node_modules", "azurite", "dist", "src", "blob", "main.js");
        if (!File.Exists(script))
        {
            throw new InvalidOperationException($"Azurite is not installed ('{script}' is missing): run 'npm ci' in tests/clients, as ./test does.");
        }

        var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("node")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        };
        foreach (var argument in (string[])["-e", Script, "--", script, "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--silent"])
        {
            start.ArgumentList.Add(argument);
        }

        X509Certificate2Collection? authorities = null;
        if (tls)
        {
            authorities = [MakeCertificate(folder)];
            foreach (var argument in (string[])["--cert", folder.File("cert.pem"), "--key", folder.File("key.pem")])
            {
                start.ArgumentList.Add(argument);
            }
        }

        try
        {
            var process = Process.Start(start)!;
            return new AzuriteServer(process, folder, new Uri($"{await ReadAddressAsync(process)}/{Account}"), authorities);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            folder.Dispose();
            throw new InvalidOperationException("'node' is not installed: Azurite needs it.", e);
        }
    }

    /// <summary>Makes an empty container.</summary>
    /// <returns>Its URI, with a signature that permits all for a day.</returns>
    public async Task<string> CreateContainerAsync(CancellationToken cancellationToken)
    {
        var name = await CreateContainerNamedAsync(cancellationToken);
        return StorageAccount.ContainerUri(name, BlobAccess.Container, TimeProvider.System.GetUtcNow().AddDays(1));
    }

    /// <summary>Makes an empty container.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> CreateContainerNamedAsync(CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test-{Interlocked.Increment(ref _containers)}-{Guid.NewGuid().ToString("N")[..8]}");
        await StorageAccount.CreateContainerAsync(name, Options, cancellationToken);
        return name;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Dispose();
    }

    private static async Task<string> ReadAddressAsync(Process process)
    {
        const string Said = "listens on ";
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.IndexOf(Said, StringComparison.Ordinal) is >= 0 and var at)
            {
                // What it says from now on has to be read, or it would wait for us.
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return line[(at + Said.Length)..].Trim();
            }
        }

        throw new InvalidOperationException($"Azurite did not start: {await errors}");
    }

    private static X509Certificate2 MakeCertificate(TemporaryFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Azurite in tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(folder.File("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        return X509CertificateLoader.LoadCertificate(certificate.RawData);
    }

    // Upwards from where the tests were built, to the checkout.
    private static string ClientsFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var clients = Path.Combine(folder.FullName, "tests", "clients");
            if (File.Exists(Path.Combine(clients, "package.json")))
            {
                return clients;
            }
        }

        throw new InvalidOperationException($"No folder above '{AppContext.BaseDirectory}' has tests/clients/package.json.");
    }
}
