using System.Text;
using System.Text.Json.Nodes;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>What providers over HTTP share.</summary>
/// <param name="transport">Makes the calls; disposed of with the provider.</param>
/// <param name="credentials">Give the token; disposed of with the provider.</param>
internal abstract class HttpDeviceProvider(ProviderTransport transport, IProviderCredentials credentials) : IDeviceProvider
{
    public abstract ProviderTraits Traits { get; }

    public abstract IAsyncEnumerable<ExternalDevice> ListAsync(CancellationToken cancellationToken);

    public abstract Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken);

    public abstract Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken);

    public abstract Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken);

    public abstract Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken);

    public abstract IReadOnlyList<TagProblem> Validate(HubDevice device);

    public abstract HubDevice ToHub(ExternalDevice device);

    public abstract ExternalDevice ToExternal(HubDevice device);

    public ValueTask DisposeAsync()
    {
        credentials.Dispose();
        transport.Dispose();
        return ValueTask.CompletedTask;
    }

    protected Task<ProviderAnswer> SendAsync(ProviderCall call, CancellationToken cancellationToken) => transport.SendAsync(call, credentials, cancellationToken);

    /// <summary>Makes a call that a listing needs.</summary>
    /// <exception cref="ListingIncompleteException">It failed.</exception>
    protected async Task<ProviderAnswer> ListingCallAsync(ProviderCall call, long listed, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e)
        {
            throw Incomplete(e, listed);
        }
    }

    /// <summary>Does what a listing needs.</summary>
    /// <exception cref="ListingIncompleteException">It failed.</exception>
    protected static T InListing<T>(long listed, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ProviderException e) when (e is not ListingIncompleteException)
        {
            throw Incomplete(e, listed);
        }
    }

    protected static ListingIncompleteException Incomplete(ProviderException cause, long listed) => new(
        cause.Failure == ProviderFailure.NotFound ? ProviderFailure.Permanent : cause.Failure, listed, cause.Message, cause.RetryAfter, cause);

    protected static byte[] Utf8(JsonObject body) => Encoding.UTF8.GetBytes(body.ToJsonString());

    /// <summary>Takes the fields that the registry keeps out of the tags of a hub device.</summary>
    protected Dictionary<string, string> FieldsOf(HubDevice device)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in device.Tags)
        {
            if (value.Length > 0 && Traits.Keeps(name))
            {
                fields[name] = value;
            }
        }

        return fields;
    }

    /// <summary>Makes the tags of a hub device: all fields but the write-only ones.</summary>
    protected Dictionary<string, string> TagsOf(ExternalDevice device) =>
        device.Fields.Where(field => !Traits.IsWriteOnly(field.Key)).ToDictionary(StringComparer.Ordinal);
}
