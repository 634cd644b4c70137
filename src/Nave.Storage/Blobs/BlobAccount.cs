using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Nave.Storage.Blobs.Azure;

namespace Nave.Storage.Blobs;

/// <summary>
/// A storage account with its key, which signs access to containers and blobs. The format of what is signed is that of version
/// 2020-12-06 and later (https://learn.microsoft.com/rest/api/storageservices/create-service-sas).
/// </summary>
public sealed class BlobAccount
{
    private const string Version = "2021-12-02";

    private readonly byte[] _key;

    private BlobAccount(string name, byte[] key, Uri endpoint)
    {
        Name = name;
        _key = key;
        Endpoint = endpoint;
    }

    /// <summary>Gets the account's name.</summary>
    public string Name { get; }

    /// <summary>Gets where its blobs are: <c>https://name.blob.core.windows.net</c>, or with the name in the path, as emulators have it.</summary>
    public Uri Endpoint { get; }

    /// <summary>Reads a connection string: <c>AccountName</c>, <c>AccountKey</c>, and <c>BlobEndpoint</c> or <c>DefaultEndpointsProtocol</c> and <c>EndpointSuffix</c>.</summary>
    /// <param name="connectionString">The connection string: never shown.</param>
    /// <exception cref="BlobException">It is not one, or asks for http elsewhere than on this machine.</exception>
    public static BlobAccount Parse(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || !parts.TryAdd(part[..at], part[(at + 1)..]))
            {
                throw Invalid("a part has no name, or comes twice");
            }
        }

        var name = parts.GetValueOrDefault("AccountName", "");
        if (name.Length is < 3 or > 24 || !name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
        {
            throw Invalid("AccountName has to be 3 to 24 lower-case letters and digits");
        }

        byte[] key;
        try
        {
            key = Convert.FromBase64String(parts.GetValueOrDefault("AccountKey", ""));
        }
        catch (FormatException)
        {
            key = [];
        }

        if (key.Length == 0)
        {
            throw Invalid("AccountKey has to be Base64");
        }

        var address = parts.GetValueOrDefault("BlobEndpoint")
            ?? $"{parts.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{name}.blob.{parts.GetValueOrDefault("EndpointSuffix", "core.windows.net")}";
        if (!Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out var endpoint) || endpoint.Query.Length > 0
            || !(endpoint.Scheme == Uri.UriSchemeHttps || (endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback)))
        {
            throw Invalid("the blob endpoint has to be an https URI, or an http one on this machine");
        }

        return new BlobAccount(name, key, endpoint);
    }

    /// <summary>Makes the URI of a container with a signature.</summary>
    /// <param name="container">The container.</param>
    /// <param name="access">What it permits.</param>
    /// <param name="until">When it ends.</param>
    public string ContainerUri(string container, BlobAccess access, DateTimeOffset until) =>
        $"{UriOf(container)}?{Sign($"/blob/{Name}/{container}", "c", access, until)}";

    /// <summary>Makes a signature for one blob.</summary>
    /// <param name="container">The container.</param>
    /// <param name="blob">The blob's name.</param>
    /// <param name="access">What it permits.</param>
    /// <param name="until">When it ends.</param>
    /// <returns>The query without a question mark.</returns>
    public string SignBlob(string container, string blob, BlobAccess access, DateTimeOffset until)
    {
        BlobNames.Check(blob);
        return Sign($"/blob/{Name}/{container}/{blob}", "b", access, until);
    }

    /// <summary>Makes the URI of a container.</summary>
    public Uri UriOf(string container) => new($"{Endpoint.AbsoluteUri.TrimEnd('/')}/{container}");

    /// <summary>Makes a container unless it is there.</summary>
    /// <param name="container">Its name: 3 to 63 lower-case letters, digits and single hyphens.</param>
    /// <param name="options">How to speak to the account.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was made.</returns>
    /// <exception cref="BlobException">The name is not permitted, or the account refuses or fails.</exception>
    public async Task<bool> CreateContainerAsync(string container, BlobContainerOptions options, CancellationToken cancellationToken)
    {
        if (FindContainerProblem(container) is { } problem)
        {
            throw new BlobException(BlobError.Invalid, $"The container name '{container}' {problem}.");
        }

        var until = Format(options.Time.GetUtcNow().AddMinutes(15));
        var signed = string.Join('\n', Name, "c", "b", "c", "", until, "", "", Version, "", "");
        var query = $"sv={Version}&ss=b&srt=c&sp=c&se={Uri.EscapeDataString(until)}&sig={Uri.EscapeDataString(Hash(signed))}";
        using var requests = new BlobRequests(UriOf(container), options);
        var (answer, attempts) = await requests.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, $"{UriOf(container)}?restype=container&{query}") { Content = new ByteArrayContent([]) },
            [HttpStatusCode.Conflict],
            cancellationToken).ConfigureAwait(false);
        using (answer)
        {
            return answer.StatusCode != HttpStatusCode.Conflict || attempts > 1;
        }
    }

    /// <summary>Finds what is wrong with the name of a container.</summary>
    /// <returns>What is wrong, in words that follow the name; <see langword="null"/> if it is permitted.</returns>
    public static string? FindContainerProblem(string name) =>
        name.Length is >= 3 and <= 63 && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal)
            ? null
            : "is not permitted: 3 to 63 lower-case letters, digits and single hyphens between them are";

    /// <summary>Shows the account without its key.</summary>
    public override string ToString() => Endpoint.ToString();

    private static BlobException Invalid(string what) => new(BlobError.Invalid, $"The storage account's connection string is not valid: {what}.");

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // In the order that the service demands.
    private static string Letters(BlobAccess access) => string.Concat(
        Enum.GetValues<BlobAccess>().Where(flag => flag is not (BlobAccess.None or BlobAccess.Container) && access.HasFlag(flag)).Select(static flag => flag switch
        {
            BlobAccess.Read => "r",
            BlobAccess.Add => "a",
            BlobAccess.Create => "c",
            BlobAccess.Write => "w",
            BlobAccess.Delete => "d",
            _ => "l",
        }));

    private string Sign(string resource, string kind, BlobAccess access, DateTimeOffset until)
    {
        var (letters, end) = (Letters(access), Format(until));
        var signed = string.Join('\n', letters, "", end, resource, "", "", "", Version, kind, "", "", "", "", "", "", "");
        return $"sv={Version}&se={Uri.EscapeDataString(end)}&sr={kind}&sp={letters}&sig={Uri.EscapeDataString(Hash(signed))}";
    }

    private string Hash(string text) => Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
}
