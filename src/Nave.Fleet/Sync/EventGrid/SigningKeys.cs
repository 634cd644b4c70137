using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Sync.EventGrid;

/// <summary>
/// The keys of a token issuer, read by way of its metadata and kept. A token that names a key that is not known makes them be read again, at
/// most every half minute: so a roll-over is seen at once. When the issuer cannot be reached, those that are there stay.
/// </summary>
internal sealed partial class SigningKeys(TokenSettings settings, HttpClient http, TimeProvider time, ILogger<SigningKeys> logger) : IDisposable
{
    // Azure AD's are some 20 KB.
    private const int MaxDocumentBytes = 1024 * 1024;

    // Below this a key is no protection, above it a verification costs more than a webhook is worth.
    private const int MinKeyBits = 2048;
    private const int MaxKeyBits = 8192;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Dictionary<string, RSAParameters> _keys = [];
    private DateTimeOffset _read = DateTimeOffset.MinValue;
    private DateTimeOffset _tried = DateTimeOffset.MinValue;

    /// <summary>Finds a key.</summary>
    /// <returns><see langword="null"/> if the issuer has none of that id.</returns>
    public async Task<RSAParameters?> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var now = time.GetUtcNow();
            if ((!_keys.ContainsKey(keyId) || now - _read > settings.KeyLifetime) && now - _tried >= settings.MinRefresh)
            {
                _tried = now;
                await ReadAsync(cancellationToken).ConfigureAwait(false);
            }

            return _keys.TryGetValue(keyId, out var key) ? key : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var metadata = await GetAsync(settings.MetadataAddress, cancellationToken).ConfigureAwait(false);
            if (!metadata.RootElement.TryGetProperty("jwks_uri", out var text) || !Uri.TryCreate(text.GetString(), UriKind.Absolute, out var address)
                || (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback))
            {
                throw new InvalidDataException("The issuer's metadata have no https jwks_uri.");
            }

            using var document = await GetAsync(address, cancellationToken).ConfigureAwait(false);
            _keys = KeysOf(document.RootElement);
            _read = time.GetUtcNow();
            Log.Read(logger, _keys.Count, settings.MetadataAddress.Host);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or InvalidDataException or InvalidOperationException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Log.Failed(logger, settings.MetadataAddress.Host, e);
        }
    }

    private async Task<JsonDocument> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var answer = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        await answer.Content.LoadIntoBufferAsync(MaxDocumentBytes, cancellationToken).ConfigureAwait(false);
        return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
    }

    private static Dictionary<string, RSAParameters> KeysOf(JsonElement root)
    {
        var keys = new Dictionary<string, RSAParameters>(StringComparer.Ordinal);
        foreach (var key in root.GetProperty("keys").EnumerateArray())
        {
            // Keys of other kinds and uses stand beside (RFC 7517 section 5: to be ignored).
            if (Text(key, "kty") == "RSA" && Text(key, "use") is null or "sig" && Text(key, "kid") is { Length: > 0 } id
                && Bytes(key, "n") is { Length: >= MinKeyBits / 8 and <= MaxKeyBits / 8 } modulus && Bytes(key, "e") is { Length: > 0 and <= 8 } exponent)
            {
                keys[id] = new RSAParameters { Modulus = modulus, Exponent = exponent };
            }
        }

        return keys;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Bytes(JsonElement element, string name) =>
        Text(element, name) is { } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} signing keys were read from {Host}.")]
        public static partial void Read(ILogger logger, int count, string host);

        [LoggerMessage(2, LogLevel.Warning, "The signing keys of {Host} cannot be read; those that are known stay in use.")]
        public static partial void Failed(ILogger logger, string host, Exception exception);
    }
}
